"""How soon a server says that it is healthy, asked again and again."""

import http.client
import time
from contextlib import closing
from dataclasses import dataclass

from tests.benchmarks.endpoint import Client

_EVERY_S = 0.05


@dataclass(frozen=True)
class Pulse:
    """Seconds that each answer took, in order of size; and how many looks got no good one."""

    seconds: tuple[float, ...]
    failed: int

    def percentile(self, share: float) -> float:
        """Give the time that so large a share of the answers stayed within."""
        return self.seconds[min(int(share * len(self.seconds)), len(self.seconds) - 1)]


def watch(port: int, seconds: float) -> Pulse:
    """Ask for so long, every 50 ms, each time over a connection of its own."""
    taken, failed = [], 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with closing(Client(port, insists=False)) as client:
            begin = time.perf_counter()
            try:
                status = client.get("/api/v1/health").status
            except (OSError, http.client.HTTPException):
                status = 0
            taken.append(time.perf_counter() - begin)
        failed += status != 200
        time.sleep(_EVERY_S)
    return Pulse(tuple(sorted(taken)), failed)
