"""The audit log: what is written down, and reading it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ashim_core.testing import MakeClient, ToolClient
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

LOG = "/api/v1/audit-log"
ELSEWHERE = "203.0.113.7"


def read(person: Person, **query: Any) -> Any:
    answer = person.client.http.get(LOG, query_string=query, headers=person.headers)
    assert answer.status_code == 200, answer.text
    return answer.json


def newest(admin: Person, than: int = 0) -> list[Any]:
    """Give the entries that are newer than the first `than`, the newest first."""
    page = read(admin, limit=100)
    return list(page["entries"][: page["total"] - than])


def total(admin: Person) -> int:
    return int(read(admin, limit=1)["total"])


def entry(actor: Person | None, action: str, kind: str, target: Any, **details: Any) -> Any:
    """Give what an entry says, apart from its own id and moment."""
    return {
        "actorId": actor and actor.id,
        "actorUsername": actor.username if actor else "system",
        "action": action,
        "targetType": kind,
        "targetId": target,
        "details": details or None,
        "ipAddress": ELSEWHERE,
    }


def assert_written(admin: Person, before: int, expected: Any) -> None:
    """Expect exactly one entry that was not there before."""
    (written,) = newest(admin, before)
    assert written == {**expected, "id": written["id"], "createdAt": written["createdAt"]}


def test_a_login_is_written_down(server: ToolClient, admin: Person, user: Person) -> None:
    before = total(admin)
    login(server, "ada", PASSWORD, address=ELSEWHERE)
    assert_written(admin, before, entry(user, "LOGIN_SUCCESS", "user", user.id))


def test_a_failed_login_is_written_down_with_the_name_that_was_tried(
    server: ToolClient, admin: Person, user: Person
) -> None:
    before = total(admin)
    login(server, "aDA", "wrong-password", address=ELSEWHERE)
    assert_written(admin, before, entry(None, "LOGIN_FAILED", "user", user.id, username="aDA"))
    login(server, "nobody-" + "x" * 90, "y", address=ELSEWHERE)
    tried = "nobody-" + "x" * 57
    assert_written(admin, before + 1, entry(None, "LOGIN_FAILED", "user", None, username=tried))


def test_a_logout_is_written_down(admin: Person, user: Person) -> None:
    before = total(admin)
    user("POST", "/api/auth/logout", address=ELSEWHERE)
    assert_written(admin, before, entry(user, "LOGOUT", "user", user.id))


def test_a_changed_password_is_written_down(admin: Person, user: Person) -> None:
    before = total(admin)
    body = {"currentPassword": PASSWORD, "newPassword": OTHER_PASSWORD}
    user("POST", "/api/auth/change-password", body, address=ELSEWHERE)
    assert_written(admin, before, entry(user, "PASSWORD_CHANGED", "user", user.id))


def test_a_reset_password_is_written_down(admin: Person, user: Person) -> None:
    before = total(admin)
    path = f"/api/auth/users/{user.id}/reset-password"
    admin("POST", path, {"newPassword": OTHER_PASSWORD}, address=ELSEWHERE)
    expected = entry(admin, "PASSWORD_RESET", "user", user.id, username="Ada")
    assert_written(admin, before, expected)


def test_a_new_user_is_written_down(admin: Person) -> None:
    before = total(admin)
    body = {"username": "Grace", "password": PASSWORD, "role": "editor"}
    made = admin("POST", "/api/auth/register", body, address=ELSEWHERE).json
    expected = entry(admin, "USER_CREATED", "user", made["id"], username="Grace", role="editor")
    assert_written(admin, before, expected)


def test_a_changed_user_is_written_down(admin: Person, user: Person) -> None:
    before = total(admin)
    change = {"role": "editor", "team": "Default"}
    admin("PUT", f"/api/auth/users/{user.id}", change, address=ELSEWHERE)
    expected = entry(admin, "USER_UPDATED", "user", user.id, username="Ada", **change)
    assert_written(admin, before, expected)


def test_a_deleted_user_is_written_down(admin: Person, user: Person) -> None:
    before = total(admin)
    admin("DELETE", f"/api/auth/users/{user.id}", address=ELSEWHERE)
    expected = entry(admin, "USER_DELETED", "user", user.id, username="Ada")
    assert_written(admin, before, expected)


def test_an_ended_session_is_written_down(admin: Person, user: Person) -> None:
    (own,) = user("GET", "/api/auth/sessions").json["sessions"]
    before = total(admin)
    user("DELETE", f"/api/auth/sessions/{own['id']}", address=ELSEWHERE)
    assert_written(admin, before, entry(user, "SESSION_DELETED", "session", own["id"]))


def test_made_and_deleted_keys_are_written_down(admin: Person, user: Person) -> None:
    before = total(admin)
    made = user("POST", "/api/v1/api-keys", {"name": "backup"}, address=ELSEWHERE).json
    expected = entry(user, "API_KEY_CREATED", "api_key", made["id"], name="backup")
    assert_written(admin, before, expected)
    admin("DELETE", f"/api/v1/api-keys/{made['id']}", address=ELSEWHERE)
    assert_written(admin, before + 1, entry(admin, "API_KEY_DELETED", "api_key", made["id"]))


def test_what_a_key_does_its_owner_does(server: ToolClient, admin: Person) -> None:
    key = bearer(admin.key()["key"])
    before = total(admin)
    body = {"name": "Painters"}
    made = ask(server, "POST", "/api/v1/teams", body, headers=key, address=ELSEWHERE).json
    expected = entry(admin, "TEAM_CREATED", "team", made["id"], name="Painters")
    assert_written(admin, before, expected)


def test_refusals_are_not_written_down(server: ToolClient, admin: Person, user: Person) -> None:
    before = total(admin)
    own = f"/api/auth/users/{admin.id}"
    easy = {"newPassword": "password"}
    refused = [
        user("GET", LOG),
        user("POST", "/api/auth/register", {"username": "Grace", "password": PASSWORD}),
        user.change_password(OTHER_PASSWORD, current="wrong-password"),
        user.change_password("password"),
        user("POST", "/api/v1/api-keys", {"permissions": ["audit:read"]}),
        user("DELETE", f"/api/v1/api-keys/{'0' * 32}"),
        user("DELETE", f"/api/auth/sessions/{'0' * 32}"),
        admin("POST", "/api/auth/register", {"username": "ada", "password": PASSWORD}),
        admin("POST", "/api/auth/register", {"username": "Grace", "password": "password"}),
        admin("PUT", own, {"role": "user"}),
        admin("PUT", own, {"team": "nowhere"}),
        admin("DELETE", own),
        admin("DELETE", f"/api/auth/users/{'0' * 32}"),
        admin("POST", f"/api/auth/users/{user.id}/reset-password", easy),
        ask(server, "POST", "/api/auth/logout"),
        ask(server, "POST", "/api/auth/login", {"username": "Ada"}),
    ]
    assert [answer.status_code for answer in refused if answer.status_code < 400] == []
    assert total(admin) == before


def test_a_forged_address_is_not_believed(server: ToolClient, admin: Person, user: Person) -> None:
    before = total(admin)
    forged = {"X-Forwarded-For": "1.2.3.4", "X-Real-IP": "1.2.3.4", "Forwarded": "for=1.2.3.4"}
    login(server, "Ada", PASSWORD, headers=forged, address=ELSEWHERE)
    assert newest(admin, before)[0]["ipAddress"] == ELSEWHERE


def test_a_trusted_proxy_is_believed(ashim: MakeClient) -> None:
    server = open_server(ashim, trust_proxy="10.0.0.0/8")
    admin = root(server)
    admin.register(name="Ada")
    hops = {"X-Forwarded-For": f"1.2.3.4, {ELSEWHERE}, 10.0.0.2"}
    login(server, "Ada", PASSWORD, headers=hops, address="10.0.0.1")
    assert newest(admin)[0]["ipAddress"] == ELSEWHERE


def test_entries_outlive_actor_and_target(admin: Person) -> None:
    second = admin.register("admin", "Grace")
    victim = second.register(name="Ada")
    second("DELETE", f"/api/auth/users/{victim.id}", address=ELSEWHERE)
    before = read(admin, limit=100)["entries"]
    admin("DELETE", f"/api/auth/users/{second.id}")
    after = read(admin, limit=100)["entries"]
    assert after[1:] == before
    said = {key: value for key, value in after[1].items() if key not in ("id", "createdAt")}
    assert said == entry(second, "USER_DELETED", "user", victim.id, username="Ada")


def test_entries_come_in_pages_the_newest_first(admin: Person) -> None:
    names = [f"user-{number}" for number in range(7)]
    for name in names:
        body = {"username": name, "password": PASSWORD}
        assert admin("POST", "/api/auth/register", body).status_code == 201
    pages = [read(admin, action="USER_CREATED", page=page, limit=3) for page in (1, 2, 3, 4)]
    found = [[item["details"]["username"] for item in page["entries"]] for page in pages]
    newest_first = names[::-1]
    assert found == [newest_first[:3], newest_first[3:6], newest_first[6:], []]
    assert [(page["total"], page["page"], page["limit"]) for page in pages] == [
        (7, 1, 3),
        (7, 2, 3),
        (7, 3, 3),
        (7, 4, 3),
    ]


def test_a_page_has_fifty_entries_unless_it_is_said(server: ToolClient, admin: Person) -> None:
    for _ in range(60):
        login(server, "nobody", "x")
    page = read(admin)
    assert (len(page["entries"]), page["page"], page["limit"], page["total"]) == (50, 1, 50, 61)
    assert len(read(admin, limit=100)["entries"]) == 61


def test_entries_can_be_picked_by_action(server: ToolClient, admin: Person, user: Person) -> None:
    login(server, "Ada", "wrong-password")
    for action, count in (("LOGIN_FAILED", 1), ("USER_CREATED", 1), ("LOGIN_SUCCESS", 2)):
        page = read(admin, action=action)
        assert page["total"] == count
        assert {item["action"] for item in page["entries"]} == {action}
    for action in ("login_failed", "LOGIN", "NOTHING", "LOGIN%"):
        assert read(admin, action=action) == {"entries": [], "total": 0, "page": 1, "limit": 50}


@pytest.fixture
def three_days(server: ToolClient, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Keys made at 1:00, 12:00 and 23:59:59 of three days in UTC, each named for its moment."""
    clock = Clock(monkeypatch)
    clock.now = datetime(2030, 1, 1, tzinfo=UTC).timestamp()
    for day in (1, 2, 3):
        for hour, minute, second in ((1, 0, 0), (12, 0, 0), (23, 59, 59)):
            clock.now = datetime(2030, 1, day, hour, minute, second, tzinfo=UTC).timestamp()
            sign_in(server, "admin", "admin").key(name=f"{day} {hour}")
    return sign_in(server, "admin", "admin")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["1 1", "1 12", "1 23", "2 1", "2 12", "2 23", "3 1", "3 12", "3 23"]),
        ({"from": "2030-01-02"}, ["2 1", "2 12", "2 23", "3 1", "3 12", "3 23"]),
        ({"to": "2030-01-01"}, ["1 1", "1 12", "1 23"]),
        ({"to": "2029-12-31"}, []),
        ({"from": "2030-01-02", "to": "2030-01-02"}, ["2 1", "2 12", "2 23"]),
        ({"from": "2030-01-03", "to": "2030-01-01"}, []),
        ({"from": "2030-01-03T12:00:00Z"}, ["3 12", "3 23"]),
        ({"from": "2030-01-03T12:00:00"}, ["3 12", "3 23"]),
        ({"from": "2030-01-03T12:00:01Z"}, ["3 23"]),
        ({"from": "2030-01-03T13:00:00+01:00"}, ["3 12", "3 23"]),
        ({"to": "2030-01-01T12:00:00Z"}, ["1 1", "1 12"]),
        ({"to": "2030-01-01T00:00:00Z"}, []),
        (
            {"from": "2030-01-01T12:00:00Z", "to": "2030-01-02"},
            ["1 12", "1 23", "2 1", "2 12", "2 23"],
        ),
        ({"from": "0001-01-01", "to": "0001-01-02"}, []),
        ({"from": "9999-12-31", "to": "9999-12-31"}, []),
        ({"to": "9999-12-31T23:59:59-14:00", "from": "2030-01-03"}, ["3 1", "3 12", "3 23"]),
    ],
)
def test_entries_can_be_picked_by_day_and_moment(
    three_days: Person, query: dict[str, str], found: list[str]
) -> None:
    """A day lasts from midnight to midnight in UTC, and both ends belong to what is asked for."""
    page = read(three_days, action="API_KEY_CREATED", **query)
    assert [item["details"]["name"] for item in page["entries"]] == found[::-1]
    assert page["total"] == len(found)


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"page": "1.5"}, ["page"]),
        ({"page": "x"}, ["page"]),
        ({"page": "9" * 5000}, ["page"]),
        ({"limit": ""}, ["limit"]),
        ({"page": "x", "limit": "0.5"}, ["page", "limit"]),
        ({"action": "X" * 41}, ["action"]),
        ({"action": "LOGIN\n"}, ["action"]),
        ({"form": "2030-01-01"}, ["form"]),
        ({"offset": "5"}, ["offset"]),
        ({"from": "yesterday"}, ["from"]),
        ({"from": ""}, ["from"]),
        ({"from": "2030-02-30"}, ["from"]),
        ({"to": "2030-13-01"}, ["to"]),
        ({"to": "nan"}, ["to"]),
    ],
)
def test_a_query_of_another_shape_names_the_field(
    admin: Person, query: dict[str, str], fields: list[str]
) -> None:
    answer = admin.client.http.get(LOG, query_string=query, headers=admin.headers)
    assert wrong_fields(answer) == fields


