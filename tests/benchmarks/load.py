"""A bounded load: so many requests from so many callers at a time."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.benchmarks.endpoint import SETTLE_S, Client, Endpoint, Query

_LOOK_S = 0.1


@dataclass(frozen=True)
class Load:
    """What a load did: seconds per request, CPU seconds per request, most memory in bytes."""

    wall: float
    cpu: float
    pss: int


def flood(endpoint: Endpoint, query: Query, requests: int, callers: int) -> Load:
    """Send requests from several callers at once and wait for all answers."""
    clients = [endpoint.client() for _ in range(callers)]
    with _Peak(endpoint.pss_bytes) as peak, ThreadPoolExecutor(callers) as threads:
        cpu, wall = endpoint.cpu(), time.perf_counter()
        shares = [requests // callers] * callers
        list(threads.map(lambda client, share: _ask(client, query, share), clients, shares))
        wall = time.perf_counter() - wall
        time.sleep(SETTLE_S)
        cpu = endpoint.cpu() - cpu
    for client in clients:
        client.close()
    return Load(wall / sum(shares), cpu / sum(shares), peak.value)


def _ask(client: Client, query: Query, times: int) -> None:
    for _ in range(times):
        client.ask(query)


class _Peak:
    """Looks at a figure again and again, and keeps the largest."""

    def __init__(self, read: Callable[[], int]) -> None:
        self.value = 0
        self._read = read
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "_Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_LOOK_S):
            self.value = max(self.value, self._read())
