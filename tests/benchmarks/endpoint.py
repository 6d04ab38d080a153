"""A server on this machine that is measured: how it is started, asked and ended."""

import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.processes import family, family_meter, family_pss_bytes

_HOST = "127.0.0.1"
_START_S, _END_S, _ANSWER_S = 60, 10, 120
_BOUNDARY = "ashim-benchmark-7f3a9c"
SETTLE_S = 0.004
"""How long a server may go on working after its answer, counted as part of the request."""


@dataclass(frozen=True)
class Query:
    """A request that can be sent any number of times."""

    path: str
    body: bytes
    content_type: str


def upload(path: str, file: Path, settings: dict[str, Any] | None = None) -> Query:
    """Make a multipart request with one file and, where they are given, settings."""
    fields = {} if settings is None else {"settings": settings}
    return form(path, {file.name: file}, fields)


def form(path: str, files: Mapping[str, Path], fields: Mapping[str, Any]) -> Query:
    """Make a multipart request: files by the names that they shall have, and fields as JSON."""
    parts = [
        _part(f'name="{name}"', "application/json", json.dumps(value).encode())
        for name, value in fields.items()
    ]
    parts += [
        _part(f'name="file"; filename="{name}"', "application/octet-stream", file.read_bytes())
        for name, file in files.items()
    ]
    body = b"".join([*parts, f"--{_BOUNDARY}--\r\n".encode()])
    return Query(path, body, f"multipart/form-data; boundary={_BOUNDARY}")


def _part(disposition: str, content_type: str, content: bytes) -> bytes:
    head = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n"
    return f"{head}Content-Type: {content_type}\r\n\r\n".encode() + content + b"\r\n"


def raw(path: str, file: Path) -> Query:
    """Make a request whose body is the file."""
    return Query(path, file.read_bytes(), "application/octet-stream")


@dataclass(frozen=True)
class Answer:
    """What came back.

    sent, first, last: seconds from the start of the request until it was sent, until the first
        byte of the body came, and until the last; the last two are the same for an empty body.
    """

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    sent: float
    first: float
    last: float


class Client:
    """One connection that is kept alive, and opened again when the server closed it.

    insists: a request that the server closed the connection on is sent once more.
    """

    def __init__(self, port: int, *, insists: bool = True) -> None:
        self._insists = insists
        self._connection = http.client.HTTPConnection(_HOST, port, timeout=_ANSWER_S)

    def ask(self, query: Query) -> bytes:
        """Send a request and give the body of its answer, which must be a success."""
        answer = self.send(query)
        if answer.status != 200:
            problem = f"expected 200, got {answer.status}: {answer.body[:300]!r}"
            raise RuntimeError(f"{query.path}: {problem}")
        return answer.body

    def send(self, query: Query, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a request and give its answer, whatever it is."""
        described = {"Content-Type": query.content_type, **(headers or {})}
        return self._request("POST", query.path, query.body, described)

    def get(self, path: str) -> Answer:
        """Ask for what lies at an address."""
        return self._request("GET", path, None, {})

    def close(self) -> None:
        self._connection.close()

    def _request(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        try:
            return self._once(method, path, body, headers)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            if not self._insists:
                raise
            self._connection.close()
            return self._once(method, path, body, headers)

    def _once(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        begin = time.perf_counter()
        self._connection.request(method, path, body, dict(headers))
        sent = time.perf_counter() - begin
        response = self._connection.getresponse()
        start = response.read(1)
        first = time.perf_counter() - begin
        content = start + response.read()
        last = time.perf_counter() - begin
        return Answer(response.status, response.headers, content, sent, first, last)


class Endpoint:
    """A running server."""

    def __init__(self, pid: int, port: int) -> None:
        self.pid = pid
        self.port = port
        self.cpu = family_meter(pid)

    def client(self) -> Client:
        return Client(self.port)

    def pss_bytes(self) -> int:
        return family_pss_bytes(self.pid)

    def processes(self) -> list[int]:
        return family(self.pid)


@contextmanager
def serving(
    command: Sequence[str], port: int, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Endpoint]:
    """Run a server until the block ends; it must listen on the port.

    environment: variables besides those of this process.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
    try:
        _wait_for(port, process, log)
        yield Endpoint(process.pid, port)
    finally:
        process.terminate()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """Name a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection((_HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the server didn't start: {log.read_text()[-2000:]}")
