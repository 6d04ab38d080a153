"""API keys: making, showing once, using and deleting them."""

import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ashim_core.policy import BUILTIN_ROLES
from ashim_core.store.models import ApiKey
from ashim_core.testing import ToolClient, sample
from tests.web.people import (
    OTHER_PASSWORD,
    PASSWORD,
    Clock,
    Person,
    ask,
    bearer,
    before_the_next_write,
    iso,
    refusal,
    root,
    sign_in,
    wrong_fields,
)

KEYS = "/api/v1/api-keys"


def with_key(client: ToolClient, key: str, method: str, path: str, body: Any = None) -> Any:
    return ask(client, method, path, body, headers=bearer(key))


def listed(person: Person) -> list[Any]:
    answer = person("GET", KEYS)
    assert answer.status_code == 200
    keys: list[Any] = answer.json["apiKeys"]
    return keys


def test_a_key_is_shown_once(
    server: ToolClient, user: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    answer = user("POST", KEYS, {"name": "  backup job "})
    assert answer.status_code == 201
    key = answer.json["key"]
    assert re.fullmatch(r"si_[0-9a-f]{96}", key)
    shown = {
        "id": answer.json["id"],
        "name": "backup job",
        "prefix": key[:11],
        "permissions": None,
        "createdAt": iso(clock.now),
        "lastUsedAt": None,
        "expiresAt": None,
    }
    assert answer.json == {**shown, "key": key}
    assert listed(user) == [shown]
    with server.core.store.reading() as db:
        (row,) = ApiKey.select().execute(db)
    assert key not in {str(value) for value in row.__data__.values()}


@pytest.mark.parametrize("body", [None, {}, {"name": ""}, {"name": "   "}])
def test_a_key_without_a_name_gets_one(user: Person, body: Any) -> None:
    assert user("POST", KEYS, body).json["name"] == "Default API Key"


def test_no_two_keys_are_the_same(user: Person) -> None:
    keys = [user.key() for _ in range(20)]
    assert len({key["key"] for key in keys}) == len({key["id"] for key in keys}) == 20


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"name": "x" * 101}, ["name"]),
        ({"name": "two\nlines"}, ["name"]),
        ({"name": "in\u200bvisible"}, ["name"]),
        ({"name": None}, ["name"]),
        ({"name": 5}, ["name"]),
        ({"permissions": []}, ["permissions"]),
        ({"permissions": "tools:use"}, ["permissions"]),
        ({"permissions": ["tools:use", "tools:make"]}, ["permissions.1"]),
        ({"permissions": [None]}, ["permissions.0"]),
        ({"expiresAt": "tomorrow"}, ["expiresAt"]),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, ["expiresAt"]),
        ({"expiresAt": "2020-01-01"}, ["expiresAt"]),
        ({"expiresAt": "0001-01-01T00:00:00Z"}, ["expiresAt"]),
        ({"expiresAt": 0}, ["expiresAt"]),
        ({"expiresAt": True}, ["expiresAt"]),
        ({"expiresAt": ["2099-01-01T00:00:00Z"]}, ["expiresAt"]),
        ({"key": "si_" + "0" * 96}, ["key"]),
        ({"userId": "0" * 32}, ["userId"]),
        ({"expires_in": 5}, ["expires_in"]),
    ],
)
def test_a_key_of_another_shape_names_the_field(user: Person, body: Any, fields: list[str]) -> None:
    assert wrong_fields(user("POST", KEYS, body)) == fields
    assert listed(user) == []


@pytest.mark.parametrize("offset", ["-14:00", "-00:01"])
def test_a_key_may_expire_at_the_end_of_all_years_but_not_after_it(
    user: Person, offset: str
) -> None:
    """In UTC it is the year 10000 already, which no answer can write."""
    assert user.key(expiresAt="9999-12-31T23:59:59Z")["expiresAt"] == "9999-12-31T23:59:59Z"
    answer = user("POST", KEYS, {"expiresAt": f"9999-12-31T23:59:59{offset}"})
    assert wrong_fields(answer) == ["expiresAt"]
    assert len(listed(user)) == 1


def test_a_key_works_until_it_expires(
    server: ToolClient, user: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    end = datetime.fromtimestamp(clock.now, UTC) + timedelta(hours=1)
    made = user.key(expiresAt=end.isoformat())
    assert made["expiresAt"] == iso(clock.now + 3600)
    clock.wait(minutes=59, seconds=59)
    assert with_key(server, made["key"], "GET", "/api/v1/tools").status_code == 200
    clock.wait(seconds=1)
    assert refusal(with_key(server, made["key"], "GET", "/api/v1/tools")) == (401, "AUTH_REQUIRED")
    assert [key["id"] for key in listed(user)] == [made["id"]]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("2098-07-06T05:04:03Z", "2098-07-06T05:04:03Z"),
        ("2098-07-06T05:04:03+02:00", "2098-07-06T03:04:03Z"),
        ("2098-07-06T05:04:03", "2098-07-06T05:04:03Z"),
        ("2098-07-06", "2098-07-06T00:00:00Z"),
    ],
)
def test_moments_without_a_zone_are_in_utc(user: Person, given: str, meant: str) -> None:
    assert user.key(expiresAt=given)["expiresAt"] == meant


