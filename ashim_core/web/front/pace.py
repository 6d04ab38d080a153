"""How fast a client sends or takes, and when it is too slow."""

import time
from collections.abc import Callable

from ashim_core.web.front.limits import HONEST_RATE, LEAST_RATE, NOTICE_S, STALL_S

_LATE_S = 8.0
_LOOK_S = 0.5
"""How often somebody who waits looks whether the client was given up meanwhile."""


class TooSlow(Exception):
    """The time that a client had to send or to take something is over."""


class Pace:
    """The clock of one body or answer. It runs only while a thread waits for the client.

    A client may be waited for so many seconds, and gets some of them back for each KiB: nobody is
    cut off for a large file, and nobody can stall for ever.
    """

    def __init__(self, grace_s: float) -> None:
        self._grace_s = self._left_s = grace_s
        self._since: float | None = None
        self._given_up = False
        # Of late: old seconds and bytes count less and less.
        self._waited_s = 0.0
        self._moved = 0.0

    @property
    def rate(self) -> float:
        """Bytes for each second of waiting, of late."""
        return self._moved / max(self._waited_s + self._waits_s, 1e-6)

    @property
    def is_slow(self) -> bool:
        """Say whether the client is waited for at the moment, and slower than honest lines are."""
        waits = self._waits_s
        slow = self._waited_s + waits > NOTICE_S and self.rate < HONEST_RATE
        return waits > 0 and (slow or waits > STALL_S)

    def note(self, size: int) -> None:
        """Count bytes that came or went. What was there before anybody waited says nothing."""
        if self._waited_s:
            self._moved += size
            self._left_s = min(self._grace_s, self._left_s + size / LEAST_RATE)

    def wait(self, ready: Callable[[float], object]) -> None:
        """Wait until `ready`, which is called with seconds to wait at most, says so.

        Raises TooSlow.
        """
        begin = self._since = time.monotonic()
        try:
            while not self._given_up and (left := self._left_s - self._waits_s) > 0:
                if ready(min(left, _LOOK_S)):
                    return
        finally:
            self._since = None
            self._count(time.monotonic() - begin)
        raise TooSlow

    def give_up(self) -> None:
        """Wait no longer for this client; for any thread to say."""
        self._given_up = True

    @property
    def _waits_s(self) -> float:
        """For how long the client is waited for at the moment."""
        since = self._since
        return 0.0 if since is None else time.monotonic() - since

    def _count(self, seconds: float) -> None:
        self._left_s -= seconds
        self._waited_s += seconds
        if self._waited_s > _LATE_S:
            self._waited_s, self._moved = self._waited_s / 2, self._moved / 2
