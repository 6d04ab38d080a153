"""Requests byte by byte, and what comes back."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.patience import PATIENCE_S
from tests.web.live import LiveServer


@dataclass(frozen=True)
class Reply:
    """One answer. The names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """A connection that sends what it is told to and reads one answer after the other."""

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self._rest = b""

    def send(self, data: bytes) -> None:
        self.line.sendall(data)

    def reply(self) -> Reply:
        """Read an answer whose length its head says."""
        head = self._until(b"\r\n\r\n").decode()
        first, *fields = head.split("\r\n")
        headers = {}
        for field in fields:
            name, _, value = field.partition(": ")
            headers[name.lower()] = value
        body = self._take(int(headers.get("content-length", 0)))
        return Reply(int(first.split()[1]), headers, body)

    def is_closed(self) -> bool:
        """Wait for the server to close, or for more to come."""
        return not self._rest and not self.line.recv(1)

    def _until(self, end: bytes) -> bytes:
        while end not in self._rest:
            data = self.line.recv(65536)
            assert data, f"expected an answer, got {self._rest!r}"
            self._rest += data
        head, _, self._rest = self._rest.partition(end)
        return head

    def _take(self, size: int) -> bytes:
        while len(self._rest) < size:
            data = self.line.recv(65536)
            assert data, "expected a whole body"
            self._rest += data
        body, self._rest = self._rest[:size], self._rest[size:]
        return body


@contextmanager
def wire(server: LiveServer) -> Iterator[Wire]:
    """Connect to a server."""
    address = urlsplit(server.address)
    with socket.create_connection((address.hostname, address.port), PATIENCE_S) as line:
        yield Wire(line)


def post(path: str, kind: str, *framing: str) -> bytes:
    """Write the head of a request with a body."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Type: {kind}", *framing, "", ""]
    return "\r\n".join(lines).encode()
