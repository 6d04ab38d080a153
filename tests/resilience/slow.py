"""Clients that are slow on purpose: they hold connections and send, or take, next to nothing."""

import random
import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from tests.resilience.client import HOST

LARGE = 1_000_000
_EACH_S = 2.0
_BOUNDARY = "slow"
_CONNECT_S = 30


@dataclass(frozen=True)
class Manner:
    """What a slow client sends at first, and then again and again, a little at a time."""

    first: bytes
    more: bytes


def _post(path: str, kind: str, framing: str) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n{framing}\r\n\r\n"
    ).encode()


_FORM = f"multipart/form-data; boundary={_BOUNDARY}"
_PART = (
    f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
).encode()
_LENGTH = f"Content-Length: {LARGE}"
_TOOL = "/api/v1/tools/resize"

MANNERS = {
    "half heads": Manner(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b"a"),
    "logins that never end": Manner(
        _post("/api/auth/login", "application/json", "Content-Length: 60000") + b"{", b" "
    ),
    "large logins": Manner(_post("/api/auth/login", "application/json", _LENGTH) + b"{", b" "),
    "uploads that never end": Manner(_post(_TOOL, _FORM, _LENGTH) + _PART, b"x"),
    "chunked uploads that never end": Manner(
        _post(_TOOL, _FORM, "Transfer-Encoding: chunked")
        + f"{len(_PART):x}\r\n".encode()
        + _PART
        + b"\r\n",
        b"1\r\nx\r\n",
    ),
    "uploads that stall after 64 KiB": Manner(
        _post(_TOOL, _FORM, _LENGTH) + _PART + bytes(64 * 1024), b""
    ),
    "answered, and not closed": Manner(
        b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", b""
    ),
}


@dataclass
class Slow:
    """So many connections of one manner that are made again whenever the server ends them.

    answers: how often each status came back.
    """

    port: int
    manner: Manner
    count: int
    addresses: Sequence[str] = (HOST,)
    answers: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._lines: dict[int, socket.socket] = {}
        self._ended: list[socket.socket] = []
        self._poll = select.poll()
        self._thread = threading.Thread(target=self._live, daemon=True)

    def begin(self) -> None:
        """Open all connections, then go on in a thread."""
        for number in range(self.count):
            self._open(self.addresses[number % len(self.addresses)])
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()
        for line in (*self._lines.values(), *self._ended):
            line.close()

    def _open(self, address: str) -> None:
        with suppress(OSError):
            line = socket.create_connection((HOST, self.port), _CONNECT_S, (address, 0))
            line.setblocking(False)
            with suppress(BlockingIOError):
                line.send(self.manner.first)
            self._lines[line.fileno()] = line
            self._poll.register(line, select.POLLIN)

    def _live(self) -> None:
        said = time.monotonic()
        while not self._over.is_set():
            for number, _ in self._poll.poll(100):
                self._hear(self._lines[number])
            if time.monotonic() - said > _EACH_S:
                said = time.monotonic()
                self._go_on()

    def _hear(self, line: socket.socket) -> None:
        try:
            data = line.recv(4096)
        except OSError:
            data = b""
        if data.startswith(b"HTTP/1.1 "):
            self.answers[int(data[9:12])] += 1
        elif not data:
            # Its own side stays open until the next turn.
            self._poll.unregister(line)
            self._ended.append(self._lines.pop(line.fileno()))

    def _go_on(self) -> None:
        for line in self._lines.values():
            with suppress(OSError):
                line.send(self.manner.more)
        ended, self._ended = self._ended, []
        for line in ended:
            address = line.getsockname()[0]
            line.close()
            self._open(address)


def upload_slowly(
    port: int, body: bytes, kind: str, rate: int, wait: Callable[[float], object] = time.sleep
) -> bytes:
    """Upload at `rate` bytes a second; give the whole answer."""
    piece = rate // 8
    with socket.create_connection((HOST, port), _CONNECT_S) as line:
        line.sendall(_post(_TOOL, kind, f"Content-Length: {len(body)}\r\nConnection: close"))
        for at in range(0, len(body), piece):
            line.sendall(body[at : at + piece])
            wait(1 / 8)
        line.settimeout(4 * _CONNECT_S)
        answer = b""
        while data := line.recv(65536):
            answer += data
        return answer


def noise(size: int) -> bytes:
    return random.Random(7).randbytes(size)
