"""The workers of this machine: what runs the tasks of a lane unless a package brings an engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ashim_core.discovery import Sources
from ashim_core.executors.executor import Executor
from ashim_core.executors.later import Later
from ashim_core.executors.one_per_host import OnePerHost
from ashim_core.executors.pool import PoolExecutor
from ashim_core.host import Host
from ashim_core.limits import Lane, Limits

_GRACE_S: Mapping[Lane, float] = {"fast": 0, "heavy": 2}
"""How long a task that nobody wants any more may take to notice it: killing its worker would throw
the model away that the next one needs."""


@dataclass(frozen=True)
class LaneSettings:
    """What an operator grants a lane: the limits of each task, and how many there are."""

    limits: Limits
    workers: int
    queue_size: int


@dataclass(frozen=True)
class LocalPools:
    """Starts a pool of workers for each lane.

    sources: where the workers find their tools. host: what the machine has for them.
    meeting: a folder where the processes of this host find each other; then one of them has the
        heavy lane of all. None: this process has its own.
    """

    sources: Sources
    host: Host
    fast: LaneSettings
    heavy: LaneSettings
    meeting: Path | None = None

    @property
    def limits(self) -> Mapping[Lane, Limits]:
        """What one task of each lane may cost."""
        return {"fast": self.fast.limits, "heavy": self.heavy.limits}

    def start(self, lane: Lane) -> Executor:
        """Start the workers of a lane; those of the heavy one start with its first task."""
        if lane == "fast":
            return self._pool("fast", self.fast)
        start = partial(self._pool, lane, self.heavy)
        return OnePerHost(self.meeting, start) if self.meeting else Later(start)

    def start_all(self) -> dict[Lane, Executor]:
        """Start the workers of all lanes."""
        return {lane: self.start(lane) for lane in self.limits}

    def _pool(self, lane: Lane, settings: LaneSettings) -> PoolExecutor:
        return PoolExecutor(
            self.sources,
            workers=settings.workers,
            queue_size=settings.queue_size,
            memory_mb=settings.limits.memory_mb,
            host=self.host,
            grace_s=_GRACE_S[lane],
        )
