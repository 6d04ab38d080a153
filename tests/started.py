"""`ashim` as a process of its own that starts quickly: a copy of one that has imported everything.

Half of what the start of a server costs is to import the same modules again. So one process does
that and waits; for every command it makes a copy of itself, which takes on the environment, folder
and output that it is given and runs `python -m ashim_core.cli.main`.
"""

import array
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import IO

from ashim_core.discovery import Sources, discover

MODULE = "ashim_core.cli.main"
_IMPORTED = (MODULE, "ashim_core.cli.serve", "ashim_core.web.server")
_MOST = 128 * 1024
"""Bytes of an order: an environment may be large."""


class Started:
    """A process that was started; it is asked and ended as those of `subprocess` are."""

    def __init__(self, pid: int, end: socket.socket) -> None:
        self.pid = pid
        self._end = end
        self._status: int | None = None

    def poll(self) -> int | None:
        """Give the exit status, below 0 for a signal; None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end, and give the exit status; subprocess.TimeoutExpired."""
        if self._status is None:
            ready, _, _ = select.select([self._end], [], [], timeout)
            if not ready:
                raise subprocess.TimeoutExpired(MODULE, timeout or 0)
            (self._status,) = array.array("i", self._end.recv(_MOST))
            self._end.close()
        return self._status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class _Template:
    """The process that is copied. It ends when this one does."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        with theirs:
            # Its command line is that of its copies, too, and says what they are.
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, MODULE, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def copy(self, order: bytes, output: IO[bytes]) -> Started:
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            socket.send_fds(self._line, [order], [output.fileno(), theirs.fileno()])
            return Started(int(self._line.recv(_MOST)), ours)


def start(arguments: Sequence[str], environment: Mapping[str, str], output: IO[bytes]) -> Started:
    """Start `ashim` with arguments. output: where all that it prints goes."""
    order = json.dumps([arguments, dict(environment), os.getcwd()])
    return _template().copy(order.encode(), output)


@cache
def _template() -> _Template:
    return _Template()


def _copies(line: socket.socket) -> list[str]:
    """Make copies until nobody is left who asks for them. Returns in each copy: its arguments."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ends: dict[int, socket.socket] = {}
    woken, waking = socket.socketpair()
    waking.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waking.fileno())
    while True:
        ready, _, _ = select.select([line, woken], [], [])
        if woken in ready:
            woken.recv(_MOST)
            _tell_ends(ends)
        if line not in ready:
            continue
        order, files, _, _ = socket.recv_fds(line, _MOST, 2)
        if not order:
            sys.exit()
        pid = os.fork()
        if not pid:
            break
        os.close(files[0])
        ends[pid] = socket.socket(fileno=files[1])
        line.send(str(pid).encode())
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for held in (line, woken, waking, *ends.values()):
        held.close()
    return _become(*json.loads(order), *files)


def _tell_ends(ends: dict[int, socket.socket]) -> None:
    """Tell those who wait how copies have ended."""
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG)) != (0, 0):
            with ends.pop(ended[0]) as end, suppress(OSError):
                end.send(array.array("i", [os.waitstatus_to_exitcode(ended[1])]))


def _become(
    arguments: list[str], environment: dict[str, str], folder: str, output: int, end: int
) -> list[str]:
    os.close(end)
    os.dup2(output, sys.stdout.fileno())
    os.dup2(output, sys.stderr.fileno())
    os.close(output)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path[:1] = [folder, *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    tempfile.tempdir = None
    return arguments


if __name__ == "__main__":
    for name in _IMPORTED:
        import_module(name)
    discover(Sources())  # for what plugins import
    sys.argv = [MODULE, *_copies(socket.socket(fileno=int(sys.argv[2])))]
    runpy.run_module(MODULE, run_name="__main__", alter_sys=True)
