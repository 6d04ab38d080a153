"""Who somebody is: read from headers, of whom they are believed, and what their groups give."""

import pytest
from ashim_forward_auth.config import ForwardAuthConfig
from ashim_forward_auth.people import Person, is_trusted, person_of
from pydantic import ValidationError

PROXY = "192.0.2.1"
ADA = {"Remote-User": "ada"}


def config(**given: str) -> ForwardAuthConfig:
    return ForwardAuthConfig.model_validate({"trust": PROXY, **given})


def test_a_name_from_the_proxy_is_somebody() -> None:
    assert person_of(ADA, PROXY, config()) == Person("ada", None)


@pytest.mark.parametrize("peer", ["192.0.2.2", "127.0.0.1", "", None, "proxy", "::1"])
def test_from_anywhere_else_it_is_nothing(peer: str | None) -> None:
    assert person_of(ADA, peer, config()) is None


def test_nobody_is_believed_unless_it_is_said() -> None:
    for peer in ("127.0.0.1", PROXY, "10.0.0.1"):
        assert person_of(ADA, peer, ForwardAuthConfig()) is None


@pytest.mark.parametrize("name", ["", " ", "\t"])
def test_no_name_is_nobody(name: str) -> None:
    assert person_of({"Remote-User": name}, PROXY, config()) is None


@pytest.mark.parametrize(
    ("peer", "trusted"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("fd00::5", True),
        ("11.1.2.3", False),
        ("fe00::5", False),
        ("10.1.2.3.4", False),
    ],
)
def test_networks_of_both_kinds(peer: str, trusted: bool) -> None:
    networks = config(trust="10.0.0.0/8, fd00::/64").trust
    assert is_trusted(peer, networks) is trusted


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        ("admins", "admin"),
        ("family , admins", "admin"),
        ("family", "editor"),
        ("guests", "user"),
        ("", "user"),
        ("Admins", "user"),
    ],
)
def test_the_first_group_that_gives_a_role_counts(groups: str, role: str) -> None:
    given = config(roles="admins=admin, family=editor")
    headers = {**ADA, "Remote-Groups": groups}
    assert person_of(headers, PROXY, given) == Person("ada", role)


def test_groups_may_be_written_otherwise() -> None:
    given = config(groups_header="X-Groups", separator="|", user_header="X-User", roles="b=admin")
    headers = {"X-User": "ada", "X-Groups": "a|b"}
    assert person_of(headers, PROXY, given) == Person("ada", "admin")


@pytest.mark.parametrize(("groups", "comes"), [("family", True), ("a,family", True), ("a", False)])
def test_only_who_is_in_a_group_may_come(groups: str, comes: bool) -> None:
    headers = {**ADA, "Remote-Groups": groups}
    assert (person_of(headers, PROXY, config(allowed_groups="family,staff")) is not None) is comes


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("trust", "proxy.example"),
        ("trust", "10.0.0.0/33"),
        ("roles", "admins"),
        ("roles", "=admin"),
        ("user_header", "Remote User"),
        ("separator", ""),
    ],
)
def test_what_cannot_be_meant_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValidationError):
        config(**{name: value})
