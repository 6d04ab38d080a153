"""People who use a server that asks everybody to sign in, through Flask's test client."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from ashim_core.testing import MakeClient, ToolClient
from tests.data import plain

Headers = dict[str, str]

PASSWORD = "correct horse battery"
OTHER_PASSWORD = "staple battery horse"

_OPEN = {
    "auth_enabled": True,
    "skip_must_change_password": True,
    "max_users": 0,
    "login_attempt_limit": 10_000,
}
_numbers = count()


def open_server(ashim: MakeClient, **config: Any) -> ToolClient:
    """Make a server with room for any number of users and logins; `admin` may sign in at once."""
    return ashim(plain, **(_OPEN | config))


def ask(
    client: ToolClient,
    method: str,
    path: str,
    body: Any = None,
    *,
    headers: Headers | None = None,
    address: str = "127.0.0.1",
) -> Any:
    """Send a request from `address` and give the answer."""
    return client.http.open(
        path,
        method=method,
        json=body,
        headers=headers or {},
        environ_overrides={"REMOTE_ADDR": address},
    )


def login(client: ToolClient, username: str, password: str, **options: Any) -> Any:
    """Try to sign in and give the answer, whatever it is."""
    body = {"username": username, "password": password}
    return ask(client, "POST", "/api/auth/login", body, **options)


def bearer(token: str) -> Headers:
    """Give the headers of somebody who has this token or key."""
    return {"Authorization": f"Bearer {token}"}


def signed_in(client: ToolClient, username: str, password: str = PASSWORD) -> Headers:
    """Sign in and give the headers that say so."""
    return sign_in(client, username, password).headers


def admin(client: ToolClient) -> Headers:
    """Sign in as the first administrator, whose password is still the default."""
    return signed_in(client, "admin", "admin")


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in: call it to send a request."""

    client: ToolClient
    id: str
    username: str
    token: str

    @property
    def headers(self) -> Headers:
        return bearer(self.token)

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Send a request and give the answer."""
        return ask(self.client, method, path, body, headers=self.headers, **options)

    def beside(self) -> "Person":
        """Give the same person with a client of their own, for another thread."""
        return replace(self, client=ToolClient(self.client.core))

    def register(self, role: str = "user", name: str | None = None, **more: Any) -> "Person":
        """Make an account through the API; give somebody who is signed in with it."""
        username = name or f"{role}-{next(_numbers)}"
        body = {"username": username, "password": PASSWORD, "role": role, **more}
        answer = self("POST", "/api/auth/register", body)
        assert answer.status_code == 201, answer.text
        return sign_in(self.client, username)

    def change_password(self, new: Any, current: Any = PASSWORD) -> Any:
        """Try to change one's own password and give the answer, whatever it is."""
        body = {"currentPassword": current, "newPassword": new}
        return self("POST", "/api/auth/change-password", body)

    def reset_password(self, user: "Person", password: Any = OTHER_PASSWORD) -> Any:
        """Try to give somebody another password and give the answer, whatever it is."""
        path = f"/api/auth/users/{user.id}/reset-password"
        return self("POST", path, {"newPassword": password})

    def delete_user(self, user: "Person") -> Any:
        """Try to delete somebody's account and give the answer, whatever it is."""
        return self("DELETE", f"/api/auth/users/{user.id}")

    def role(self, *permissions: str) -> str:
        """Make a role through the API; give its name."""
        body = {"name": f"role-{next(_numbers)}", "permissions": list(permissions)}
        answer = self("POST", "/api/v1/roles", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json["name"])

    def key(self, **body: Any) -> Any:
        """Make an API key; give what the answer says."""
        answer = self("POST", "/api/v1/api-keys", body)
        assert answer.status_code == 201, answer.text
        return answer.json


def sign_in(client: ToolClient, username: str, password: str = PASSWORD) -> Person:
    """Sign in; give who that is."""
    answer = login(client, username, password)
    assert answer.status_code == 200, answer.text
    return Person(client, answer.json["user"]["id"], username, answer.json["token"])


def root(client: ToolClient) -> Person:
    """Give the first administrator, signed in."""
    return sign_in(client, "admin", "admin")


def refusal(answer: Any) -> tuple[int, str]:
    """Give status and code of an answer that must be a refusal."""
    assert answer.status_code >= 400, answer.text
    assert answer.json["statusCode"] == answer.status_code
    return answer.status_code, answer.json["code"]


def wrong_fields(answer: Any) -> list[str]:
    """Give the fields that a validation error names."""
    assert refusal(answer) == (400, "VALIDATION_ERROR"), answer.text
    return [detail["field"] for detail in answer.json.get("details", [])]


@contextmanager
def before_the_next_write(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch, deed: Callable[[], Any]
) -> Iterator[None]:
    """Have `deed` done in the middle of a request: after it was admitted, before it writes."""
    store = client.core.store

    def writing(**options: Any) -> Any:
        patch.undo()
        done = deed()
        assert done.status_code == 200, done.text
        return store.writing(**options)

    with monkeypatch.context() as patch:
        patch.setattr(store, "writing", writing)
        yield


def iso(seconds: float) -> str:
    """Write a moment of the clock, which has whole seconds, as the API does."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Clock:
    """The time of the whole process, which stands still until it is told to go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = float(int(time.time()))
        monkeypatch.setattr(time, "time", lambda: self.now)

    def wait(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> None:
        """Let time go by."""
        self.now += seconds + 60 * minutes + 3600 * hours
