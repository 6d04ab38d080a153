"""The process that has the pool of a host: it takes the tasks of the others, its followers."""

import queue
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from ashim_core.engine.task import Reply
from ashim_core.errors import AshimError
from ashim_core.executors import leader_line
from ashim_core.executors.executor import Pending
from ashim_core.executors.leader_line import Order, frame
from ashim_core.executors.pool import PoolExecutor

_PAUSE_S = 0.5
_MOST_UNSAID = 1000
"""Messages that may wait for a follower that doesn't listen; progress beyond that isn't told."""


class Leader:
    """Runs tasks for all processes of the host.

    pool: where they are run.
    """

    def __init__(self, path: Path, start: Callable[[], PoolExecutor]) -> None:
        self._listener = leader_line.listen(path)
        self._lock = threading.Lock()
        self._followed: set[_Followed] = set()
        self._closing = threading.Event()
        try:
            self.pool = start()
        except BaseException:
            self._listener.close()
            raise
        threading.Thread(target=self._welcome, name="leader", daemon=True).start()

    def close(self) -> None:
        """Hang up on the followers, and end the pool."""
        self._closing.set()
        # It wakes the thread that waits there, which closing it would not.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            followed = list(self._followed)
        for one in followed:
            one.close()
        self.pool.close()

    def _welcome(self) -> None:
        while not self._closing.is_set():
            try:
                line, _ = self._listener.accept()
            except OSError:  # it is closed; or no file is left for the moment
                self._closing.wait(_PAUSE_S)
                continue
            one = _Followed(leader_line.over(line), self.pool, self._forget)
            with self._lock:
                self._followed.add(one)
            one.begin()

    def _forget(self, one: "_Followed") -> None:
        with self._lock:
            self._followed.discard(one)


class _Followed:
    """One follower, as the leader sees it: a thread hears it, and another one speaks to it.

    The thread of the pool tells of progress and of replies, and nobody may keep that waiting.
    """

    def __init__(
        self, line: Connection, pool: PoolExecutor, gone: Callable[["_Followed"], None]
    ) -> None:
        self._line = line
        self._pool = pool
        self._gone = gone
        self._tasks: dict[int, Pending] = {}
        self._unsaid: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def begin(self) -> None:
        threading.Thread(target=self._hear, name="followed", daemon=True).start()
        threading.Thread(target=self._speak, name="followed", daemon=True).start()

    def close(self) -> None:
        """Hang up; both threads notice."""
        with suppress(OSError):
            leader_line.hang_up(self._line)

    def _hear(self) -> None:
        try:
            while True:
                self._take(*leader_line.read(self._line.recv_bytes()))
        # Its end; or something that no follower says, so it is none.
        except (EOFError, OSError, ValueError):
            pass
        finally:
            self._unsaid.put(None)
            for pending in list(self._tasks.values()):
                pending.cancel()
            self._gone(self)

    def _take(self, kind: bytes, number: int, text: str) -> None:
        if kind == leader_line.CANCEL:
            if pending := self._tasks.get(number):
                pending.cancel()
            return
        order = Order.model_validate_json(text)

        def listener(percent: float, message: str) -> None:
            if self._unsaid.qsize() < _MOST_UNSAID:
                self._unsaid.put(frame(leader_line.PROGRESS, number, f"{percent} {message}"))

        try:
            pending = self._pool.submit(order.task, order.owner, listener)
        except AshimError as error:
            refused = Reply(error=error.to_data()).model_dump_json()
            self._unsaid.put(frame(leader_line.REFUSED, number, refused))
            return
        self._tasks[number] = pending
        self._unsaid.put(frame(leader_line.ACCEPTED, number))
        pending.when_done(lambda: self._tell(number, pending))

    def _tell(self, number: int, pending: Pending) -> None:
        self._tasks.pop(number, None)
        try:
            reply = Reply(result=pending.result())
        except AshimError as error:
            reply = Reply(error=error.to_data())
        self._unsaid.put(frame(leader_line.REPLY, number, reply.model_dump_json()))

    def _speak(self) -> None:
        with suppress(OSError):
            while (message := self._unsaid.get()) is not None:
                self._line.send_bytes(message)
        self.close()
