"""Requests that an interruption of who waits for them doesn't break into."""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

ValueT = TypeVar("ValueT")


class Errand(Generic[ValueT]):
    """Work that is done by a thread of its own, once somebody waits for it.

    Ctrl-C is raised wherever the main thread is. Inside of the library for HTTP that may be where a
    lock has just been taken, which nobody would ever release: the next request would wait for ever.
    """

    def __init__(self, work: Callable[[], ValueT]) -> None:
        self._work = work
        self._values: list[ValueT] = []
        self._error: BaseException | None = None
        # One call in native code, so it has happened or it hasn't when an interruption comes.
        self._over: SimpleQueue[None] = SimpleQueue()
        self._ended = False
        self._thread: threading.Thread | None = None

    def result(self) -> ValueT:
        """Begin, unless it has begun, and wait; give what came of it, or raise it."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        if not self._ended:
            self._over.get()
        if self._error is not None:
            raise self._error
        return self._values[0]

    def result_within(self, seconds: float) -> ValueT | None:
        """Wait for so long; None if it has never begun, isn't over then, or has failed."""
        if self._thread is not None and not self._ended:
            try:
                self._over.get(timeout=seconds)
            except Empty:
                return None
        return self._values[0] if self._values else None

    def _run(self) -> None:
        try:
            self._values.append(self._work())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            self._error = error
        self._ended = True
        self._over.put(None)
