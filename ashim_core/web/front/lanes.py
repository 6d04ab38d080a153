"""Who gets a thread, who waits for one, and who has to give it back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ashim_core.errors import ServerBusy
from ashim_core.web.front.connection import Connection
from ashim_core.web.front.limits import GRACE_S, QUEUED, RESERVED_THREADS, SMALL_BODY
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
        self._eager: dict[Connection, Request] = {}
        """Those of the queue who have sent as much as is collected: they go first."""

    @property
    def crowd(self) -> int:
        """How many requests wait for a thread."""
        return max(self._queued, len(self._served) - self._threads)

    def enter(self, conn: Connection, request: Request, begin: Begin) -> None:
        """Have a request answered as soon as there is a thread for it.

        A connection in the queue comes here again with whatever it has sent since. Raises
        ServerBusy when too many wait already.
        """
        if request.path in self._reserved and request.body.arrived:
            # One who asks how the server is and doesn't take the answer isn't waited for.
            conn.line.start(grace_s=0)
            begin(self._reserve, conn, request)
        elif request.body.is_settled or len(self._reading) < self._readers:
            self._begin(conn, request, begin)
        elif conn not in self._queue and self._queued >= QUEUED:
            raise ServerBusy("Too many uploads wait already. Try again in a few seconds.")
        elif request.unreader.held < SMALL_BODY:
            self._queue.setdefault(conn, request)
        else:
            self._queue.pop(conn, None)
            self._eager[conn] = request

    def read(self, conn: Connection) -> None:
        """Note that all of a body has come."""
        self._reading.discard(conn)

    def leave(self, conn: Connection) -> None:
        """Note that a request was answered, or won't be."""
        self._served.discard(conn)
        self._reading.discard(conn)
        self._queue.pop(conn, None)
        self._eager.pop(conn, None)

    def go_on(self, begin: Begin) -> None:
        """Give free places to those who wait."""
        while self._queued and len(self._reading) < self._readers:
            conn, request = next(iter((self._eager or self._queue).items()))
            self._begin(conn, request, begin)

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

    @property
    def _queued(self) -> int:
        return len(self._queue) + len(self._eager)

    def _begin(self, conn: Connection, request: Request, begin: Begin) -> None:
        self.leave(conn)
        self._served.add(conn)
        if not request.body.is_settled:
            self._reading.add(conn)
        conn.line.start(GRACE_S)
        begin(self._pool, conn, request)
