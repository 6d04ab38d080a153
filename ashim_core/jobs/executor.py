"""What an executor is, and the one that runs tasks in the calling process."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from ashim_core.engine.task import Task, TaskResult
from ashim_core.engine.worker import harden_libvips, run_to_reply
from ashim_core.registry import Registry

ProgressListener = Callable[[str, float, str], None]
"""Called with a task id, percent from 0 to 100 and a message."""


def ignore_progress(task_id: str, percent: float, message: str) -> None:
    """Listen to nothing."""


class Pending(Protocol):
    """A task that was submitted."""

    def result(self) -> TaskResult:
        """Wait for the result, or raise the AshimError that came instead."""

    def cancel(self) -> None:
        """Stop the task, even in the middle of its work."""


class Load(NamedTuple):
    """Tasks being worked on, tasks that wait, and how many workers there are."""

    active: int
    pending: int
    workers: int


class Executor(Protocol):
    """Runs tasks somewhere."""

    def submit(self, task: Task) -> Pending:
        """Accept a task; raises QueueFull when too many wait already."""

    def load(self) -> Load:
        """Say how busy it is."""

    def close(self) -> None:
        """Stop all work and free everything."""


class _Finished:
    def __init__(self, run: Callable[[], TaskResult]) -> None:
        self._run = run

    def result(self) -> TaskResult:
        return self._run()

    def cancel(self) -> None:
        """Nothing to stop: the task runs inside of `result`, in the caller's own time."""


class InlineExecutor:
    """Runs each task in this process when its result is asked for: for the command line and tests.

    No isolation and no time limit, so never for other people's files.
    """

    def __init__(self, registry: Registry, listener: ProgressListener = ignore_progress) -> None:
        harden_libvips()
        self._registry = registry
        self._listener = listener

    def submit(self, task: Task) -> Pending:
        def run() -> TaskResult:
            reply = run_to_reply(
                task,
                self._registry,
                lambda percent, message: self._listener(task.id, percent, message),
            )
            return reply.unwrap()

        return _Finished(run)

    def load(self) -> Load:
        """Nothing waits here, ever."""
        return Load(0, 0, 1)

    def close(self) -> None:
        """Nothing is held."""
