"""One worker process, seen from the web process: the line to it, and the task that it is at."""

import os
import signal
import time
from contextlib import suppress
from multiprocessing.context import ForkServerContext
from typing import Generic, Protocol, TypeVar

from ashim_core.discovery import Sources
from ashim_core.engine import worker

_TASKS_PER_WORKER = 500
_GRACE_S = 0.25
"""What a worker may take beyond a time limit until its own alarm has ended it."""


class Job(Protocol):
    """What a worker can be given."""

    @property
    def message(self) -> bytes:
        """The task, as the worker takes it."""

    @property
    def seconds(self) -> float:
        """How long it may take."""


JobT = TypeVar("JobT", bound=Job)


class WorkerProcess(Generic[JobT]):
    """A child process that runs one task at a time.

    line: the connection that its messages come from.
    ready: it has told that it is prepared; one that dies before has something wrong with it.
    """

    def __init__(self, context: ForkServerContext, sources: Sources, memory_mb: int) -> None:
        self.line, theirs = context.Pipe()
        self.ready = False
        self.job: JobT | None = None
        self._tasks = 0
        self._deadline = 0.0
        self._process = context.Process(
            target=worker.serve, args=(theirs, sources, memory_mb), name="worker", daemon=True
        )
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    @property
    def available(self) -> bool:
        """It can be given a task."""
        return self.ready and self.job is None and not self.spent

    @property
    def spent(self) -> bool:
        """It has worked long enough; a fresh process holds no leftovers."""
        return self._tasks >= _TASKS_PER_WORKER

    @property
    def overdue(self) -> bool:
        """It has not kept the time limit, and its own alarm has not ended it."""
        return self.job is not None and time.monotonic() > self._deadline

    def start(self, job: JobT) -> bool:
        """Send it a task; False if it is gone."""
        try:
            self.line.send_bytes(job.message)
        except OSError:
            return False
        self.job = job
        self._tasks += 1
        self._deadline = time.monotonic() + job.seconds + _GRACE_S
        return True

    def finish(self) -> JobT | None:
        """Take its task away, and give it."""
        job, self.job = self.job, None
        return job

    def kill(self) -> None:
        """End it now, whatever it is doing."""
        # By its number: when the fork server has died, `Process` takes all its children for dead.
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def bury(self) -> int | None:
        """Clean up after it died; give its exit code, a negative signal number if it was killed."""
        self.line.close()
        self._process.join()
        return self._process.exitcode
