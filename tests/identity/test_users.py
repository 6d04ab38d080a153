"""Accounts, for those who manage them."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ashim_core.store.models import ApiKey, Session, User
from ashim_core.testing import MakeClient, ToolClient
from tests.patience import PATIENCE_S
from tests.web.people import (
    OTHER_PASSWORD,
    PASSWORD,
    Clock,
    Person,
    ask,
    bearer,
    iso,
    login,
    open_server,
    refusal,
    root,
    sign_in,
    wrong_fields,
)

USERS = "/api/auth/users"
REGISTER = "/api/auth/register"
SESSION = "/api/auth/session"
UNKNOWN = "0" * 32


def body(name: str = "Ada", **more: Any) -> dict[str, Any]:
    return {"username": name, "password": PASSWORD, **more}


def listed(admin: Person) -> dict[str, Any]:
    """Give all users by their names."""
    return {user["username"]: user for user in admin("GET", USERS).json["users"]}


def update(admin: Person, user: Person, **change: Any) -> Any:
    return admin("PUT", f"{USERS}/{user.id}", change)


def test_a_registered_user_is_described_and_listed(
    ashim: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    admin = root(open_server(ashim, max_users=7))
    answer = admin("POST", REGISTER, body())
    assert answer.status_code == 201
    ada = {
        "id": answer.json["id"],
        "username": "Ada",
        "role": "user",
        "team": "Default",
        "mustChangePassword": False,
        "createdAt": iso(clock.now),
    }
    assert answer.json == ada
    assert len(ada["id"]) == 32
    everybody = admin("GET", USERS)
    assert everybody.status_code == 200
    assert everybody.json == {
        "users": [ada, {**ada, "id": admin.id, "username": "admin", "role": "admin"}],
        "maxUsers": 7,
    }


def test_a_new_user_changes_the_password_first(ashim: MakeClient) -> None:
    server = open_server(ashim, skip_must_change_password=False, default_password=OTHER_PASSWORD)
    admin = sign_in(server, "admin", OTHER_PASSWORD)
    assert admin.change_password(PASSWORD, current=OTHER_PASSWORD).status_code == 200
    made = admin("POST", REGISTER, body()).json
    assert made["mustChangePassword"] is True
    ada = sign_in(server, "Ada")
    assert refusal(ada("GET", "/api/v1/tools")) == (403, "MUST_CHANGE_PASSWORD")
    assert ada.change_password(OTHER_PASSWORD).status_code == 200
    assert ada("GET", "/api/v1/tools").status_code == 200
    assert listed(admin)["Ada"]["mustChangePassword"] is False


def test_a_user_may_be_given_a_role_and_a_team_by_name_or_id(admin: Person) -> None:
    team = admin("POST", "/api/v1/teams", {"name": "Darkroom"}).json
    for name, wanted in (("a-1", "Darkroom"), ("a-2", "darkROOM"), ("a-3", team["id"])):
        made = admin("POST", REGISTER, body(name, role="Editor", team=wanted)).json
        assert (made["role"], made["team"]) == ("editor", "Darkroom")


@pytest.mark.parametrize("name", ["Ada", "ada", "ADA"])
def test_a_name_is_taken_whatever_its_case(admin: Person, name: str) -> None:
    assert admin("POST", REGISTER, body("Ada")).status_code == 201
    answer = admin("POST", REGISTER, body(name))
    assert refusal(answer) == (409, "CONFLICT")
    assert answer.json["details"] == [
        {"field": "username", "expected": "a new name", "received": name}
    ]


@pytest.mark.parametrize("name", ["abc", "a" * 50, "a.b-c_d", "...", "123"])
def test_names_have_3_to_50_plain_characters(admin: Person, name: str) -> None:
    assert admin("POST", REGISTER, body(name)).json["username"] == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "ab", "a" * 51, "with space", "a/b", "a@b", "(everybody)", "abc\n", " abc", "abc "),
        # Latin and Cyrillic letters that look the same, wide ones, an accent, an invisible one.
        *("\u0430dmin", "\uff21da", "Ad\u00e1", "Ada\u200b", "\u212aim", "\u202eadA", "ab\0c"),
        *(None, 123, True, ["Ada"], {"a": "b"}),
    ],
)
def test_other_names_are_refused(admin: Person, name: Any) -> None:
    assert wrong_fields(admin("POST", REGISTER, body(name))) == ["username"]
    assert list(listed(admin)) == ["admin"]


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"role": "painter"}, ["role"]),
        ({"role": ""}, ["role"]),
        ({"role": None}, ["role"]),
        ({"role": ["admin"]}, ["role"]),
        ({"team": "Painters"}, ["team"]),
        ({"team": 5}, ["team"]),
        ({"team": "x" * 51}, ["team"]),
        ({"password": "short"}, ["password"]),
        ({"password": "x" * 257}, ["password"]),
        ({"password": "password"}, ["password"]),
        ({"password": "Ada-Lovelace"}, ["password"]),
        ({"password": None}, ["password"]),
        ({"password": 1234567890}, ["password"]),
        ({"mustChangePassword": False}, ["mustChangePassword"]),
        ({"id": UNKNOWN}, ["id"]),
        ({"permissions": ["users:manage"]}, ["permissions"]),
        ({"roel": "admin", "taem": "x"}, ["roel", "taem"]),
    ],
)
def test_a_registration_of_another_shape_names_the_field(
    admin: Person, change: dict[str, Any], fields: list[str]
) -> None:
    answer = admin("POST", REGISTER, body("Ada-Lovelace") | change)
    assert wrong_fields(answer) == fields
    assert list(listed(admin)) == ["admin"]


def test_an_unknown_role_is_answered_with_those_there_are(admin: Person) -> None:
    answer = admin("POST", REGISTER, body(role="painter"))
    assert answer.json["details"] == [
        {"field": "role", "expected": "one of admin, editor, user", "received": "painter"}
    ]


def test_there_are_as_many_users_as_there_may_be(ashim: MakeClient) -> None:
    server = open_server(ashim, max_users=5)
    admin = root(server)
    for number in range(1, 5):
        assert admin("POST", REGISTER, body(f"user-{number}")).status_code == 201
    answer = admin("POST", REGISTER, body("one-too-many"))
    assert refusal(answer) == (403, "USER_LIMIT_REACHED")
    assert "MAX_USERS" in answer.json["message"]
    assert refusal(admin("POST", REGISTER, body("user-1"))) == (409, "CONFLICT")
    assert admin.delete_user(sign_in(server, "user-1")).status_code == 200
    assert admin("POST", REGISTER, body("one-more")).status_code == 201
    assert len(listed(admin)) == 5


def test_users_that_register_at_a_time_stay_within_the_limit(ashim: MakeClient) -> None:
    server = open_server(ashim, max_users=3)
    admin = root(server)
    people = [admin.beside() for _ in range(6)]
    start = threading.Barrier(6, timeout=PATIENCE_S)

    def register(number: int) -> int:
        start.wait()
        return int(people[number]("POST", REGISTER, body(f"user-{number}")).status_code)

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(register, range(6)))
    assert sorted(statuses) == [201, 201, 403, 403, 403, 403]
    assert len(listed(admin)) == 3


def test_role_and_team_can_be_changed(admin: Person) -> None:
    user = admin.register(name="Ada")
    team = admin("POST", "/api/v1/teams", {"name": "Darkroom"}).json
    for change, role, name in (
        ({"role": "editor"}, "editor", "Default"),
        ({"team": "darkroom"}, "editor", "Darkroom"),
        ({"team": "default-team-00000000"}, "editor", "Default"),
        ({"team": team["id"], "role": "USER"}, "user", "Darkroom"),
        ({}, "user", "Darkroom"),
        ({"team": None, "role": None}, "user", "Darkroom"),
    ):
        answer = update(admin, user, **change)
        assert (answer.status_code, answer.json) == (200, {"ok": True})
        ada = listed(admin)["Ada"]
        assert (ada["role"], ada["team"]) == (role, name)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"role": "editor", "team": "Painters"}, ["team"]),
        ({"role": "painter", "team": "Default"}, ["role"]),
        ({"role": "editor", "username": "Eve"}, ["username"]),
        ({"role": "editor", "password": OTHER_PASSWORD}, ["password"]),
        ({"role": True}, ["role"]),
    ],
)
def test_a_change_that_is_half_wrong_changes_nothing(
    admin: Person, change: dict[str, Any], fields: list[str]
) -> None:
    user = admin.register(name="Ada")
    before = listed(admin)
    assert wrong_fields(update(admin, user, **change)) == fields
    assert listed(admin) == before


def test_a_changed_role_counts_from_the_next_request_on(admin: Person) -> None:
    user = admin.register()
    key = bearer(user.key()["key"])
    for role, status in (("admin", 200), ("editor", 403), ("admin", 200), ("user", 403)):
        assert update(admin, user, role=role).status_code == 200
        assert user("GET", USERS).status_code == status
        assert ask(admin.client, "GET", USERS, headers=key).status_code == status
        assert user("GET", SESSION).json["user"]["role"] == role


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
@pytest.mark.parametrize("user_id", [UNKNOWN, "local", "admin", "x" * 500, "1' or '1'='1"])
def test_unknown_users_are_not_found(admin: Person, method: str, user_id: str) -> None:
    """The built-in account of a server that asks nobody to sign in is none of the users."""
    tail = "/reset-password" if method == "POST" else ""
    sent = {"PUT": {"role": "user"}, "POST": {"newPassword": OTHER_PASSWORD}}.get(method)
    answer = admin(method, f"{USERS}/{user_id}{tail}", sent)
    assert refusal(answer) == (404, "NOT_FOUND")
    assert answer.json["message"] == "There is no such user."


def test_a_reset_password_ends_sessions_and_keys(server: ToolClient, admin: Person) -> None:
    user = admin.register(name="Ada")
    key = user.key()["key"]
    answer = admin.reset_password(user)
    assert (answer.status_code, answer.json) == (200, {"ok": True})
    assert refusal(user("GET", SESSION)) == (401, "AUTH_REQUIRED")
    assert ask(server, "GET", "/api/v1/tools", headers=bearer(key)).status_code == 401
    assert refusal(login(server, "Ada", PASSWORD)) == (401, "INVALID_CREDENTIALS")
    assert sign_in(server, "Ada", OTHER_PASSWORD)("GET", "/api/v1/tools").status_code == 200
    assert admin("GET", SESSION).status_code == 200


def test_a_reset_password_has_to_be_changed(ashim: MakeClient) -> None:
    server = open_server(ashim, skip_must_change_password=False)
    admin = root(server)
    assert admin.change_password(PASSWORD, current="admin").status_code == 200
    ada = admin.register(name="Ada")
    assert ada.change_password("a password of her own").status_code == 200
    assert admin.reset_password(ada).status_code == 200
    again = sign_in(server, "Ada", OTHER_PASSWORD)
    assert refusal(again("GET", "/api/v1/tools")) == (403, "MUST_CHANGE_PASSWORD")


@pytest.mark.parametrize("password", ["", "short", "x" * 257, "password", "Ada-Lovelace", None, 5])
def test_a_reset_to_a_bad_password_is_refused(
    server: ToolClient, admin: Person, password: Any
) -> None:
    user = admin.register(name="Ada-Lovelace")
    assert wrong_fields(admin.reset_password(user, password)) == ["newPassword"]
    assert user("GET", SESSION).status_code == 200
    assert login(server, "Ada-Lovelace", PASSWORD).status_code == 200


def test_a_deleted_user_is_gone_with_sessions_and_keys(server: ToolClient, admin: Person) -> None:
    user = admin.register(name="Ada")
    key = user.key()["key"]
    answer = admin.delete_user(user)
    assert (answer.status_code, answer.json) == (200, {"ok": True})
    assert list(listed(admin)) == ["admin"]
    assert refusal(user("GET", SESSION)) == (401, "AUTH_REQUIRED")
    assert ask(server, "GET", "/api/v1/tools", headers=bearer(key)).status_code == 401
    assert refusal(login(server, "Ada", PASSWORD)) == (401, "INVALID_CREDENTIALS")
    with server.core.store.reading() as db:
        assert [row.user for row in Session.select().execute(db)] == [admin.id]
        assert ApiKey.select().count(db) == 0
    assert refusal(admin.delete_user(user)) == (404, "NOT_FOUND")


def test_who_has_the_name_of_a_deleted_user_is_somebody_else(admin: Person) -> None:
    user = admin.register(name="Ada")
    assert admin.delete_user(user).status_code == 200
    other = admin.register(name="Ada")
    assert other.id != user.id
    assert refusal(user("GET", SESSION)) == (401, "AUTH_REQUIRED")


def test_nobody_changes_their_own_role(admin: Person) -> None:
    admin.register("admin")
    for role in ("user", "editor"):
        assert refusal(update(admin, admin, role=role)) == (400, "SELF_DEMOTE")
    assert update(admin, admin, role="admin", team="Default").status_code == 200
    assert listed(admin)["admin"]["role"] == "admin"


def test_nobody_deletes_their_own_account(admin: Person) -> None:
    admin.register("admin")
    assert refusal(admin.delete_user(admin)) == (400, "SELF_DELETE")
    assert admin("GET", SESSION).status_code == 200


def test_the_last_administrator_stays(admin: Person) -> None:
    everything = admin("GET", SESSION).json["user"]["permissions"]
    manager = admin.register(admin.role(*everything))
    for role in ("user", manager("GET", SESSION).json["user"]["role"]):
        assert refusal(update(manager, admin, role=role)) == (400, "LAST_ADMIN")
    assert refusal(manager.delete_user(admin)) == (400, "LAST_ADMIN")
    assert listed(manager)["admin"]["role"] == "admin"
    second = admin.register("admin")
    assert second.delete_user(admin).status_code == 200
    assert refusal(manager.delete_user(second)) == (400, "LAST_ADMIN")


def test_two_administrators_that_delete_each_other_leave_one(server: ToolClient) -> None:
    first = root(server)
    start = threading.Barrier(2, timeout=PATIENCE_S)

    def attack(pair: tuple[Person, Person]) -> int:
        attacker, victim = pair
        start.wait()
        return int(attacker.delete_user(victim).status_code)

    with ThreadPoolExecutor(2) as pool:
        for _ in range(15):
            second = first.register("admin").beside()
            statuses = list(pool.map(attack, [(first, second), (second, first)]))
            assert sorted(statuses) in ([200, 400], [200, 401])
            first = first if statuses[0] == 200 else second
            with server.core.store.reading() as db:
                left = User.select().where(~User.builtin).execute(db)
                assert [user.id for user in left] == [first.id]


def test_everything_here_needs_the_permission(admin: Person) -> None:
    user, editor = admin.register(), admin.register("editor")
    for person in (user, editor):
        for answer in (
            *(person("GET", USERS), person("POST", REGISTER, body())),
            *(
                update(person, user, role="admin"),
                person.reset_password(admin),
                person.delete_user(admin),
            ),
        ):
            assert refusal(answer) == (403, "FORBIDDEN")
            assert "users:manage" in answer.json["message"]
