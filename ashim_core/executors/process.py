"""One worker process, seen from the web process: the line to it, and the task that it is at."""

import math
import time
from multiprocessing.context import ForkServerContext
from typing import Generic, Protocol, TypeVar

from ashim_core.discovery import Sources
from ashim_core.engine.report import MAX_REPORT
from ashim_core.executors import worker
from ashim_core.executors.children import end_family
from ashim_core.host import Host

_TASKS_PER_WORKER = 500
_READY_S = 60
"""How long a worker may prepare itself."""
_UNKNOWN = 255
"""The exit code of a process whose fork server can't be asked."""
_LONGEST = 2 * MAX_REPORT
"""Bytes of a message: a report has its own limit, and what else is in a reply is small."""


class Job(Protocol):
    """What a worker can be given."""

    @property
    def message(self) -> bytes:
        """The task, as the worker takes it."""

    @property
    def seconds(self) -> float:
        """How long it may take, as far as is known now."""


JobT = TypeVar("JobT", bound=Job)


class WorkerProcess(Generic[JobT]):
    """A child process that runs one task at a time.

    line: the connection that its messages come from.
    ready: it has told that it is prepared; one that dies before has something wrong with it.
    """

    def __init__(
        self, context: ForkServerContext, sources: Sources, host: Host, memory_mb: int
    ) -> None:
        self.line, theirs = context.Pipe()
        self.ready = False
        self.job: JobT | None = None
        self._tasks = 0
        self._told_to_stop: float | None = None
        self._dismissed = False
        self._since = time.monotonic()
        self._process = context.Process(
            target=worker.serve, args=(theirs, sources, host, memory_mb), name="worker", daemon=True
        )
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    @property
    def available(self) -> bool:
        """It can be given a task."""
        return self.ready and self.job is None and not (self.spent or self._dismissed)

    @property
    def spent(self) -> bool:
        """It has worked long enough; a fresh process holds no leftovers."""
        return self._tasks >= _TASKS_PER_WORKER

    @property
    def overdue(self) -> bool:
        """It has not kept its time limit, for a task or for getting ready."""
        return self.seconds_left <= 0

    @property
    def seconds_left(self) -> float:
        """Give the time until it is overdue."""
        if self.ready and self.job is None:
            return math.inf
        # That of a task may grow while it is worked on.
        allowed = self.job.seconds if self.job else _READY_S
        end = self._since + allowed
        return min(end, self._told_to_stop or end) - time.monotonic()

    @property
    def idle_s(self) -> float:
        """Give the seconds since its last task, or since it was ready; 0 if it is at work."""
        return time.monotonic() - self._since if self.available else 0

    @property
    def next_message(self) -> bytes | None:
        """Give the kind of message that it sends next, progress aside."""
        if not self.ready:
            return worker.READY
        return None if self.job is None else worker.REPLY

    def hear(self) -> bytes:
        """Give its next message; EOFError or OSError when there will be no more."""
        return self.line.recv_bytes(_LONGEST)

    def start(self, job: JobT) -> bool:
        """Send it a task; False if it is gone."""
        try:
            self.line.send_bytes(job.message)
        except OSError:
            return False
        self.job = job
        self._told_to_stop = None
        self._tasks += 1
        self._since = time.monotonic()
        return True

    def finish(self) -> JobT | None:
        """Take its task away, and give it."""
        job, self.job = self.job, None
        self._since = time.monotonic()
        return job

    def stop(self, grace_s: float) -> None:
        """Tell it that nobody wants its task any more; it is overdue if it doesn't notice soon."""
        if self._told_to_stop is not None:
            return
        try:
            self.line.send_bytes(worker.CANCEL)
        except OSError:  # it is gone
            return
        self._told_to_stop = time.monotonic() + grace_s

    def dismiss(self) -> None:
        """End it, since there is no work for it; it is given none any more."""
        self._dismissed = True
        self.kill()

    def kill(self) -> None:
        """End it now with all the programs that it has started, whatever they are doing."""
        # By their numbers: when the fork server has died, `Process` takes its children for dead.
        end_family(self.pid)

    def bury(self) -> int | None:
        """Clean up after it ended; give its exit code, a negative signal number if it was killed.

        None when nobody knows, since the fork server has ended, too.
        """
        # It may have closed the line and live on, and what it has started may live on without it.
        self.kill()
        self.line.close()
        self._process.join()
        code = self._process.exitcode
        return None if code == _UNKNOWN else code
