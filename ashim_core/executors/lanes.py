"""A pool of workers for each lane, and the way of a task to that of its heaviest step.

Pictures take a moment and little memory; models take minutes, and gigabytes that are loaded once.
In one queue either would wait for the other, under limits that fit neither.
"""

import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ashim_core.discovery import Sources
from ashim_core.engine.above import Progress, ignore_progress
from ashim_core.engine.task import Task
from ashim_core.errors import ServerStopping
from ashim_core.executors.executor import Executor, Load, Pending
from ashim_core.executors.one_per_host import OnePerHost
from ashim_core.executors.pool import PoolExecutor
from ashim_core.limits import Lane, Limits
from ashim_core.registry import Registry

_GRACE_S = 2.0
"""How long a heavy task that nobody wants any more may take to notice it: killing its worker would
throw the model away that the next one needs."""


@dataclass(frozen=True)
class LaneSettings:
    """What an operator grants a lane: the limits of each task, and how many there are."""

    limits: Limits
    workers: int
    queue_size: int


class _Way(NamedTuple):
    settings: LaneSettings
    grace_s: float


class Lanes:
    """The executors of all lanes. That of the heavy one starts with its first task.

    meeting: a folder where the processes of this host find each other; then one of them has the
        heavy lane of all. None: this process has its own.
    """

    def __init__(
        self,
        registry: Registry,
        sources: Sources,
        fast: LaneSettings,
        heavy: LaneSettings,
        meeting: Path | None = None,
    ) -> None:
        self._registry = registry
        self._sources = sources
        self._ways: dict[Lane, _Way] = {"fast": _Way(fast, 0), "heavy": _Way(heavy, _GRACE_S)}
        self._lock = threading.Lock()
        self._closing = False
        self._meeting = meeting
        self._pools: dict[Lane, PoolExecutor | OnePerHost] = {"fast": self._pool("fast")}

    def submit(self, task: Task, owner: str = "", listener: Progress = ignore_progress) -> Pending:
        """Queue a task in its lane, with the limits of that; QueueFull when no place is left."""
        names = [step.tool_id for step in task.steps]
        lane = self._registry.lane(names)
        limits = self._registry.demand(names).within(self._ways[lane].settings.limits)
        if task.limits != limits:
            task = task.model_copy(update={"limits": limits})
        return self._running(lane).submit(task, owner, listener)

    def load(self) -> Load:
        """Say how busy all workers are."""
        loads = [pool.load() for pool in self._started()]
        return Load(*(sum(column) for column in zip(*loads, strict=True)))

    def trouble(self) -> str | None:
        """Say why nothing can be run at the moment; None when it can."""
        return next((said for pool in self._started() if (said := pool.trouble())), None)

    def pids(self) -> set[int]:
        """Give the process ids of the workers."""
        return set().union(*(pool.pids() for pool in self._started()))

    def close(self) -> None:
        """Kill all workers, and wait until they are gone."""
        with self._lock:
            self._closing = True
        for pool in self._started():
            pool.close()

    def _started(self) -> list[PoolExecutor | OnePerHost]:
        with self._lock:
            return list(self._pools.values())

    def _running(self, lane: Lane) -> Executor:
        with self._lock:
            if lane not in self._pools:
                if self._closing:
                    raise ServerStopping("The server is being stopped.")
                start = partial(self._pool, lane)
                self._pools[lane] = OnePerHost(self._meeting, start) if self._meeting else start()
            return self._pools[lane]

    def _pool(self, lane: Lane) -> PoolExecutor:
        settings, grace_s = self._ways[lane]
        return PoolExecutor(
            self._sources,
            workers=settings.workers,
            queue_size=settings.queue_size,
            memory_mb=settings.limits.memory_mb,
            host=self._registry.host,
            grace_s=grace_s,
        )
