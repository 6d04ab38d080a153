"""An executor that starts with its first task."""

import threading
from collections.abc import Callable

from ashim_core.engine.above import Progress, ignore_progress
from ashim_core.engine.task import Task
from ashim_core.errors import ServerStopping
from ashim_core.executors.executor import Executor, Load, Pending
from ashim_core.executors.pool import PoolExecutor

_NONE = Load(0, 0, 0)


class Later:
    """A pool that is there when somebody needs it. start: starts it."""

    def __init__(self, start: Callable[[], PoolExecutor]) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._closing = False
        self._pool: PoolExecutor | None = None

    def submit(self, task: Task, owner: str = "", listener: Progress = ignore_progress) -> Pending:
        """Queue a task; QueueFull when no place is left."""
        return self._running().submit(task, owner, listener)

    def load(self) -> Load:
        """Say how busy it is; nobody is there before the first task."""
        return self._pool.load() if self._pool else _NONE

    def trouble(self) -> str | None:
        """Say why nothing can be run at the moment; None when it can."""
        return self._pool.trouble() if self._pool else None

    def pids(self) -> set[int]:
        """Give the process ids of the workers."""
        return self._pool.pids() if self._pool else set()

    def close(self) -> None:
        """Kill all workers, and have none started any more."""
        with self._lock:
            self._closing = True
        if self._pool:
            self._pool.close()

    def _running(self) -> Executor:
        with self._lock:
            if self._pool is None:
                if self._closing:
                    raise ServerStopping("The server is being stopped.")
                self._pool = self._start()
            return self._pool
