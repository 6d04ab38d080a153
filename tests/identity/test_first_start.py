"""The first administrator, and what the default password is accepted for."""

from pathlib import Path
from typing import Any

import pytest

from ashim_core.testing import MakeClient, ToolClient
from tests.web.people import (
    OTHER_PASSWORD,
    PASSWORD,
    Person,
    login,
    open_server,
    refusal,
    root,
    sign_in,
)

ELSEWHERE = "192.168.1.9"
USERS = "/api/auth/users"
SESSION = "/api/auth/session"


def names(person: Person) -> list[tuple[str, str]]:
    return [(user["username"], user["role"]) for user in person("GET", USERS).json["users"]]


def tried(client: ToolClient, password: str, name: str = "admin", **options: Any) -> Any:
    """Try to sign in; give the status and the code, if there is one."""
    answer = login(client, name, password, **options)
    return answer.status_code, answer.json.get("code")


def test_a_new_server_has_an_administrator_a_team_and_three_roles(ashim: MakeClient) -> None:
    admin = root(open_server(ashim))
    assert names(admin) == [("admin", "admin")]
    (team,) = admin("GET", "/api/v1/teams").json["teams"]
    assert (team["name"], team["memberCount"]) == ("Default", 1)
    roles = admin("GET", "/api/v1/roles").json["roles"]
    assert [(role["name"], role["isBuiltin"], role["userCount"]) for role in roles] == [
        ("admin", True, 1),
        ("editor", True, 0),
        ("user", True, 0),
    ]


def test_the_operator_names_the_first_administrator(ashim: MakeClient) -> None:
    server = open_server(ashim, default_username="Grace.H", default_password=PASSWORD)
    assert tried(server, PASSWORD) == (401, "INVALID_CREDENTIALS")
    assert names(sign_in(server, "grace.h", PASSWORD)) == [("Grace.H", "admin")]


def test_the_environment_names_the_first_administrator(
    ashim: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEFAULT_USERNAME", "Grace")
    monkeypatch.setenv("DEFAULT_PASSWORD", PASSWORD)
    assert names(sign_in(open_server(ashim), "Grace", PASSWORD)) == [("Grace", "admin")]


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_first_password_may_be_in_a_file(
    ashim: MakeClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, end: str
) -> None:
    file = tmp_path / "password.txt"
    file.write_bytes((PASSWORD + end).encode())
    monkeypatch.setenv("DEFAULT_PASSWORD_FILE", str(file))
    assert tried(open_server(ashim), PASSWORD, address=ELSEWHERE) == (200, None)


@pytest.mark.parametrize("password", ["m\u00b2 of d\u00e9j\u00e0 vu", "de\u0301ja\u0300 vu \uff21"])
def test_the_first_password_may_have_any_characters(ashim: MakeClient, password: str) -> None:
    """People type it in one form of Unicode, files hold it in another."""
    assert tried(open_server(ashim, default_password=password), password) == (200, None)


@pytest.mark.parametrize("given", [None, "", "admin"])
@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
def test_the_default_password_is_accepted_on_the_server_s_own_machine(
    ashim: MakeClient, given: str | None, address: str
) -> None:
    server = open_server(ashim, default_password=given)
    assert tried(server, "admin", address=address) == (200, None)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1349", "127.0.0.1:1349", "[::1]:1349", "[::1]"]
)
def test_the_server_s_own_machine_has_several_names(ashim: MakeClient, host: str) -> None:
    assert tried(open_server(ashim), "admin", headers={"Host": host}) == (200, None)


@pytest.mark.parametrize("given", [None, "", "admin"])
@pytest.mark.parametrize(
    "address", [ELSEWHERE, "10.0.0.1", "203.0.113.7", "fe80::1", "2001:db8::1"]
)
def test_the_default_password_is_refused_elsewhere(
    ashim: MakeClient, given: str | None, address: str
) -> None:
    server = open_server(ashim, default_password=given)
    answer = login(server, "admin", "admin", address=address)
    assert refusal(answer) == (403, "DEFAULT_PASSWORD")
    for way in ("http://127.0.0.1", "ashim user set-password admin", "DEFAULT_PASSWORD"):
        assert way in answer.json["message"]
    assert "token" not in answer.json


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Host", "localhost"),
        ("X-Forwarded-Proto", "http"),
        ("Forwarded", "for=127.0.0.1"),
        ("X-Real-IP", "127.0.0.1"),
        ("x-forwarded-for", ""),
        ("Host", "photos.example.org"),
        ("Host", "localhost.example.org:1349"),
        ("Host", "127.0.0.1.example.org"),
        ("Host", "192.168.1.9:1349"),
    ],
)
def test_the_default_password_is_refused_to_whom_a_proxy_or_another_name_leads_here(
    ashim: MakeClient, header: str, value: str
) -> None:
    server = open_server(ashim, trust_proxy="true")
    assert tried(server, "admin", headers={header: value}) == (403, "DEFAULT_PASSWORD")


