"""A client of real servers that speaks JSON, each request on a connection of its own."""

import http.client
import json
import time
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.patience import PATIENCE_S


@dataclass(frozen=True)
class Answer:
    """What came back, and when it was asked for (seconds of the monotonic clock)."""

    status: int
    body: Any
    asked: float


@dataclass(frozen=True)
class Caller:
    """Somebody who sends requests to one server, with a token or without."""

    address: str
    token: str | None = None

    def __call__(self, method: str, path: str, body: Any = None) -> Answer:
        """Send a request and wait for the whole answer."""
        headers = {"Content-Type": "application/json", "Connection": "close"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body)
        host = urlsplit(self.address).netloc
        with closing(http.client.HTTPConnection(host, timeout=PATIENCE_S)) as connection:
            asked = time.monotonic()
            connection.request(method, path, data, headers)
            response = connection.getresponse()
            return Answer(response.status, json.loads(response.read()), asked)

    def signed_in(self, username: str, password: str) -> "Caller":
        """Give somebody who is signed in to the same server."""
        answer = self("POST", "/api/auth/login", {"username": username, "password": password})
        assert answer.status == 200, answer.body
        return Caller(self.address, answer.body["token"])

    def at(self, address: str) -> "Caller":
        """Give the same person at another server."""
        return Caller(address, self.token)
