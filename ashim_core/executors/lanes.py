"""An executor for each lane, and the way of a task to that of its heaviest step.

Pictures take a moment and little memory; models take minutes, and gigabytes that are loaded once.
In one queue either would wait for the other, under limits that fit neither.
"""

from collections.abc import Mapping

from ashim_core.engine.above import Progress, ignore_progress
from ashim_core.engine.task import Task
from ashim_core.executors.executor import Executor, Load, Pending
from ashim_core.executors.later import Later
from ashim_core.executors.one_per_host import OnePerHost
from ashim_core.executors.pool import PoolExecutor
from ashim_core.limits import Lane, Limits
from ashim_core.registry import Registry

_HERE = PoolExecutor | Later | OnePerHost
"""Those whose workers are on this machine."""


class Lanes:
    """The executors of all lanes. limits: what one task of each lane may cost."""

    def __init__(
        self,
        registry: Registry,
        executors: Mapping[Lane, Executor],
        limits: Mapping[Lane, Limits],
    ) -> None:
        self._registry = registry
        self._executors = executors
        self._limits = limits

    def submit(self, task: Task, owner: str = "", listener: Progress = ignore_progress) -> Pending:
        """Queue a task in its lane, with the limits of that; QueueFull when no place is left."""
        names = [step.tool_id for step in task.steps]
        lane = self._registry.lane(names)
        limits = self._registry.demand(names).within(self._limits[lane])
        if task.limits != limits:
            task = task.model_copy(update={"limits": limits})
        return self._executors[lane].submit(task, owner, listener)

    def load(self) -> Load:
        """Say how busy all workers are."""
        loads = [executor.load() for executor in self._executors.values()]
        return Load(*(sum(column) for column in zip(*loads, strict=True)))

    def trouble(self) -> str | None:
        """Say why nothing can be run at the moment; None when it can."""
        said = (executor.trouble() for executor in self._executors.values())
        return next((trouble for trouble in said if trouble), None)

    def pids(self) -> set[int]:
        """Give the process ids of the workers that are on this machine."""
        here = (one for one in self._executors.values() if isinstance(one, _HERE))
        return set().union(*(executor.pids() for executor in here))

    def close(self) -> None:
        """Kill all workers, and wait until they are gone."""
        for executor in self._executors.values():
            executor.close()
