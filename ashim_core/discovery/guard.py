"""Calling what strangers wrote: it ends, one way or the other, and says who it was."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from ashim_core.discovery.fate import PluginProblem

ResultT = TypeVar("ResultT")


def bounded(call: Callable[[], ResultT], name: str, seconds: float) -> ResultT:
    """Call a function; PluginProblem when it raises, or when it hasn't returned in time.

    A thread can't be stopped, so one that hangs stays behind; it ends with the process.

    name: of the function, for the reason.
    """
    outcome = _Outcome(call)
    thread = threading.Thread(target=outcome.run, name=name, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise PluginProblem(
            f"{name}() has not returned within {seconds:g} s",
            "see that it waits for nothing that may not come",
        )
    if outcome.error is not None:
        raise PluginProblem(
            f"{name}() failed: {type(outcome.error).__name__}: {outcome.error}",
            "see the log for where it happened, and ask the author of the plugin",
        ) from outcome.error
    return outcome.result


class _Outcome(Generic[ResultT]):
    """What came of a call in another thread."""

    def __init__(self, call: Callable[[], ResultT]) -> None:
        self._call = call
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self._call()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - raised again by whoever waits
            self.error = error
