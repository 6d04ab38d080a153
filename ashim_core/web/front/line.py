"""The socket of a client, for a thread: every wait for the client has an end."""

import os
import select
import socket
from contextlib import suppress
from typing import IO

from ashim_core.web.front.limits import GRACE_S, PIECE
from ashim_core.web.front.pace import Pace

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_CHUNK = 1024 * 1024
"""Bytes of a file that the kernel is asked to send at once."""


class Line:
    """What gunicorn and the application use as the socket; the socket itself never blocks."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.sock = sock
        self.start()

    def start(self, grace_s: float = GRACE_S) -> None:
        """Begin with another request. grace_s: how long its client may take, whatever it sends."""
        self._coming, self._going = Pace(grace_s), Pace(grace_s)
        self.pace = self._coming
        """Of what was waited for last: that more comes, or that an answer is taken."""

    def receive(self, size: int) -> bytes:
        """Give what has come, at most `size` bytes, waiting for it; nothing at the end.

        Raises TooSlow, and OSError when the client has gone.
        """
        while True:
            with suppress(BlockingIOError):
                data = self.sock.recv(size)
                self._coming.note(len(data))
                return data
            self._wait(select.POLLIN, self._coming)

    def invite(self) -> None:
        """Say that the body may be sent, unless it comes already."""
        if not _is_ready(self.sock, select.POLLIN, 0):
            with suppress(BlockingIOError):
                self.sock.send(_CONTINUE)

    def sendall(self, data: bytes) -> None:
        """Send everything. Raises as `receive` does."""
        rest = memoryview(data)
        while rest:
            with suppress(BlockingIOError):
                sent = self.sock.send(rest[:PIECE])
                self._going.note(sent)
                rest = rest[sent:]
                continue
            self._wait(select.POLLOUT, self._going)

    def sendfile(self, file: IO[bytes], offset: int = 0, count: int | None = None) -> int:
        """Send bytes of a file; gives how many. Raises as `receive` does."""
        source, at = file.fileno(), offset
        end = os.fstat(source).st_size if count is None else offset + count
        while at < end:
            with suppress(BlockingIOError):
                sent = os.sendfile(self.sock.fileno(), source, at, min(end - at, _CHUNK))
                if not sent:
                    break
                self._going.note(sent)
                at += sent
                continue
            self._wait(select.POLLOUT, self._going)
        return at - offset

    def fileno(self) -> int:
        return self.sock.fileno()

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Look at what has come, without waiting."""
        return self.sock.recv(size, flags)

    def _wait(self, event: int, pace: Pace) -> None:
        self.pace = pace
        pace.wait(lambda seconds: _is_ready(self.sock, event, seconds))


def _is_ready(sock: socket.socket, event: int, seconds: float) -> bool:
    # By poll, since select can't look at more than the first 1024 files of a process.
    poll = select.poll()
    poll.register(sock, event)
    return bool(poll.poll(seconds * 1000))
