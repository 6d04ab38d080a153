"""The one way to run something: a job in a folder of its own, carried out by an executor."""

from collections.abc import Sequence

from ashim_core.engine.task import Step, Task, TaskInput, TaskResult
from ashim_core.jobs.executor import Executor
from ashim_core.limits import Limits
from ashim_core.storage import JobFolder, JobRecord, JobStorage


class Jobs:
    """Takes jobs from callers and gives them their results."""

    def __init__(self, storage: JobStorage, executor: Executor, limits: Limits) -> None:
        self.storage = storage
        self.executor = executor
        self._limits = limits

    def run(
        self, folder: JobFolder, steps: Sequence[Step], inputs: Sequence[TaskInput]
    ) -> TaskResult:
        """Run steps over the inputs and wait for the result; it lies in the job's folder."""
        task = Task(
            id=folder.id,
            steps=tuple(steps),
            inputs=tuple(inputs),
            folder=str(folder.outputs),
            limits=self._limits,
        )
        return self.executor.submit(task).result()

    def keep(
        self, folder: JobFolder, result: TaskResult, owner: str, hours: float | None = None
    ) -> JobRecord:
        """Keep a result so that its owner can download it until it expires."""
        return self.storage.finish(folder, result, owner, hours)