def test_only_the_right_password_is_told_to_be_the_default(ashim: MakeClient) -> None:
    """Otherwise anybody could ask from afar whether it was changed."""
    server = open_server(ashim)
    assert tried(server, "wrong", address=ELSEWHERE) == (401, "INVALID_CREDENTIALS")


def test_a_refused_default_password_starts_no_session(ashim: MakeClient) -> None:
    server = open_server(ashim)
    assert tried(server, "admin", address=ELSEWHERE)[0] == 403
    assert len(root(server)("GET", "/api/auth/sessions").json["sessions"]) == 1


def test_as_soon_as_it_is_changed_the_password_is_accepted_everywhere(ashim: MakeClient) -> None:
    server = open_server(ashim, skip_must_change_password=False)
    admin = root(server)
    assert refusal(admin("GET", USERS)) == (403, "MUST_CHANGE_PASSWORD")
    assert admin.change_password(PASSWORD, current="admin").status_code == 200
    assert tried(server, PASSWORD, address=ELSEWHERE) == (200, None)
    assert tried(server, "admin") == (401, "INVALID_CREDENTIALS")


def test_the_default_password_can_t_be_chosen(ashim: MakeClient) -> None:
    admin = root(open_server(ashim))
    answer = admin.change_password("admin", current="admin")
    assert refusal(answer) == (400, "VALIDATION_ERROR")


def test_a_password_of_the_operator_has_to_be_changed_as_well(ashim: MakeClient) -> None:
    server = open_server(ashim, skip_must_change_password=False, default_password=PASSWORD)
    answer = login(server, "admin", PASSWORD, address=ELSEWHERE)
    assert (answer.status_code, answer.json["user"]["mustChangePassword"]) == (200, True)


def test_a_password_that_is_set_later_replaces_the_default(ashim: MakeClient) -> None:
    open_server(ashim)
    later = open_server(ashim, default_password=PASSWORD)
    assert tried(later, "admin") == (401, "INVALID_CREDENTIALS")
    assert tried(later, PASSWORD, address=ELSEWHERE) == (200, None)
    again = open_server(ashim, default_password=OTHER_PASSWORD)
    assert tried(again, OTHER_PASSWORD) == (401, "INVALID_CREDENTIALS")
    assert tried(again, PASSWORD) == (200, None)


def test_a_password_that_is_set_later_ends_what_the_default_one_started(ashim: MakeClient) -> None:
    admin = root(open_server(ashim))
    key = admin.key()["key"]
    later = open_server(ashim, default_password=PASSWORD)
    for token in (admin.token, key):
        stranger = Person(later, admin.id, "admin", token)
        assert refusal(stranger("GET", "/api/v1/tools")) == (401, "AUTH_REQUIRED")


def test_a_password_that_was_changed_is_never_replaced(ashim: MakeClient) -> None:
    admin = root(open_server(ashim))
    assert admin.change_password(PASSWORD, current="admin").status_code == 200
    for given in (OTHER_PASSWORD, "admin", None):
        later = open_server(ashim, default_password=given)
        assert tried(later, PASSWORD, address=ELSEWHERE) == (200, None)
        assert tried(later, given or "admin") == (401, "INVALID_CREDENTIALS")
        assert Person(later, admin.id, "admin", admin.token)("GET", SESSION).status_code == 200


def test_a_password_that_was_reset_is_never_replaced(ashim: MakeClient) -> None:
    server = open_server(ashim)
    first = root(server)
    second = first.register("admin")
    assert second.reset_password(first, PASSWORD).status_code == 200
    later = open_server(ashim, default_password=OTHER_PASSWORD)
    assert tried(later, PASSWORD, address=ELSEWHERE) == (200, None)
    assert tried(later, OTHER_PASSWORD) == (401, "INVALID_CREDENTIALS")


def test_a_later_start_makes_no_second_administrator(ashim: MakeClient) -> None:
    open_server(ashim, default_password=PASSWORD)
    later = open_server(ashim, default_username="another", default_password=OTHER_PASSWORD)
    assert tried(later, OTHER_PASSWORD, name="another") == (401, "INVALID_CREDENTIALS")
    assert names(sign_in(later, "admin", PASSWORD)) == [("admin", "admin")]
