"""What has happened, told to whoever listens: after it is written down, and by other threads."""

import logging
import queue
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from ashim_core.ids import new_id

logger = logging.getLogger(__name__)

_MOST = 1000
"""Events that wait for a slow listener; what comes then it isn't told."""
_STOP_S = 10

EventName = Literal[
    "job.completed",
    "job.failed",
    "job.cancelled",
    "batch.completed",
    "batch.failed",
    "batch.cancelled",
    "file.created",
    "file.changed",
    "file.deleted",
]


@dataclass(frozen=True)
class Event:
    """Something that has happened.

    at: seconds since the epoch.  owner: the id of the account that it concerns; empty: nobody's.
    data: what is known of it, as JSON may have it, names in camelCase.
    id: no other event has it.
    """

    name: EventName
    at: float
    owner: str
    data: Mapping[str, Any]
    id: str = field(default_factory=new_id)


Listener = Callable[[Event], object]


class Events:
    """Tells listeners what has happened, in its order. A thread starts with its first event."""

    def __init__(self) -> None:
        self._ears: list[_Ear] = []

    def listen(self, name: str, listener: Listener) -> None:
        """Have a function called with every event from now on; what it raises is logged.

        name: whose it is, for the log.
        """
        self._ears.append(_Ear(name, listener))

    def emit(self, event: Event) -> None:
        """Tell all listeners, soon. Nobody waits for them, nor one of them for another."""
        for ear in self._ears:
            ear.put(event)

    def close(self) -> None:
        """Tell what is left, and stop."""
        for ear in self._ears:
            ear.finish()
        for ear in self._ears:
            ear.join()


class _Ear:
    """One listener with its thread."""

    def __init__(self, name: str, listener: Listener) -> None:
        self._name = name
        self._listener = listener
        self._waiting: queue.Queue[Event | None] = queue.Queue(_MOST)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def put(self, event: Event) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._tell, name="events", daemon=True)
                self._thread.start()
        try:
            self._waiting.put_nowait(event)
        except queue.Full:
            logger.warning("%s isn't told of %s: too many events wait", self._name, event.name)

    def finish(self) -> None:
        with suppress(queue.Full):
            self._waiting.put_nowait(None)

    def join(self) -> None:
        if self._thread is not None:
            self._thread.join(_STOP_S)

    def _tell(self) -> None:
        while (event := self._waiting.get()) is not None:
            # A stranger's function; the others, and the jobs, have nothing to do with it.
            try:
                self._listener(event)
            except (Exception, SystemExit):
                logger.exception("%s failed at %s", self._name, event.name)
