"""What an executor is, and the one that runs tasks in the calling process."""

from collections.abc import Callable
from typing import NamedTuple, Protocol, runtime_checkable

from ashim_core.engine.above import Above, Progress, ignore_progress
from ashim_core.engine.task import Task, TaskResult
from ashim_core.executors.worker import harden_libvips, run_to_reply
from ashim_core.registry import Registry


class Pending(Protocol):
    """A task that was submitted."""

    def result(self) -> TaskResult:
        """Wait for the result, or raise the AshimError that came instead."""

    def cancel(self) -> None:
        """Stop the task, even in the middle of its work."""

    def when_done(self, tell: Callable[[], None]) -> None:
        """Have `tell` called once `result` answers at once; by any thread, so it must be quick."""


class Load(NamedTuple):
    """Tasks being worked on, tasks that wait, and how many workers there are."""

    active: int
    pending: int
    workers: int


@runtime_checkable
class Executor(Protocol):
    """Runs tasks somewhere."""

    def submit(self, task: Task, owner: str = "", listener: Progress = ignore_progress) -> Pending:
        """Accept a task; raises QueueFull when too many wait already.

        owner: for whom it is; owners take turns.
        """

    def load(self) -> Load:
        """Say how busy it is."""

    def trouble(self) -> str | None:
        """Say why nothing can be run at the moment; None when it can."""

    def close(self) -> None:
        """Stop all work and free everything."""


class _Finished:
    def __init__(self, run: Callable[[], TaskResult]) -> None:
        self._run = run

    def result(self) -> TaskResult:
        return self._run()

    def cancel(self) -> None:
        """Nothing to stop: the task runs inside of `result`, in the caller's own time."""

    def when_done(self, tell: Callable[[], None]) -> None:
        """Tell at once: the task runs when it is asked for its result."""
        tell()


class InlineExecutor:
    """Runs each task in this process when its result is asked for: for the command line and tests.

    No isolation and no time limit, so never for other people's files.
    """

    def __init__(self, registry: Registry) -> None:
        harden_libvips()
        self._registry = registry

    def submit(self, task: Task, owner: str = "", listener: Progress = ignore_progress) -> Pending:
        def run() -> TaskResult:
            return run_to_reply(task, self._registry, Above(listener)).unwrap()

        return _Finished(run)

    def load(self) -> Load:
        """Nothing waits here, ever."""
        return Load(0, 0, 1)

    def trouble(self) -> str | None:
        """Nothing but this process is needed."""
        return None

    def close(self) -> None:
        """Nothing is held."""
