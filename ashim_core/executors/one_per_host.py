"""One pool for all processes of a host: who comes first has it, and the others send their tasks.

A model of gigabytes must not be loaded by every web process. Nobody is chosen: a lock says who has
the pool, and goes with its process however that ends; then the next one that wants it takes over.
"""

import fcntl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from io import BufferedRandom
from pathlib import Path

from ashim_core.engine.above import Progress, ignore_progress
from ashim_core.engine.task import Task
from ashim_core.errors import AshimError, Cancelled, ServerBusy, ServerStopping
from ashim_core.executors.executor import Load, Pending
from ashim_core.executors.follower import Errand, Follower, LineBroken
from ashim_core.executors.leader import Leader
from ashim_core.executors.pool import PoolExecutor

_LOCK, _SOCKET = "lock", "socket"
_PATIENCE_S = 20.0
"""How long to look for who has the pool: it may be ending, or another one has just got the lock."""
_PAUSE_S = 0.05
_NONE = Load(0, 0, 0)


class OnePerHost:
    """Has the pool of a host, or is a follower of the process that has it.

    folder: where the processes find each other; a folder for each host.
    pool: starts the pool. It is called when there is a first task.
    """

    def __init__(self, folder: Path, pool: Callable[[], PoolExecutor]) -> None:
        self._folder = folder
        self._start = pool
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._held: BufferedRandom | None = None
        self._leader: Leader | None = None
        self._follower: Follower | None = None

    def submit(self, task: Task, owner: str = "", listener: Progress = ignore_progress) -> Pending:
        """Queue a task in the one pool; QueueFull, or ServerBusy when nobody has it for long."""
        end = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end:
            place = self._place(end)
            if isinstance(place, Leader):
                return place.pool.submit(task, owner, listener)
            # Its process may end at any moment, and then it may be the turn of this one.
            with suppress(LineBroken):
                return place.submit(Errand(task, owner, listener))
        raise _nobody()

    def load(self) -> Load:
        """Say how busy the pool is, if it is here; whoever has it counts it once."""
        return self._leader.pool.load() if self._leader else _NONE

    def trouble(self) -> str | None:
        """Say why nothing can be run here at the moment; None when it can, or is run elsewhere."""
        return self._leader.pool.trouble() if self._leader else None

    def pids(self) -> set[int]:
        """Give the process ids of the workers, if they are here."""
        return self._leader.pool.pids() if self._leader else set()

    def close(self) -> None:
        """End what is here; what waits of other processes is taken over by one of them."""
        self._closing.set()
        with self._lock:
            if self._follower:
                self._follower.close()
            if self._leader:
                self._leader.close()
            if self._held:
                self._held.close()

    def _place(self, end: float) -> Leader | Follower:
        """Give what takes tasks now. end: when to give up, on the monotonic clock."""
        with self._lock:
            while not self._closing.is_set():
                if self._leader:
                    return self._leader
                if self._follower and not self._follower.broken:
                    return self._follower
                with suppress(OSError):
                    self._settle()
                    continue
                if time.monotonic() > end:
                    raise _nobody()
                self._closing.wait(_PAUSE_S)
        raise ServerStopping("The server is being stopped.")

    def _settle(self) -> None:
        """Take the pool over if nobody has it, or follow who does; OSError if neither works."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if held := _locked(self._folder / _LOCK):
            try:
                self._leader = Leader(self._folder / _SOCKET, self._start)
            except BaseException:
                held.close()
                raise
            self._held = held
        else:
            self._follower = Follower(self._folder / _SOCKET, self._take_over)

    def _take_over(self, errands: list[Errand]) -> None:
        """See to tasks whose pool has gone: what had begun is lost, the rest goes to the next."""
        for errand in errands:
            try:
                if errand.cancelled:
                    raise Cancelled("The job was cancelled.")
                if errand.begun and not self._closing.is_set():
                    raise ServerBusy("The worker process was ended from outside. Try again.")
                errand.follow(self.submit(errand.task, errand.owner, errand.listener))
            except AshimError as error:
                errand.fail(error)


def _locked(path: Path) -> BufferedRandom | None:
    """Take a lock that goes with this process; None if another one has it."""
    file = path.open("a+b")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def _nobody() -> ServerBusy:
    return ServerBusy("No worker process can be started at the moment.")
