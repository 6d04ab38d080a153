"""A task on its way through the pool, and what becomes of it when its worker ends."""

import signal
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from pydantic import ValidationError

from ashim_core.engine.above import Progress
from ashim_core.engine.task import Reply, Task, TaskResult
from ashim_core.errors import (
    AshimError,
    Cancelled,
    DecodeFailed,
    PluginFailure,
    ServerBusy,
    ServerStopping,
    TimedOut,
)

_FROM_OUTSIDE = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGHUP, -signal.SIGINT)
"""What no decoder dies of by itself: an operator sends these, or a kernel without memory."""
_OUT_OF_TIME = (-signal.SIGALRM, -signal.SIGXCPU)


class Pool(Protocol):
    """What a task has to know of the pool that it is in."""

    @property
    def closing(self) -> bool:
        """The end has begun."""

    def drop(self, job: "PoolTask") -> None:
        """Give a task up, whether it waits or runs."""


class PoolTask:
    """A task on its way through the pool."""

    def __init__(self, executor: Pool, task: Task, owner: str, listener: Progress) -> None:
        self.message = task.model_dump_json().encode()
        self.owner = owner
        self.listener = listener
        self.seconds = task.limits.seconds
        self._most_seconds = task.limits.most_seconds
        self.started = False
        self._executor = executor
        self._id = task.id.encode()
        self._tools = " or ".join(f"'{step.tool_id}'" for step in task.steps)
        self.cancelled = False
        self._reply: Future[bytes] = Future()

    def result(self) -> TaskResult:
        """Wait for the result; the ways in which a worker can end become errors with a code."""
        try:
            reply = Reply.model_validate_json(self._reply.result())
        except ValidationError:
            raise PluginFailure(f"{self._tools} gave a reply that can't be read.") from None
        if self.cancelled and reply.result is None:
            raise self._reason(None)  # whatever a tool says that is told to stop
        return reply.unwrap()

    def cancel(self) -> None:
        """Have the worker end it if it runs, drop it if it waits."""
        self.cancelled = True
        self._executor.drop(self)

    def when_done(self, tell: Callable[[], None]) -> None:
        """Have `tell` called, by the thread that listens to the workers, once there is a reply."""
        self._reply.add_done_callback(lambda _: tell())

    def begin(self) -> None:
        """Hear that a worker has taken it."""
        self.started = True
        self.listener(0, "")

    def refusal(self) -> AshimError:
        """Say why it can't even wait."""
        return self._reason(None)

    def own(self, message: bytes) -> bytes:
        """Give the reply in a message; ValueError if it is to another task."""
        id, _, reply = message.partition(b" ")
        if id != self._id:
            raise ValueError("expected the reply to another task")
        return reply

    def allow(self, seconds: float) -> None:
        """Hear how long it may take in all; ValueError if that is beyond its limits."""
        if not self.seconds <= seconds <= self._most_seconds:
            raise ValueError("expected no more time than the limits have")
        self.seconds = seconds

    def answer(self, reply: bytes) -> None:
        """Hand over the reply of the worker."""
        self._reply.set_result(reply)

    def abandon(self, exit_code: int | None = None) -> None:
        """Tell that no reply will come, since the worker ended or the task was dropped.

        exit_code: of the worker, a negative signal number if it was killed; None if unknown.
        """
        self._reply.set_exception(self._reason(exit_code))

    def _reason(self, exit_code: int | None) -> AshimError:
        if self.cancelled:
            return Cancelled("The job was cancelled.")
        if self._executor.closing:
            return ServerStopping("The server is being stopped.")
        if not self.started:
            return ServerBusy("No worker process can be started at the moment.")
        return self._reason_of_end(exit_code)

    def _reason_of_end(self, exit_code: int | None) -> AshimError:
        if exit_code in _OUT_OF_TIME:
            return TimedOut(f"Processing took too long: expected at most {self.seconds:g} seconds.")
        if exit_code is None or exit_code in _FROM_OUTSIDE:
            return ServerBusy("The worker process was ended from outside. Try again.")
        if exit_code >= 0:  # no signal: something has called for the end of the process
            return PluginFailure(f"{self._tools} ended its worker process, with code {exit_code}.")
        return DecodeFailed("The picture can't be processed: its worker process died on it.")
