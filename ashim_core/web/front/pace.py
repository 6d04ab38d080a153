"""How fast a client sends or takes, and when it is too slow."""

import time
from collections.abc import Callable

from ashim_core.web.front.limits import HONEST_RATE, LEAST_RATE, NOTICE_S

_LOOK_S = 0.5
"""How often somebody who waits looks whether the client was given up meanwhile."""


class TooSlow(Exception):
    """The time that a client had to send or to take something is over."""


class Pace:
    """The clock of one body or answer. It runs only while a thread waits for the client.

    A client may take some seconds in all, and one more for each KiB: nobody is cut off for a large
    file, and nobody can wait for ever.
    """

    def __init__(self, grace_s: float) -> None:
        self.moved = 0
        """Bytes that came, or were taken, so far."""
        self._grace_s = grace_s
        self._waited = 0.0
        self._since: float | None = None
        self._given_up = False

    @property
    def rate(self) -> float:
        """Bytes for each second of waiting."""
        return self.moved / max(self._waited_until_now, 1e-6)

    @property
    def is_slow(self) -> bool:
        """Say whether the client is waited for at the moment, and slower than honest lines are."""
        waits = self._since is not None and self._waited_until_now > NOTICE_S
        return waits and self.rate < HONEST_RATE

    def wait(self, ready: Callable[[float], object]) -> None:
        """Wait until `ready`, which is called with seconds to wait at most, says so.

        Raises TooSlow.
        """
        begin = self._since = time.monotonic()
        try:
            while not self._given_up and (left := self._left) > 0:
                if ready(min(left, _LOOK_S)):
                    return
        finally:
            self._since = None
            self._waited += time.monotonic() - begin
        raise TooSlow

    def give_up(self) -> None:
        """Wait no longer for this client; for any thread to say."""
        self._given_up = True

    @property
    def _left(self) -> float:
        """Seconds that the client may still be waited for."""
        return self._grace_s + self.moved / LEAST_RATE - self._waited_until_now

    @property
    def _waited_until_now(self) -> float:
        since = self._since
        return self._waited + (0.0 if since is None else time.monotonic() - since)
