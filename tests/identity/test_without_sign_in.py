"""A server that asks nobody to sign in (AUTH_ENABLED=false): everybody is one built-in user."""

from typing import Any

import pytest

from ashim_core.policy import PERMISSIONS
from ashim_core.testing import MakeClient, ToolClient
from tests.web.people import (
    OTHER_PASSWORD,
    PASSWORD,
    ask,
    bearer,
    login,
    open_server,
    refusal,
    root,
    sign_in,
)

USERS = "/api/auth/users"
KEYS = "/api/v1/api-keys"


@pytest.fixture
def free(ashim: MakeClient) -> ToolClient:
    return open_server(ashim, auth_enabled=False)


def register(client: ToolClient, name: str, role: str = "user") -> str:
    body = {"username": name, "password": PASSWORD, "role": role}
    answer = ask(client, "POST", "/api/auth/register", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def users(client: ToolClient) -> dict[str, Any]:
    return {user["username"]: user for user in ask(client, "GET", USERS).json["users"]}


@pytest.mark.parametrize("enabled", [True, False])
def test_anybody_can_ask_whether_to_sign_in(ashim: MakeClient, enabled: bool) -> None:
    answer = ask(open_server(ashim, auth_enabled=enabled), "GET", "/api/v1/config/auth")
    assert (answer.status_code, answer.json["authEnabled"]) == (200, enabled)


def test_the_session_is_that_of_the_local_user_and_has_no_end(free: ToolClient) -> None:
    answer = ask(free, "GET", "/api/auth/session", address="192.168.1.9")
    assert answer.status_code == 200
    user = answer.json["user"]
    assert answer.json == {
        "user": {
            "id": "local",
            "username": user["username"],
            "role": "admin",
            "team": "Default",
            "teamName": "Default",
            "permissions": sorted(PERMISSIONS),
            "mustChangePassword": False,
        },
        "expiresAt": None,
    }


@pytest.mark.parametrize("token", ["", "nonsense", "si_" + "0" * 96])
def test_a_token_changes_nothing(free: ToolClient, token: str) -> None:
    answer = ask(free, "GET", "/api/auth/session", headers=bearer(token))
    assert (answer.status_code, answer.json["user"]["id"]) == (200, "local")


@pytest.mark.parametrize("password", ["admin", "wrong"])
def test_nobody_can_sign_in(free: ToolClient, password: str) -> None:
    answer = login(free, "admin", password)
    assert refusal(answer) == (403, "AUTH_DISABLED")
    assert "AUTH_ENABLED=false" in answer.json["message"]


def test_the_local_user_has_no_password_to_change(free: ToolClient) -> None:
    body = {"currentPassword": PASSWORD, "newPassword": OTHER_PASSWORD}
    answer = ask(free, "POST", "/api/auth/change-password", body)
    assert refusal(answer) == (403, "AUTH_DISABLED")


def test_the_local_user_has_no_sessions(free: ToolClient) -> None:
    assert ask(free, "GET", "/api/auth/sessions").json == {"sessions": []}
    assert ask(free, "POST", "/api/auth/logout").json == {"ok": True}
    assert ask(free, "GET", "/api/v1/tools").status_code == 200


def test_the_local_user_is_in_no_list(free: ToolClient) -> None:
    assert list(users(free)) == ["admin"]
    (team,) = ask(free, "GET", "/api/v1/teams").json["teams"]
    assert team["memberCount"] == 1
    roles = ask(free, "GET", "/api/v1/roles").json["roles"]
    assert sum(role["userCount"] for role in roles) == 1


def test_the_local_user_takes_no_place_of_others(ashim: MakeClient) -> None:
    free = open_server(ashim, auth_enabled=False, max_users=2)
    register(free, "Ada")
    assert len(users(free)) == 2


@pytest.mark.parametrize("auth_enabled", [True, False])
def test_the_local_user_can_t_be_changed(ashim: MakeClient, auth_enabled: bool) -> None:
    server = open_server(ashim, auth_enabled=auth_enabled)
    headers = root(server).headers if auth_enabled else {}
    for method, path, body in (
        ("PUT", f"{USERS}/local", {"role": "user"}),
        ("DELETE", f"{USERS}/local", None),
        ("POST", f"{USERS}/local/reset-password", {"newPassword": PASSWORD}),
    ):
        assert refusal(ask(server, method, path, body, headers=headers)) == (404, "NOT_FOUND")


def test_the_local_user_manages_accounts(free: ToolClient) -> None:
    ada = register(free, "Ada", "admin")
    assert ask(free, "PUT", f"{USERS}/{ada}", {"role": "editor"}).status_code == 200
    assert users(free)["Ada"]["role"] == "editor"
    path = f"{USERS}/{ada}/reset-password"
    assert ask(free, "POST", path, {"newPassword": OTHER_PASSWORD}).status_code == 200
    assert ask(free, "DELETE", f"{USERS}/{ada}").status_code == 200
    assert list(users(free)) == ["admin"]


def test_the_local_user_does_not_count_as_the_last_administrator(free: ToolClient) -> None:
    admin = users(free)["admin"]["id"]
    assert refusal(ask(free, "DELETE", f"{USERS}/{admin}")) == (400, "LAST_ADMIN")
    demoted = ask(free, "PUT", f"{USERS}/{admin}", {"role": "user"})
    assert refusal(demoted) == (400, "LAST_ADMIN")
    register(free, "Ada", "admin")
    assert ask(free, "DELETE", f"{USERS}/{admin}").status_code == 200


def test_deeds_are_written_down_as_those_of_the_local_user(free: ToolClient) -> None:
    register(free, "Ada")
    (entry,) = ask(free, "GET", "/api/v1/audit-log").json["entries"]
    assert (entry["action"], entry["actorId"], entry["actorUsername"]) == (
        "USER_CREATED",
        "local",
        "local",
    )


def test_keys_can_be_made_and_deleted(free: ToolClient) -> None:
    made = ask(free, "POST", KEYS, {"permissions": ["tools:use"]})
    assert made.status_code == 201
    assert [key["id"] for key in ask(free, "GET", KEYS).json["apiKeys"]] == [made.json["id"]]
    assert ask(free, "DELETE", f"{KEYS}/{made.json['id']}").status_code == 200


@pytest.mark.parametrize("scope", [None, ["tools:use"]])
def test_such_keys_are_worthless_as_soon_as_people_sign_in(
    ashim: MakeClient, free: ToolClient, scope: list[str] | None
) -> None:
    """Whoever came by while the door was open must not keep a key."""
    key = ask(free, "POST", KEYS, {"permissions": scope}).json["key"]
    assert ask(free, "GET", "/api/v1/tools", headers=bearer(key)).status_code == 200
    closed = open_server(ashim, auth_enabled=True)
    answer = ask(closed, "GET", "/api/v1/tools", headers=bearer(key))
    assert refusal(answer) == (401, "AUTH_REQUIRED")


@pytest.mark.parametrize("name", ["local", "(everybody)", "LOCAL"])
@pytest.mark.parametrize("password", ["admin", "local", "None", PASSWORD])
def test_nobody_signs_in_as_the_local_user(ashim: MakeClient, name: str, password: str) -> None:
    open_server(ashim, auth_enabled=False)
    closed = open_server(ashim, auth_enabled=True)
    assert refusal(login(closed, name, password)) == (401, "INVALID_CREDENTIALS")


def test_somebody_else_may_be_called_local(ashim: MakeClient) -> None:
    admin = root(open_server(ashim))
    somebody = admin.register(name="local")
    assert somebody.id != "local"
    assert somebody("GET", "/api/auth/session").json["user"]["role"] == "user"


def test_accounts_of_before_are_there_when_people_sign_in_again(
    ashim: MakeClient, free: ToolClient
) -> None:
    register(free, "Ada")
    closed = open_server(ashim, auth_enabled=True)
    assert sign_in(closed, "Ada")("GET", "/api/v1/tools").status_code == 200
    assert refusal(ask(closed, "GET", "/api/v1/tools")) == (401, "AUTH_REQUIRED")
