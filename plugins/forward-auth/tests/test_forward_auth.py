"""People who come through a proxy: let in, given roles, and out again."""

from collections.abc import Mapping
from typing import Any

import pytest
from ashim_forward_auth import plugin
from ashim_forward_auth.command import forward_auth
from click.testing import CliRunner

from ashim_core.testing import MakeClient, ToolClient

PROXY = "192.0.2.1"


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("ASHIM_FORWARD_AUTH_TRUST", PROXY)
    monkeypatch.setenv("ASHIM_FORWARD_AUTH_CREATE", "true")
    monkeypatch.setenv("ASHIM_FORWARD_AUTH_ROLES", "admins=admin,family=editor")
    return monkeypatch


@pytest.fixture
def client(ashim: MakeClient, variables: pytest.MonkeyPatch) -> ToolClient:
    return ashim(server=[plugin], auth_enabled=True, max_users=0)


def ask(
    client: ToolClient,
    user: str = "",
    groups: str = "",
    *,
    peer: str = PROXY,
    request: tuple[str, str] = ("GET", "/api/auth/session"),
    headers: Mapping[str, str] | None = None,
) -> Any:
    """Send a request as the proxy hands it on."""
    said = {"Remote-User": user, "Remote-Groups": groups, **(headers or {})}
    return client.http.open(
        request[1],
        method=request[0],
        headers={name: value for name, value in said.items() if value},
        environ_overrides={"REMOTE_ADDR": peer},
    )


def who(answer: Any) -> tuple[str, str]:
    assert answer.status_code == 200, answer.text
    user = answer.get_json()["user"]
    return user["username"], user["role"]


def test_whoever_the_proxy_has_signed_in_is_let_in(client: ToolClient) -> None:
    assert who(ask(client, "ada", "family")) == ("ada", "editor")
    assert who(ask(client, "ADA", "family")) == ("ada", "editor")
    assert ask(client).status_code == 401


def test_the_same_headers_from_elsewhere_are_nobodys(client: ToolClient) -> None:
    for peer in ("127.0.0.1", "192.0.2.2", "::1"):
        assert ask(client, "admin", "admins", peer=peer).status_code == 401
    forged = {"X-Forwarded-For": PROXY, "Forwarded": f"for={PROXY}", "X-Real-IP": PROXY}
    assert ask(client, "admin", "admins", peer="127.0.0.1", headers=forged).status_code == 401


def test_another_role_holds_from_the_next_request_on(client: ToolClient) -> None:
    settings = ("PUT", "/api/v1/settings/appName")
    page = {"X-Ashim-Page": "1"}
    assert who(ask(client, "ada", "admins")) == ("ada", "admin")
    refused = ask(client, "ada", "family", request=settings, headers=page)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "FORBIDDEN")
    assert who(ask(client, "ada", "admins")) == ("ada", "admin")
    assert ask(client, "ada", "admins", request=settings, headers=page).status_code == 400, (
        "no body"
    )


def test_the_only_administrator_stays_one(client: ToolClient) -> None:
    assert who(ask(client, "admin", "family")) == ("admin", "admin")


def test_accounts_are_made_only_where_that_is_wanted(
    ashim: MakeClient, variables: pytest.MonkeyPatch
) -> None:
    variables.setenv("ASHIM_FORWARD_AUTH_CREATE", "false")
    client = ashim(server=[plugin], auth_enabled=True)
    assert ask(client, "ada").status_code == 401
    assert who(ask(client, "admin", "admins")) == ("admin", "admin")


def test_who_is_in_no_allowed_group_any_more_is_out(
    ashim: MakeClient, variables: pytest.MonkeyPatch
) -> None:
    variables.setenv("ASHIM_FORWARD_AUTH_ALLOWED_GROUPS", "family")
    client = ashim(server=[plugin], auth_enabled=True)
    assert who(ask(client, "ada", "family"))[0] == "ada"
    assert ask(client, "ada", "friends").status_code == 401
    assert who(ask(client, "ada", "friends,family"))[0] == "ada"


def test_who_was_removed_stays_out_until_somebody_says_otherwise(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = ask(client, "ada").get_json()["user"]["id"]
    assert who(ask(client, "ada")) == ("ada", "user")
    page = {"X-Ashim-Page": "1"}
    gone = ask(
        client, "admin", "admins", request=("DELETE", f"/api/auth/users/{own}"), headers=page
    )
    assert gone.status_code == 200
    for _ in range(2):
        assert ask(client, "ada").status_code == 401
    monkeypatch.setenv("DATA_DIR", str(client.core.config.data_dir))
    listed = CliRunner().invoke(forward_auth, ["list"]).output
    assert "ada  [its account was removed]\n" in listed
    assert "admin\n" in listed
    assert CliRunner().invoke(forward_auth, ["forget", "Ada"]).exit_code == 0
    assert who(ask(client, "ada")) == ("ada", "user")
    said = CliRunner().invoke(forward_auth, ["forget", "nobody"])
    assert (said.exit_code, "'nobody'" in said.output) == (1, True)


def test_a_token_goes_first_right_or_wrong(client: ToolClient) -> None:
    assert ask(client, "ada", headers={"Authorization": "Bearer wrong"}).status_code == 401
    basic = ask(client, "ada", headers={"Authorization": "Basic YWRhOnNlY3JldA=="})
    assert who(basic) == ("ada", "user")


def test_pages_of_others_change_nothing_with_the_proxys_cookie(client: ToolClient) -> None:
    save = ("POST", "/api/v1/pipeline/save")
    refused = ask(client, "ada", request=save)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "CROSS_ORIGIN")
    own = ask(client, "ada", request=save, headers={"X-Ashim-Page": "1"})
    assert own.status_code == 400, "expected it to be read, and to have no body"


@pytest.mark.parametrize("name", ["a,b", "ada lovelace", "a" * 101])
def test_names_that_no_account_can_have_are_refused(client: ToolClient, name: str) -> None:
    answer = ask(client, name)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "FORBIDDEN")
