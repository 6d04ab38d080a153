"""The time that one task has: a base for each, and more for the pixels that it works on."""

import math
import resource
import signal
import time
from collections.abc import Callable

from ashim_core.limits import Limits

_GRACE_S = 1
"""What a task may take beyond its time until the kernel ends it, if nobody else has."""
_WORTH_S = 0.5
"""Less time than that is not worth a message: most pictures need none."""
_AT_ONCE_S = 0.001
"""A timer of no seconds would never end."""


class Clock:
    """Has the kernel end this process when its task has had its time, on the clock or of CPU.

    Both work whatever native code the process is in, which no handler in Python would. On the clock
    the web process comes first, since it ends the programs of the task, too.

    tell: called with the seconds that the task may take in all, whenever these have grown.
    """

    def __init__(self, limits: Limits, tell: Callable[[float], None]) -> None:
        self._limits = limits
        self._tell = tell
        self._begin = time.monotonic()
        self._used = _cpu_seconds()
        self._seconds = self._told = limits.seconds
        self._set()

    def allow(self, seconds: float) -> None:
        """Give the task time for work that takes so many CPU seconds by the figures of `Cost`.

        What headers claim adds up, but never to more than `Limits.most_seconds`.
        """
        more = self._seconds + self._limits.pixel_time * seconds
        self._seconds = min(more, self._limits.most_seconds)
        if self._seconds >= self._told + _WORTH_S:
            self._told = self._seconds
            self._set()
            self._tell(self._told)

    def stop(self) -> None:
        """Let the process live on: its task is done."""
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _set(self) -> None:
        end = self._begin + self._told + _GRACE_S
        signal.setitimer(signal.ITIMER_REAL, max(end - time.monotonic(), _AT_ONCE_S))
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(
            resource.RLIMIT_CPU,
            (math.ceil(self._used + self._told * self._limits.threads) + _GRACE_S, hard),
        )


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
