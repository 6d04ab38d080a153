"""One's own sessions: what is listed, and ending them."""

import pytest

from ashim_core.store.models import Session
from ashim_core.testing import ToolClient
from tests.web.people import PASSWORD, Clock, Person, iso, login, refusal, root, sign_in

SESSION = "/api/auth/session"
SESSIONS = "/api/auth/sessions"


def stored_sessions(client: ToolClient) -> list[Session]:
    with client.core.store.reading() as db:
        return list(Session.select().execute(db))


def test_sessions_are_listed_the_latest_first(
    server: ToolClient, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.register(name="Grace")
    clock = Clock(monkeypatch)
    clock.wait(hours=24, seconds=1)  # The session that came with the account is over.
    first = clock.now
    login(server, "Grace", PASSWORD, address="192.168.1.9")
    clock.wait(minutes=10)
    grace = sign_in(server, "Grace")
    answer = grace("GET", SESSIONS)
    assert answer.status_code == 200
    latest, earliest = answer.json["sessions"]
    assert latest == {
        "id": latest["id"],
        "createdAt": iso(clock.now),
        "lastUsedAt": iso(clock.now),
        "expiresAt": iso(clock.now + 24 * 3600),
        "ipAddress": "127.0.0.1",
        "current": True,
    }
    assert earliest == {
        "id": earliest["id"],
        "createdAt": iso(first),
        "lastUsedAt": iso(first),
        "expiresAt": iso(first + 24 * 3600),
        "ipAddress": "192.168.1.9",
        "current": False,
    }


def test_the_last_use_is_written_down_at_most_once_a_minute(
    server: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    start = clock.now
    user = root(server)

    def last_used() -> float:
        assert user("GET", SESSION).status_code == 200
        return float(stored_sessions(server)[0].last_used)

    clock.wait(seconds=59)
    assert last_used() == start
    clock.wait(seconds=1)
    assert last_used() == start + 60
    clock.wait(seconds=59)
    assert last_used() == start + 60


def test_an_own_session_can_be_ended(server: ToolClient, user: Person) -> None:
    other = sign_in(server, "Ada")
    (doomed,) = [
        item["id"] for item in other("GET", SESSIONS).json["sessions"] if not item["current"]
    ]
    answer = other("DELETE", f"{SESSIONS}/{doomed}")
    assert (answer.status_code, answer.json) == (200, {"ok": True})
    assert refusal(user("GET", SESSION)) == (401, "AUTH_REQUIRED")
    assert other("GET", SESSION).status_code == 200
    assert refusal(other("DELETE", f"{SESSIONS}/{doomed}")) == (404, "NOT_FOUND")


def test_the_session_one_is_in_can_be_ended(user: Person) -> None:
    (own,) = user("GET", SESSIONS).json["sessions"]
    assert user("DELETE", f"{SESSIONS}/{own['id']}").status_code == 200
    assert refusal(user("GET", SESSION)) == (401, "AUTH_REQUIRED")


def test_the_sessions_of_others_are_not_there(admin: Person, user: Person) -> None:
    (own,) = user("GET", SESSIONS).json["sessions"]
    listed = [item["id"] for item in admin("GET", SESSIONS).json["sessions"]]
    assert own["id"] not in listed
    foreign = admin("DELETE", f"{SESSIONS}/{own['id']}")
    unknown = admin("DELETE", f"{SESSIONS}/{'0' * 32}")
    assert refusal(foreign) == refusal(unknown) == (404, "NOT_FOUND")
    assert foreign.json["message"] == unknown.json["message"]
    assert user("GET", SESSION).status_code == 200


def test_neither_a_token_nor_its_hash_is_listed(server: ToolClient, user: Person) -> None:
    text = user("GET", SESSIONS).text
    assert user.token not in text
    assert not [row for row in stored_sessions(server) if row.token_hash in text]
