"""Passwords, tokens and keys: nowhere but in the one answer that is meant to show them."""

import base64
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Response, request

from ashim_core.testing import MakeClient, ToolClient
from tests.web.people import Person, ask, bearer, login, open_server, sign_in

FIRST, OWN, NEW = "first-password-Kq7", "own-password-Wm2", "new-password-Zr9"
RESET, WRONG, REFUSED = "reset-password-Tb4", "wrong-password-Lx3", "refused-password-Pd8"
GUESSED = "guessed-token-Hn6"


@dataclass
class Traces:
    """What a server said and wrote down during a day with many secrets.

    passwords: never to be seen again. shown: tokens and keys, with the path that shows each.
    """

    passwords: set[str] = field(default_factory=set)
    shown: dict[str, str] = field(default_factory=dict)
    answers: list[tuple[str, str]] = field(default_factory=list)

    def note(self, response: Response) -> Response:
        """Keep an answer with all its headers."""
        text = f"{response.headers}\n{response.get_data(as_text=True)}"
        self.answers.append((request.path, text))
        return response


@pytest.fixture
def server(ashim: MakeClient) -> ToolClient:
    return open_server(ashim, default_password=FIRST)


@pytest.fixture
def traces(server: ToolClient, caplog: pytest.LogCaptureFixture) -> Traces:
    """Live through a day in which every kind of secret is sent to every place that takes it."""
    caplog.set_level(logging.DEBUG)
    found = Traces({FIRST, OWN, NEW, RESET, WRONG, REFUSED, GUESSED})
    server.http.application.after_request(found.note)
    admin = sign_in(server, "admin", FIRST)
    body = {"username": "Ada", "password": OWN}
    assert admin("POST", "/api/auth/register", body).status_code == 201
    user = sign_in(server, "Ada", OWN)
    keys = [admin.key()["key"], user.key(permissions=["tools:use"])["key"]]
    for path in ("/api/v1/tools", "/api/v1/api-keys", "/api/auth/session", "/api/auth/users"):
        for token in (admin.token, user.token, *keys, GUESSED):
            ask(server, "GET", path, headers=bearer(token))
    tokens = [admin.token, user.token, *_failures(server, admin, user), _changes(admin, user)]
    found.shown = dict.fromkeys(tokens, "/api/auth/login") | dict.fromkeys(keys, "/api/v1/api-keys")
    for path in ("/api/v1/audit-log", "/api/auth/sessions", "/api/v1/settings", "/api/auth/users"):
        assert admin("GET", path).status_code == 200
    return found


def _failures(server: ToolClient, admin: Person, user: Person) -> list[str]:
    """Fail with secrets in hand; give the tokens that were made besides."""
    other = sign_in(server, "Ada", OWN)
    refused = [
        login(server, "Ada", WRONG),
        login(server, "nobody", WRONG),
        user.change_password(NEW, current=WRONG),
        admin("POST", "/api/auth/register", {"username": "ada", "password": REFUSED}),
        admin("POST", "/api/auth/register", {"username": "x", "password": REFUSED}),
        admin("PUT", f"/api/auth/users/{user.id}", {"password": REFUSED}),
        admin("POST", f"/api/auth/users/{user.id}/reset-password", {"password": REFUSED}),
        admin.reset_password(Person(server, "0" * 32, "", ""), REFUSED),
    ]
    assert [answer.status_code for answer in refused if answer.status_code < 400] == []
    return [other.token]


def _changes(admin: Person, user: Person) -> str:
    """Change and reset a password; give the token of the login after it."""
    assert user.change_password(NEW, current=OWN).status_code == 200
    assert admin.reset_password(user, RESET).status_code == 200
    return sign_in(user.client, "Ada", RESET).token


def disguises(secret: str) -> list[bytes]:
    """Give a secret as it is, and as it looks in base64 (at each offset), hex and UTF-16."""
    plain = secret.encode()
    shifted = [base64.b64encode(b"\0" * offset + plain)[4:-4] for offset in range(3)]
    urlsafe = [text.replace(b"+", b"-").replace(b"/", b"_") for text in shifted]
    hexes = [plain.hex().encode(), plain.hex().upper().encode()]
    return [plain, *shifted, *urlsafe, *hexes, secret.encode("utf-16-le"), plain[::-1]]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_no_secret_is_in_any_file(server: ToolClient, traces: Traces) -> None:
    found = files(server.core.config.data_dir)
    assert {"ashim.db", "ashim.db-wal"} <= found.keys(), "expected what is not merged yet, too"
    assert b"Ada" in found["ashim.db"] + found["ashim.db-wal"]
    assert b"$argon2id$" in found["ashim.db"] + found["ashim.db-wal"]
    for secret in (*traces.passwords, *traces.shown):
        for disguise in disguises(secret):
            assert not [name for name, data in found.items() if disguise in data], secret


def test_no_secret_is_in_a_file_after_the_server_has_stopped(
    server: ToolClient, traces: Traces
) -> None:
    server.close()
    found = files(server.core.config.data_dir)
    assert b"Ada" in found["ashim.db"]
    for secret in (*traces.passwords, *traces.shown):
        for disguise in disguises(secret):
            assert not [name for name, data in found.items() if disguise in data], secret


def test_no_secret_is_in_any_log(traces: Traces, caplog: pytest.LogCaptureFixture) -> None:
    records = caplog.get_records("setup")  # that is when the day was lived through
    assert any(record.levelno == logging.DEBUG for record in records)
    said = "\n".join(f"{record.getMessage()} {record.args!r}" for record in records)
    for secret in (*traces.passwords, *traces.shown):
        assert secret not in said


def test_no_password_is_in_any_answer(traces: Traces) -> None:
    for password in traces.passwords:
        assert not [path for path, text in traces.answers if password in text], password


def test_tokens_and_keys_are_in_one_answer_each(traces: Traces) -> None:
    assert len(traces.shown) == 6
    for secret, path in traces.shown.items():
        assert [there for there, text in traces.answers if secret in text] == [path]


def test_hashes_are_in_no_answer(server: ToolClient, traces: Traces) -> None:
    hashes = _stored(server, "users", "password_hash")
    hashes += _stored(server, "sessions", "token_hash") + _stored(server, "api_keys", "key_hash")
    assert len(hashes) >= 5
    for stored in hashes:
        assert not [path for path, text in traces.answers if stored in text]


def _stored(server: ToolClient, table: str, column: str) -> list[str]:
    with server.core.store.reading() as db:
        rows: Any = db.execute_sql(f"SELECT {column} FROM {table}")  # type: ignore[no-untyped-call]
        return [value for (value,) in rows if value]


def test_the_database_is_for_its_owner_s_eyes(server: ToolClient) -> None:
    modes = {
        path.name: oct(path.stat().st_mode & 0o077)
        for path in server.core.config.data_dir.iterdir()
        if path.name.startswith(("ashim.db", "secret")) and path.name != "ashim.db.lock"
    }
    assert set(modes.values()) == {"0o0"}, modes
