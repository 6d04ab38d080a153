"""Who manages accounts can't reach permissions through them that they don't have themselves."""

from typing import Any

import pytest

from ashim_core.testing import ToolClient
from tests.web.people import OTHER_PASSWORD, PASSWORD, Person, ask, bearer, login, refusal

USERS = "/api/auth/users"
DENIED = (403, "ESCALATION_DENIED")


@pytest.fixture
def manager(admin: Person) -> Person:
    """Somebody who may manage users and use tools, and nothing else."""
    return admin.register(admin.role("users:manage", "tools:use"), name="manager")


@pytest.fixture
def weak(admin: Person) -> str:
    """Name a role that may do less than the manager."""
    return admin.role("tools:use")


def register(person: Person, role: str) -> Any:
    body = {"username": "somebody", "password": PASSWORD, "role": role}
    return person("POST", "/api/auth/register", body)


def role_of(admin: Person, user: Person) -> str:
    users = admin("GET", USERS).json["users"]
    return next(str(item["role"]) for item in users if item["id"] == user.id)


@pytest.mark.parametrize("role", ["admin", "editor", "user"])
def test_nobody_makes_users_that_may_do_more(admin: Person, manager: Person, role: str) -> None:
    answer = register(manager, role)
    assert refusal(answer) == DENIED
    assert "files:own" in answer.json["message"]
    assert len(admin("GET", USERS).json["users"]) == 2


def test_users_that_may_do_less_can_be_managed(manager: Person, weak: str) -> None:
    made = register(manager, weak)
    assert made.status_code == 201
    path = f"{USERS}/{made.json['id']}"
    assert manager("PUT", path, {"team": "Default"}).status_code == 200
    reset = manager("POST", f"{path}/reset-password", {"newPassword": OTHER_PASSWORD})
    assert reset.status_code == 200
    assert manager("DELETE", path).status_code == 200


def test_one_s_own_permissions_can_be_given(admin: Person, manager: Person, weak: str) -> None:
    """A role of the same permissions is no escalation, neither when it is given nor taken."""
    role = admin.role("users:manage", "tools:use")
    user = admin.register(weak)
    assert manager("PUT", f"{USERS}/{user.id}", {"role": role}).status_code == 200
    assert role_of(admin, user) == role
    assert manager("PUT", f"{USERS}/{user.id}", {"role": weak}).status_code == 200


@pytest.mark.parametrize("role", ["admin", "editor", "user"])
def test_nobody_is_promoted_beyond_whoever_promotes(
    admin: Person, manager: Person, weak: str, role: str
) -> None:
    user = admin.register(weak)
    assert refusal(manager("PUT", f"{USERS}/{user.id}", {"role": role})) == DENIED
    assert role_of(admin, user) == weak


@pytest.mark.parametrize("role", ["admin", "editor", "user"])
def test_who_may_do_more_can_t_be_demoted_deleted_or_given_a_password(
    server: ToolClient, admin: Person, manager: Person, weak: str, role: str
) -> None:
    superior = admin.register(role, name="superior")
    key = superior.key()["key"]
    path = f"{USERS}/{superior.id}"
    assert refusal(manager("PUT", path, {"role": weak})) == DENIED
    assert refusal(manager("DELETE", path)) == DENIED
    reset = manager("POST", f"{path}/reset-password", {"newPassword": OTHER_PASSWORD})
    assert refusal(reset) == DENIED
    assert role_of(admin, superior) == role
    assert superior("GET", "/api/auth/session").status_code == 200
    assert ask(server, "GET", "/api/v1/tools", headers=bearer(key)).status_code == 200
    assert login(server, "superior", PASSWORD).status_code == 200


def test_who_may_do_more_can_t_be_moved_to_another_team(admin: Person, manager: Person) -> None:
    admin("POST", "/api/v1/teams", {"name": "Darkroom"})
    superior = admin.register("editor")
    answer = manager("PUT", f"{USERS}/{superior.id}", {"team": "Darkroom"})
    assert refusal(answer) == DENIED


def test_nobody_promotes_themselves(admin: Person, manager: Person) -> None:
    answer = manager("PUT", f"{USERS}/{manager.id}", {"role": "admin"})
    assert refusal(answer) == (400, "SELF_DEMOTE")
    assert (
        refusal(manager("POST", "/api/v1/roles", {"name": "mine", "permissions": ["audit:read"]}))
        == DENIED
    )
    assert manager("GET", "/api/auth/session").json["user"]["permissions"] == [
        "tools:use",
        "users:manage",
    ]


def test_nobody_widens_their_own_role(admin: Person, manager: Person) -> None:
    roles = manager("GET", "/api/v1/roles").json["roles"]
    (own,) = [role["id"] for role in roles if role["permissions"] == ["tools:use", "users:manage"]]
    change = {"permissions": ["tools:use", "users:manage", "settings:write"]}
    assert refusal(manager("PUT", f"/api/v1/roles/{own}", change)) == DENIED


@pytest.mark.parametrize("scope", [None, ["users:manage"]])
def test_no_key_makes_or_raises_access(
    server: ToolClient, admin: Person, weak: str, scope: list[str] | None
) -> None:
    """What it made would outlive it: who finds a key must not become an administrator."""
    key = bearer(admin.key(permissions=scope)["key"])
    user = admin.register(weak)
    new = {"username": "by-the-key", "password": PASSWORD, "role": weak}
    path = f"{USERS}/{user.id}"
    role = {"name": "by-the-key", "permissions": ["tools:use"]}
    for method, address, body in (
        ("POST", "/api/auth/register", new),
        ("PUT", path, {"role": "admin"}),
        ("DELETE", path, None),
        ("POST", "/api/v1/roles", role),
    ):
        answer = ask(server, method, address, body, headers=key)
        assert refusal(answer) == (403, "SESSION_REQUIRED")
    assert ask(server, "GET", USERS, headers=key).status_code == 200
    assert role_of(admin, user) == weak


def test_what_was_refused_is_not_written_down(admin: Person, manager: Person) -> None:
    before = admin("GET", "/api/v1/audit-log").json["total"]
    assert refusal(register(manager, "admin")) == DENIED
    assert refusal(manager("DELETE", f"{USERS}/{admin.id}")) == DENIED
    assert refusal(manager("PUT", f"{USERS}/{admin.id}", {"role": "user"})) == DENIED
    assert admin("GET", "/api/v1/audit-log").json["total"] == before
