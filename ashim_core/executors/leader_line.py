"""What the process that has the pool of a host and its followers say to each other, and how."""

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from pydantic import BaseModel

from ashim_core.engine.task import Task

SUBMIT, CANCEL = b"S", b"C"
"""What a follower says: a task with its number, and that nobody wants it any more."""
ACCEPTED, REFUSED, PROGRESS, REPLY = b"A", b"N", b"P", b"R"
"""What it hears: that a task waits or doesn't, how far it is, and what came of it."""
_BACKLOG = 64
_SAYING_S = 10
"""How long the other end may take to hear what is said; a process that is stopped doesn't."""


class Order(BaseModel):
    """A task, and whose it is."""

    task: Task
    owner: str


def frame(kind: bytes, number: int, text: str = "") -> bytes:
    """Write a message about the task with a number."""
    return b"%s%d %s" % (kind, number, text.encode())


def read(message: bytes) -> tuple[bytes, int, str]:
    """Give kind, number and text of a message; ValueError if it is none."""
    number, _, text = message[1:].partition(b" ")
    return message[:1], int(number), text.decode()


def listen(path: Path) -> socket.socket:
    """Listen at a path; the caller holds a lock, so what lies there is a dead process's."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    try:
        with _reachable(path) as name:
            listener.bind(name)
        listener.listen(_BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def connect(path: Path) -> Connection:
    """Call who listens at a path; OSError if nobody does."""
    line = socket.socket(socket.AF_UNIX)
    try:
        with _reachable(path) as name:
            line.connect(name)
    except BaseException:
        line.close()
        raise
    return over(line)


def over(line: socket.socket) -> Connection:
    """Give a connection that parts what goes over a socket into messages."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", _SAYING_S, 0))
    return Connection(line.detach())


def hang_up(line: Connection) -> None:
    """End a line for both sides, whichever threads are waiting at it; OSError if it is ended."""
    with socket.socket(fileno=os.dup(line.fileno())) as copy:
        copy.shutdown(socket.SHUT_RDWR)


@contextmanager
def _reachable(path: Path) -> Iterator[str]:
    """Give a name for a path that is short enough for a socket, however deep its folder lies."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        near = Path(f"/proc/self/fd/{folder}")
        yield str(near / path.name if near.exists() else path)
    finally:
        os.close(folder)
