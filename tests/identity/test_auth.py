"""Signing in and out, and for how long."""

import time
from typing import Any

import pytest

from ashim_core.policy import BUILTIN_ROLES
from ashim_core.store.models import Session
from ashim_core.testing import MakeClient, ToolClient
from tests.web.people import (
    OTHER_PASSWORD,
    PASSWORD,
    Clock,
    Person,
    ask,
    bearer,
    before_the_next_write,
    iso,
    login,
    open_server,
    refusal,
    root,
    sign_in,
    wrong_fields,
)

SESSION = "/api/auth/session"
SESSIONS = "/api/auth/sessions"


def stored_sessions(client: ToolClient) -> list[Session]:
    with client.core.store.reading() as db:
        return list(Session.select().execute(db))


def test_a_login_answers_with_a_token_who_it_is_and_until_when(
    server: ToolClient, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    team: Any = admin("POST", "/api/v1/teams", {"name": "Darkroom"}).json
    ada = admin.register("editor", "Ada", team=team["id"])
    clock = Clock(monkeypatch)
    answer = login(server, "Ada", PASSWORD)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store, no-transform"
    assert answer.json == {
        "token": answer.json["token"],
        "user": {
            "id": ada.id,
            "username": "Ada",
            "role": "editor",
            "team": "Darkroom",
            "teamName": "Darkroom",
            "permissions": sorted(BUILTIN_ROLES["editor"]),
            "mustChangePassword": False,
        },
        "expiresAt": iso(clock.now + 24 * 3600),
    }


def test_a_name_that_is_unknown_is_refused_as_a_password_that_is_wrong(
    server: ToolClient, user: Person
) -> None:
    answers = [login(server, "nobody", PASSWORD), login(server, "Ada", "not her password")]
    bodies = [dict(answer.json) for answer in answers]
    ids = [body.pop("requestId") for body in bodies]
    assert ids == [answer.headers["X-Request-Id"] for answer in answers]
    assert bodies == 2 * [
        {
            "error": "The name or the password is wrong.",
            "code": "INVALID_CREDENTIALS",
            "statusCode": 401,
            "message": "The name or the password is wrong.",
        }
    ]


@pytest.mark.parametrize("name", ["ada", "ADA", "aDa", "\uff21\uff44\uff41"])
def test_case_and_width_of_the_name_do_not_count(
    server: ToolClient, user: Person, name: str
) -> None:
    answer = login(server, name, PASSWORD)
    assert (answer.status_code, answer.json["user"]["username"]) == (200, "Ada")


@pytest.mark.parametrize(
    "password",
    [PASSWORD.upper(), PASSWORD + " ", " " + PASSWORD, PASSWORD[:-1]],
)
def test_nearly_the_password_is_not_the_password(
    server: ToolClient, user: Person, password: str
) -> None:
    assert refusal(login(server, "Ada", password)) == (401, "INVALID_CREDENTIALS")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["username", "password"]),
        ({"username": "Ada"}, ["password"]),
        ({"username": "", "password": "x"}, ["username"]),
        ({"username": "Ada", "password": ""}, ["password"]),
        ({"username": ["Ada"], "password": "x"}, ["username"]),
        ({"username": "Ada", "password": None}, ["password"]),
        ({"username": "Ada\n", "password": "x"}, ["username"]),
        ({"username": "A\u202eda", "password": "x"}, ["username"]),
        ({"username": "a" * 101, "password": "x"}, ["username"]),
        ({"username": "Ada", "password": "x" * 257}, ["password"]),
        ({"username": "Ada", "password": "x\0"}, ["password"]),
        ({"username": "Ada", "password": "x", "remember": True}, ["remember"]),
    ],
)
def test_a_login_of_another_shape_names_the_field(
    server: ToolClient, body: Any, fields: list[str]
) -> None:
    assert wrong_fields(ask(server, "POST", "/api/auth/login", body)) == fields


@pytest.mark.parametrize(
    "body", [b"[]", b'"x"', b"{", b"\xff", b'{"username": "a", "username": 1}']
)
def test_a_login_that_is_no_json_object_is_refused(server: ToolClient, body: bytes) -> None:
    answer = server.http.post("/api/auth/login", data=body, content_type="application/json")
    assert refusal(answer) == (400, "INVALID_REQUEST")


def test_a_form_does_not_sign_in(server: ToolClient, user: Person) -> None:
    """A page of another site can send a form without asking."""
    answer = server.http.post("/api/auth/login", data={"username": "Ada", "password": PASSWORD})
    assert refusal(answer) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_every_login_makes_another_token_of_256_bits(server: ToolClient, user: Person) -> None:
    tokens = {login(server, "Ada", PASSWORD).json["token"] for _ in range(20)} | {user.token}
    assert len(tokens) == 21
    assert all(len(token) == 43 for token in tokens), "256 bits are 43 characters of base64"
    assert {session.token_hash for session in stored_sessions(server)}.isdisjoint(tokens)


def test_a_login_does_not_take_over_the_token_it_came_with(
    server: ToolClient, user: Person
) -> None:
    body = {"username": "Ada", "password": PASSWORD}
    again = user("POST", "/api/auth/login", body).json["token"]
    assert again != user.token
    assert user("GET", SESSION).status_code == 200
    assert ask(server, "GET", SESSION, headers=bearer(again)).status_code == 200


