"""The programs that a tool starts end with its task, as a whole."""

import ctypes
import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_ADOPT_ORPHANS = 36
"""PR_SET_CHILD_SUBREAPER of prctl(2)."""


class _Entry(NamedTuple):
    """A process as /proc/<pid>/stat has it."""

    pid: int
    parent: int
    session: int


def lead() -> None:
    """Make this process the head of a session, to which whatever is left without parents falls."""
    os.setsid()
    ctypes.CDLL(None, use_errno=True).prctl(_ADOPT_ORPHANS, 1, 0, 0, 0)


def family(head: int) -> set[int]:
    """Give the processes below one, and those of its session wherever they are; not itself.

    head: the number of a process that has called `lead`.
    """
    there = list(_processes())
    found = {head, *(entry.pid for entry in there if entry.session == head)}
    while more := {entry.pid for entry in there if entry.parent in found} - found:
        found |= more
    return found - {head}


def end_family(head: int | None = None) -> None:
    """Kill a process, this one by default, and its family.

    head: the number of a process, 1 or more; ValueError for others, which to a signal are groups.
    """
    head = os.getpid() if head is None else head
    if head < 1:
        raise ValueError(f"expected the number of a process, got {head}")
    _kill(family(head))
    _kill({head})


def end_children() -> None:
    """Kill what this process has started and what that has started, and wait until it is gone."""
    while _has_children():
        _kill(family(os.getpid()))
        with suppress(ChildProcessError):
            os.waitpid(-1, 0)


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        # They may have ended, or be somebody else's: a program can become another user.
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _processes() -> Iterator[_Entry]:
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            # Any of them may end meanwhile.
            with suppress(FileNotFoundError, ProcessLookupError):
                # The name may hold anything; after it come state, parent, group, session.
                _, parent, _, session = (path / "stat").read_text().rpartition(")")[2].split()[:4]
                yield _Entry(int(path.name), int(parent), int(session))