def test_entries_are_numbered_and_dated(
    server: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    admin = root(server)
    clock.wait(minutes=1)
    admin.key()
    later, earlier = read(admin)["entries"]
    assert (later["createdAt"], earlier["createdAt"]) == (iso(clock.now), iso(clock.now - 60))
    assert int(later["id"]) > int(earlier["id"])


def test_a_year_is_kept(server: ToolClient, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    root(server)
    clock.wait(hours=24 * 365)
    server.core.sweep()
    assert total(root(server)) == 2
    clock.wait(seconds=1)
    server.core.sweep()
    assert total(root(server)) == 2, "expected the first login to be forgotten"


def test_as_many_days_are_kept_as_the_operator_says(
    ashim: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    server = open_server(ashim, audit_days=2)
    root(server)
    clock.wait(hours=24)
    root(server)
    clock.wait(hours=24, seconds=1)
    server.core.sweep()
    admin = root(server)
    assert [item["createdAt"] for item in newest(admin)] == [
        iso(clock.now),
        iso(clock.now - 24 * 3600 - 1),
    ]


def test_only_those_with_the_permission_read_it(
    server: ToolClient, admin: Person, user: Person
) -> None:
    reader = admin.register(admin.role("audit:read"))
    assert reader("GET", LOG).status_code == 200
    assert refusal(user("GET", LOG)) == (403, "FORBIDDEN")
    assert refusal(ask(server, "GET", LOG)) == (401, "AUTH_REQUIRED")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nobody_writes_in_it(admin: Person, method: str) -> None:
    assert refusal(admin(method, LOG, {})) == (405, "METHOD_NOT_ALLOWED")


def test_no_password_is_in_it(server: ToolClient, admin: Person, user: Person) -> None:
    login(server, "Ada", "wrong-password")
    assert user.change_password(OTHER_PASSWORD).status_code == 200
    assert admin.reset_password(user, "a password from above").status_code == 200
    text = json.dumps(newest(admin))
    for secret in ("wrong-password", PASSWORD, OTHER_PASSWORD, "a password from above"):
        assert secret not in text


def test_pages_beyond_their_range_are_the_nearest(ashim: MakeClient) -> None:
    admin = root(open_server(ashim))
    for query, page, limit in (
        ({"page": 0}, 1, 50),
        ({"page": -3, "limit": 0}, 1, 1),
        ({"limit": 101}, 1, 100),
        ({"page": "9" * 3000, "limit": "9" * 3000}, 1_000_000, 100),
    ):
        found = read(admin, **query)
        assert (found["page"], found["limit"]) == (page, limit), query
