"""What processes cost: CPU time and memory of a process and of everything below it."""

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

_CPU_CLOCK = 2
"""The kernel's number for a clock that counts the CPU time of a process, ended threads included."""
_REAPED = slice(13, 15)
"""Where `stat`, after the name, has the user and system ticks of children that were waited for."""
_TICKS = os.sysconf("SC_CLK_TCK")

CpuMeter = Callable[[], float]


def children(pid: int) -> list[int]:
    """Name the direct children of a process; none if it is gone."""
    found: list[int] = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, listing.read_text().split())
        except OSError:
            continue
    return found


def family(pid: int) -> list[int]:
    """Name a process and all of its descendants."""
    return [pid, *(member for child in children(pid) for member in family(child))]


def command_line(pid: int) -> str:
    """Give the command that a process was started with."""
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def cpu_seconds(pids: Iterable[int]) -> float:
    """Sum up the CPU time that processes, and children of theirs that ended, have used so far."""
    return sum(map(_cpu_seconds, pids))


def family_meter(*roots: int) -> CpuMeter:
    """Make a meter of the CPU time of whole process trees."""
    return lambda: cpu_seconds(member for root in roots for member in family(root))


def rss_bytes(pid: int) -> int:
    """Give the memory that a process has resident now."""
    return _field(f"/proc/{pid}/status", "VmRSS:")


def private_bytes(pid: int) -> int:
    """Give the memory that a process shares with no other one now."""
    rollup = f"/proc/{pid}/smaps_rollup"
    return _field(rollup, "Private_Clean:") + _field(rollup, "Private_Dirty:")


def peak_rss_bytes(pid: int) -> int:
    """Give the most memory that a process had resident since `reset_peak`."""
    return _field(f"/proc/{pid}/status", "VmHWM:")


def reset_peak(pid: int) -> None:
    """Begin anew to look for the peak of a process."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def family_pss_bytes(root: int) -> int:
    """Give the memory of a process tree; what processes share is counted once."""
    total = 0
    for pid in family(root):
        try:
            total += _field(f"/proc/{pid}/smaps_rollup", "Pss:")
        except OSError:
            continue
    return total


def _cpu_seconds(pid: int) -> float:
    try:
        own = time.clock_gettime((~pid << 3) | _CPU_CLOCK)
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return own + sum(map(int, fields[_REAPED])) / _TICKS


def _field(path: str, name: str) -> int:
    for line in Path(path).read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise LookupError(f"expected {name} in {path}")
