"""Who gets a thread, who waits for one, and who has to give it back."""

import fcntl
import struct
import termios
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ashim_core.errors import ServerBusy
from ashim_core.web.front.connection import Connection
from ashim_core.web.front.limits import GRACE_S, QUEUED, RESERVED_THREADS
from ashim_core.web.front.request import Request

Begin = Callable[[ThreadPoolExecutor, Connection, Request], object]


class Lanes:
    """Three lanes. All belong to the polling thread; only the requests run in others.

    Requests that are here, whole, share all threads. Half of these at most read bodies that are
    still on their way. Whoever asks how the server is has threads that nobody else gets.
    """

    def __init__(self, pool: ThreadPoolExecutor, threads: int, reserved: frozenset[str]) -> None:
        self._pool, self._threads = pool, threads
        self._reserve = ThreadPoolExecutor(RESERVED_THREADS, "health")
        self._reserved = reserved
        self._readers = max(1, threads // 2)
        self._served: set[Connection] = set()
        self._reading: set[Connection] = set()
        self._queue: dict[Connection, Request] = {}

    @property
    def crowd(self) -> int:
        """How many requests wait for a thread."""
        return max(len(self._queue), len(self._served) - self._threads)

    def enter(self, conn: Connection, request: Request, begin: Begin) -> None:
        """Have a request answered as soon as there is a thread for it.

        Raises ServerBusy when too many wait already.
        """
        if request.path in self._reserved and request.body.arrived:
            # One who asks how the server is and doesn't take the answer isn't waited for.
            conn.line.start(grace_s=0)
            begin(self._reserve, conn, request)
        elif request.body.is_settled or len(self._reading) < self._readers:
            self._begin(conn, request, begin)
        elif len(self._queue) < QUEUED:
            self._queue[conn] = request
        else:
            raise ServerBusy("Too many uploads wait already. Try again in a few seconds.")

    def read(self, conn: Connection) -> None:
        """Note that all of a body has come."""
        self._reading.discard(conn)

    def leave(self, conn: Connection) -> None:
        """Note that a request was answered."""
        self._served.discard(conn)
        self._reading.discard(conn)

    def go_on(self, begin: Begin) -> None:
        """Give free places to those who wait: first whose client has sent the most."""
        while self._queue and len(self._reading) < self._readers:
            conn = max(self._queue, key=_sent)
            self._begin(conn, self._queue.pop(conn), begin)

    def relieve(self) -> None:
        """Where requests wait for a thread, give up the slowest clients that hold one."""
        if self.crowd:
            holders = self._served if len(self._served) > self._threads else self._reading
            slow = [conn.line.pace for conn in holders if conn.line.pace.is_slow]
            for pace in sorted(slow, key=lambda pace: pace.rate)[: self.crowd]:
                pace.give_up()

    def close(self) -> None:
        """Begin nothing more."""
        for pool in (self._pool, self._reserve):
            pool.shutdown(wait=False, cancel_futures=True)

    def _begin(self, conn: Connection, request: Request, begin: Begin) -> None:
        self._served.add(conn)
        if not request.body.is_settled:
            self._reading.add(conn)
        conn.line.start(GRACE_S)
        begin(self._pool, conn, request)


def _sent(conn: Connection) -> int:
    """Count what a client has sent that nobody has looked at."""
    size = fcntl.ioctl(conn.sock, termios.FIONREAD, bytes(struct.calcsize("i")))
    return int(struct.unpack("i", size)[0])
