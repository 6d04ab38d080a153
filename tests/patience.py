"""How long tests wait, and how they tell that something is quick: by what it costs, not by a clock.

Machines that run tests are busy. A limit on the clock says how busy, and nothing about the server.
"""

import os
import time
from pathlib import Path

from ashim_core.executors.lanes import Lanes
from ashim_core.testing import ToolClient

PATIENCE_S = 180
"""How long to wait for what is about to happen. Only a failure takes as long."""
_TICKS = os.sysconf("SC_CLK_TCK")


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
