"""The ends of jobs, told to whoever listens: after they are written down, and by one thread."""

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from ashim_core.errors import AshimError, Cancelled
from ashim_core.jobs.job import Job, Kind

logger = logging.getLogger(__name__)

_MOST = 1000
"""Events that wait for slow listeners; what comes then is told to nobody."""
_STOP_S = 10

Name = Literal["job.completed", "job.failed", "job.cancelled"]


@dataclass(frozen=True)
class JobEvent:
    """A job is over.

    at: seconds since the epoch.  seconds: from its begin to its end.
    tools: the ids of its steps.  files: how many it was to work on, and how many of them failed.
    code: of the error that it came to; None if it is completed.
    """

    name: Name
    at: float
    job_id: str
    owner: str
    kind: Kind
    tools: tuple[str, ...]
    files: int
    failed: int
    seconds: float
    code: str | None = None


Listener = Callable[[JobEvent], None]


def end_of(job: Job, error: AshimError | None) -> JobEvent:
    """Describe the end of a job. error: what it came to; None if it has a result."""
    name: Name = "job.completed"
    if error is not None:
        name = "job.cancelled" if isinstance(error, Cancelled) else "job.failed"
    return JobEvent(
        name=name,
        at=time.time(),
        job_id=job.id,
        owner=job.plan.owner,
        kind=job.plan.kind,
        tools=tuple(step.tool_id for step in job.plan.steps),
        files=len(job.plan.groups),
        failed=sum(item is None or item.error is not None for item in job.items),
        seconds=round(time.monotonic() - job.begun, 3),
        code=error.code if error else None,
    )


class Events:
    """Tells listeners what has happened, in its order. The thread starts with the first event."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._waiting: queue.Queue[JobEvent | None] = queue.Queue(_MOST)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def listen(self, listener: Listener) -> None:
        """Have a function called with every event from now on; what it raises is logged."""
        self._listeners.append(listener)

    def emit(self, event: JobEvent) -> None:
        """Tell all listeners, soon. Nobody waits for them."""
        if not self._listeners:
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._tell, name="events", daemon=True)
                self._thread.start()
        try:
            self._waiting.put_nowait(event)
        except queue.Full:
            logger.warning("%s of %s is told to nobody: too many wait", event.name, event.job_id)

    def close(self) -> None:
        """Tell what is left, and stop."""
        if self._thread is None:
            return
        with suppress(queue.Full):
            self._waiting.put(None, timeout=_STOP_S)
            self._thread.join(_STOP_S)

    def _tell(self) -> None:
        while (event := self._waiting.get()) is not None:
            for listener in self._listeners:
                # A stranger's function; the others, and the jobs, have nothing to do with it.
                try:
                    listener(event)
                except (Exception, SystemExit):
                    logger.exception("A listener failed at %s of %s", event.name, event.job_id)
