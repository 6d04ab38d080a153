"""Which processes belong to a server, and what each of them is, from /proc."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Part = Literal["server", "web", "fork server", "worker", "tracker"]


@dataclass(frozen=True)
class Process:
    """A process that runs. part: what it is in the server."""

    pid: int
    part: Part


def family(mark: str, server: int) -> list[Process]:
    """Give the processes that were started, directly or not, with `mark` in their environment.

    Those whose parents are dead are among them. server: the process that started the others.
    """
    found = {pid: _command(pid) for pid in _all() if _is_marked(pid, mark)}
    return [Process(pid, _part(pid, command, server)) for pid, command in found.items() if command]


def is_alive(pid: int) -> bool:
    """Say whether a process runs; one that only waits to be reaped doesn't."""
    return bool(_command(pid))


def memory(pid: int) -> int:
    """Give the bytes of memory that a process holds at the moment, its share of shared ones."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return 1024 * int(line.split()[1])
    raise ValueError("expected the kernel to tell the memory of a process")


def _all() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _is_marked(pid: int, mark: str) -> bool:
    with suppress(OSError):
        return mark.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return False


def _command(pid: int) -> str:
    """Give the command line; nothing for a process that only waits to be reaped."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def _part(pid: int, command: str, server: int) -> Part:
    if pid == server:
        return "server"
    if "resource_tracker" in command:
        return "tracker"
    if "forkserver" not in command:
        return "web"
    # A worker is a copy of the fork server, and has its command line; the fork server's parent
    # is a web process, a worker's the fork server, or nobody any more.
    parent = _command(_parent(pid))
    return "fork server" if "ashim_core" in parent and "forkserver" not in parent else "worker"


def _parent(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0