def test_a_key_without_an_end_has_none(
    server: ToolClient, user: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    key = user.key()["key"]
    clock.wait(hours=24 * 3650)
    assert with_key(server, key, "GET", "/api/v1/tools").status_code == 200


def test_the_last_use_is_written_down_at_most_once_a_minute(
    server: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    user = root(server)
    start, key = clock.now, user.key()["key"]

    def last_use() -> str:
        assert with_key(server, key, "GET", "/api/v1/tools").status_code == 200
        return str(listed(user)[0]["lastUsedAt"])

    assert last_use() == iso(start)
    clock.wait(seconds=59)
    assert last_use() == iso(start)
    clock.wait(seconds=1)
    assert last_use() == iso(start + 60)


def test_a_key_runs_tools(server: ToolClient, user: Person) -> None:
    key = user.key(permissions=["tools:use"])["key"]
    data = {"file": (io.BytesIO(sample("rgb")), "a.png")}
    with server.http.post("/api/v1/tools/same", data=data, headers=bearer(key)) as response:
        assert (response.status_code, response.mimetype) == (200, "image/png")


def test_a_key_does_what_its_scope_says_and_no_more(server: ToolClient, admin: Person) -> None:
    key = admin.key(permissions=["audit:read", "settings:read", "audit:read"])
    assert key["permissions"] == ["audit:read", "settings:read"]
    for path, status in (
        ("/api/v1/audit-log", 200),
        ("/api/v1/settings", 200),
        ("/api/auth/users", 403),
        ("/api/v1/admin/health", 403),
        (KEYS, 403),
    ):
        assert with_key(server, key["key"], "GET", path).status_code == status
    run = with_key(server, key["key"], "POST", "/api/v1/tools/write", {"text": "a"})
    assert refusal(run) == (403, "FORBIDDEN")
    assert "tools:use" in run.json["message"]


@pytest.mark.parametrize("role", ["user", "editor", "admin"])
def test_a_scope_may_be_all_that_one_has(admin: Person, role: str) -> None:
    person = admin.register(role)
    own = sorted(BUILTIN_ROLES[role])
    assert person.key(permissions=own[::-1])["permissions"] == own


@pytest.mark.parametrize("permission", sorted(BUILTIN_ROLES["admin"] - BUILTIN_ROLES["user"]))
def test_a_scope_can_t_hold_what_one_does_not_have(user: Person, permission: str) -> None:
    answer = user("POST", KEYS, {"permissions": ["tools:use", permission]})
    assert refusal(answer) == (403, "ESCALATION_DENIED")
    assert permission in answer.json["message"]
    assert listed(user) == []


def test_a_key_loses_what_its_owner_loses_and_gains_nothing_beyond_its_scope(
    server: ToolClient, admin: Person
) -> None:
    owner = admin.register("editor")
    scoped = owner.key(permissions=["settings:read"])["key"]
    path = f"/api/auth/users/{owner.id}"
    assert admin("PUT", path, {"role": admin.role("audit:read")}).status_code == 200
    assert with_key(server, scoped, "GET", "/api/v1/settings").status_code == 403
    assert with_key(server, scoped, "GET", "/api/v1/audit-log").status_code == 403
    assert admin("PUT", path, {"role": "admin"}).status_code == 200
    assert with_key(server, scoped, "GET", "/api/v1/settings").status_code == 200
    assert with_key(server, scoped, "GET", "/api/v1/audit-log").status_code == 403


def test_a_key_manages_neither_keys_nor_passwords_nor_sessions(
    server: ToolClient, admin: Person
) -> None:
    user = admin.register()
    key = admin.key()
    passwords = {"currentPassword": "admin", "newPassword": OTHER_PASSWORD}
    for method, path, body in (
        ("POST", KEYS, {}),
        ("DELETE", f"{KEYS}/{key['id']}", None),
        ("POST", "/api/auth/change-password", passwords),
        ("POST", f"/api/auth/users/{user.id}/reset-password", {"newPassword": OTHER_PASSWORD}),
        ("POST", "/api/auth/register", {"username": "new", "password": OTHER_PASSWORD}),
        ("PUT", f"/api/auth/users/{user.id}", {"role": "admin"}),
        ("DELETE", f"/api/auth/users/{user.id}", None),
        ("POST", "/api/v1/roles", {"name": "new", "permissions": ["users:manage"]}),
        ("PUT", "/api/v1/roles/new", {"permissions": ["users:manage"]}),
        ("DELETE", "/api/v1/roles/new", None),
        ("GET", "/api/auth/sessions", None),
        ("GET", "/api/auth/session", None),
        ("POST", "/api/auth/logout", None),
    ):
        answer = with_key(server, key["key"], method, path, body)
        assert refusal(answer) == (403, "SESSION_REQUIRED")
        assert answer.json["message"] == "API keys can't do this; sign in with a password."
    assert [item["id"] for item in listed(admin)] == [key["id"]]
    assert sign_in(server, user.username, PASSWORD)("GET", KEYS).status_code == 200


@pytest.mark.parametrize("change", ["prefix", "last", "upper", "space", "longer", "hash"])
def test_nearly_a_key_is_no_key(server: ToolClient, user: Person, change: str) -> None:
    key = user.key()["key"]
    with server.core.store.reading() as db:
        (row,) = ApiKey.select().execute(db)
    wrong = {
        "prefix": key.removeprefix("si_"),
        "last": key[:-1] + ("1" if key.endswith("0") else "0"),
        "upper": key.upper(),
        "space": key.replace("_", " "),
        "longer": key + "0",
        "hash": "si_" + row.key_hash,
    }[change]
    assert refusal(with_key(server, wrong, "GET", "/api/v1/tools")) == (401, "AUTH_REQUIRED")


def test_everybody_lists_their_own_keys_the_latest_first(
    admin: Person, user: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    made = []
    for person in (user, admin.register(), user):
        made.append(person.key(name=f"of {person.username}")["id"])
        clock.wait(seconds=1)
    assert [key["id"] for key in listed(user)] == [made[2], made[0]]


def test_administrators_list_everybody_s_keys(admin: Person, user: Person) -> None:
    keys = {person.key()["id"] for person in (user, admin, admin.register("editor"))}
    assert {key["id"] for key in listed(admin)} == keys


def test_no_list_has_a_key_in_it(admin: Person, user: Person) -> None:
    made = user.key()
    for person in (admin, user):
        text = person("GET", KEYS).text
        assert made["prefix"] in text
        assert made["key"][:12] not in text
        assert '"key"' not in text


def test_an_own_key_can_be_deleted(server: ToolClient, user: Person) -> None:
    doomed, other = user.key(), user.key()
    answer = user("DELETE", f"{KEYS}/{doomed['id']}")
    assert (answer.status_code, answer.json) == (200, {"ok": True})
    dead = with_key(server, doomed["key"], "GET", "/api/v1/tools")
    assert refusal(dead) == (401, "AUTH_REQUIRED")
    assert with_key(server, other["key"], "GET", "/api/v1/tools").status_code == 200
    assert [key["id"] for key in listed(user)] == [other["id"]]
    assert refusal(user("DELETE", f"{KEYS}/{doomed['id']}")) == (404, "NOT_FOUND")


@pytest.mark.parametrize("role", ["user", "editor"])
def test_the_keys_of_others_are_not_there(
    server: ToolClient, admin: Person, user: Person, role: str
) -> None:
    made = user.key()
    stranger = admin.register(role)
    foreign = stranger("DELETE", f"{KEYS}/{made['id']}")
    unknown = stranger("DELETE", f"{KEYS}/{'0' * 32}")
    assert refusal(foreign) == refusal(unknown) == (404, "NOT_FOUND")
    assert foreign.json["message"] == unknown.json["message"]
    assert with_key(server, made["key"], "GET", "/api/v1/tools").status_code == 200


def test_administrators_delete_anybody_s_keys(
    server: ToolClient, admin: Person, user: Person
) -> None:
    made = user.key()
    assert admin("DELETE", f"{KEYS}/{made['id']}").status_code == 200
    assert with_key(server, made["key"], "GET", "/api/v1/tools").status_code == 401
    assert listed(user) == []


def test_one_hundred_keys_are_enough(admin: Person, user: Person) -> None:
    ids = [user.key()["id"] for _ in range(100)]
    answer = user("POST", KEYS)
    assert refusal(answer) == (400, "VALIDATION_ERROR")
    assert "100 keys" in answer.json["message"]
    assert len(listed(user)) == 100
    assert admin("POST", KEYS).status_code == 201
    assert user("DELETE", f"{KEYS}/{ids[0]}").status_code == 200
    assert user("POST", KEYS).status_code == 201


def test_a_key_that_is_made_while_the_password_is_reset_does_not_outlive_the_reset(
    server: ToolClient, admin: Person, user: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stole a session must not keep a key of it."""
    with before_the_next_write(server, monkeypatch, lambda: admin.reset_password(user)):
        answer = user("POST", KEYS)
    assert refusal(answer) == (401, "AUTH_REQUIRED")
    assert listed(admin) == []


def test_a_key_that_is_made_while_the_account_is_deleted_is_refused(
    server: ToolClient, admin: Person, user: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with before_the_next_write(server, monkeypatch, lambda: admin.delete_user(user)):
        answer = user("POST", KEYS)
    assert refusal(answer) == (401, "AUTH_REQUIRED")
    assert listed(admin) == []