def test_the_session_says_who_and_until_when(
    server: ToolClient, user: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    started = login(server, "Ada", PASSWORD).json
    clock.wait(hours=1)
    answer = ask(server, "GET", SESSION, headers=bearer(started["token"]))
    assert answer.status_code == 200
    assert answer.json == {"user": started["user"], "expiresAt": started["expiresAt"]}


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_case_of_the_scheme_does_not_count(
    server: ToolClient, user: Person, scheme: str
) -> None:
    headers = {"Authorization": f"{scheme} {user.token}"}
    assert ask(server, "GET", SESSION, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Bearer si_" + "0" * 96,
        "Bearer \xe4\xff",
        "Basic YWRtaW46YWRtaW4=",
        "Token {token}",
        "{token}",
        "Bearer {token}x",
        "Bearer {token} {token}",
        "Bearer {hash}",
    ],
)
def test_what_is_no_token_is_refused(server: ToolClient, user: Person, authorization: str) -> None:
    stored = stored_sessions(server)[-1].token_hash
    headers = {"Authorization": authorization.format(token=user.token, hash=stored)}
    answer = ask(server, "GET", SESSION, headers=headers)
    assert refusal(answer) == (401, "AUTH_REQUIRED")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_is_taken_from_the_header_only(server: ToolClient, user: Person) -> None:
    server.http.set_cookie("token", user.token)
    for path in (f"{SESSION}?token={user.token}", f"{SESSION}?access_token={user.token}"):
        assert refusal(ask(server, "GET", path)) == (401, "AUTH_REQUIRED")


def test_logging_out_ends_this_session_and_no_other(server: ToolClient, user: Person) -> None:
    other = sign_in(server, "Ada")
    answer = user("POST", "/api/auth/logout")
    assert (answer.status_code, answer.json) == (200, {"ok": True})
    assert refusal(user("GET", SESSION)) == (401, "AUTH_REQUIRED")
    assert refusal(user("POST", "/api/auth/logout")) == (401, "AUTH_REQUIRED")
    assert other("GET", SESSION).status_code == 200


@pytest.mark.parametrize("hours", [24, 0.5])
def test_a_session_ends_after_its_time_however_much_it_is_used(
    ashim: MakeClient, monkeypatch: pytest.MonkeyPatch, hours: float
) -> None:
    clock = Clock(monkeypatch)
    server = open_server(ashim, session_duration_hours=hours)
    user = root(server)
    for _ in range(5):
        clock.wait(hours=hours / 6)
        assert user("GET", SESSION).status_code == 200
    clock.wait(hours=hours / 6)
    assert refusal(user("GET", SESSION)) == (401, "AUTH_REQUIRED")


def test_a_session_that_has_ended_is_removed(
    server: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    root(server)
    clock.wait(hours=12)
    root(server)
    clock.wait(hours=12, seconds=1)
    assert len(stored_sessions(server)) == 2
    server.core.sweep()
    assert len(stored_sessions(server)) == 1
    clock.wait(hours=12)
    server.core.sweep()
    assert stored_sessions(server) == []


def test_a_session_that_is_not_used_ends_early_if_the_operator_says_so(
    ashim: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    server = open_server(ashim, session_idle_minutes=30)
    user = root(server)
    for _ in range(3):
        clock.wait(minutes=29)
        assert user("GET", SESSION).status_code == 200
    clock.wait(minutes=31)
    assert refusal(user("GET", SESSION)) == (401, "AUTH_REQUIRED")
    assert refusal(user("GET", SESSION)) == (401, "AUTH_REQUIRED")


@pytest.mark.parametrize("minutes", [0.5, 1, 5])
def test_a_session_that_is_used_often_does_not_end_for_idleness(
    ashim: MakeClient, monkeypatch: pytest.MonkeyPatch, minutes: float
) -> None:
    clock = Clock(monkeypatch)
    user = root(open_server(ashim, session_idle_minutes=minutes))
    for _ in range(11):
        clock.wait(seconds=25)
        assert user("GET", SESSION).status_code == 200
    clock.wait(minutes=minutes, seconds=-1)
    assert user("GET", SESSION).status_code == 200


def test_a_session_that_ended_for_idleness_is_not_listed(
    ashim: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    server = open_server(ashim, session_idle_minutes=30)
    root(server)
    clock.wait(minutes=31)
    answer = root(server)("GET", SESSIONS)
    assert [session["current"] for session in answer.json["sessions"]] == [True]


def test_without_an_idle_limit_a_session_may_rest(
    server: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    user = root(server)
    clock.wait(hours=23)
    assert user("GET", SESSION).status_code == 200


def test_a_password_that_is_reset_during_a_login_wins(
    server: ToolClient, admin: Person, user: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reset falls between the check of the password and the start of the session."""
    with before_the_next_write(server, monkeypatch, lambda: admin.reset_password(user)):
        assert refusal(login(server, "Ada", PASSWORD)) == (401, "INVALID_CREDENTIALS")
    assert [session.user for session in stored_sessions(server)] == [admin.id]
    assert login(server, "Ada", OTHER_PASSWORD).status_code == 200


def test_an_account_that_is_deleted_during_a_login_is_refused_as_any_other(
    server: ToolClient, admin: Person, user: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with before_the_next_write(server, monkeypatch, lambda: admin.delete_user(user)):
        assert refusal(login(server, "Ada", PASSWORD)) == (401, "INVALID_CREDENTIALS")


def test_a_clock_that_goes_back_ends_no_session(
    server: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = root(server)
    present = time.time()
    monkeypatch.setattr(time, "time", lambda: present - 24 * 3600)
    assert user("GET", SESSION).status_code == 200
