"""How long tests wait, and how they tell that something is quick: by what it costs, not by a clock.

Machines that run tests are busy. A limit on the clock says how busy, and nothing about the server.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ashim_core.executors.lanes import Lanes
from ashim_core.testing import ToolClient

ValueT = TypeVar("ValueT")

PATIENCE_S = 180
"""How long to wait for what is about to happen. Only a failure takes as long."""
_PAUSE_S = 0.02
_TICKS = os.sysconf("SC_CLK_TCK")


def until(condition: Callable[[], ValueT], wanted: str = "what was waited for") -> ValueT:
    """Wait for a condition, and give what it gives; AssertionError says what didn't come about."""
    deadline = time.monotonic() + PATIENCE_S
    while not (value := condition()):
        assert time.monotonic() < deadline, f"expected {wanted} within {PATIENCE_S} seconds"
        time.sleep(_PAUSE_S)
    return value


def cpu_seconds(client: ToolClient) -> float:
    """Give the CPU that this process and the workers there are have used."""
    pool = client.core.jobs.executor
    workers = pool.pids() if isinstance(pool, Lanes) else set()
    return time.process_time() + sum(map(_used, workers))


def _used(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended
        return 0
    return (int(fields[11]) + int(fields[12])) / _TICKS
