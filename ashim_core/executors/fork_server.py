"""The process that workers are copies of: it starts clean, loads the plugins once, and waits.

What a plugin does there at import must cost no more than that plugin: if it ends, hangs or starts a
thread, a fork server without plugins takes the place, and every worker loads them by itself.
"""

import logging
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import forkserver
from pathlib import Path
from types import ModuleType
from typing import TextIO

from ashim_core.discovery import Sources
from ashim_core.environment import minimal_environment
from ashim_core.executors import worker
from ashim_core.executors.loaded import ORDER, READY, Order

logger = logging.getLogger(__name__)

_SETTINGS = {
    # Keep freed buffers of up to 64 MiB, a 12-megapixel picture, instead of giving them back to
    # the kernel after every task: measured to cut page faults to a tenth. Larger ones go back, or
    # a worker would sit on most of the memory that it is allowed.
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": "67108864",
    "MALLOC_MMAP_THRESHOLD_": "67108864",
    "MALLOC_TOP_PAD_": "16777216",
    # The pool runs tasks side by side; and a process with threads can't be copied.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}
_PRELOAD = "ashim_core.executors.preload"
"""Not imported here: importing it does the work."""
_START_S = 60
"""How long Python may take to start."""
_LOOK_S = 0.5
"""How often to look meanwhile whether it has died."""
_PATIENCE_S = 60
"""How long plugins may take to load. The web process has loaded them before, so they can."""
_TRIES = 2
"""After so many failed starts of workers in a row, the plugins are suspected."""

_lock = threading.Lock()
_running_pid = 0
"""The fork server is one for the whole process: that of the standard library."""


class ForkServer:
    """Sees to it that there is a fork server, with the plugins of some sources if that is possible.

    One that runs already is used as it is: workers whose tools aren't there load them themselves.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources: Sources | None = sources
        self._failures = 0

    def ensure(self) -> None:
        """Start it if there is none; OSError when that fails."""
        with _lock:
            if _is_running():
                return
            if problem := _start(self._sources):
                logger.warning("Workers load the plugins by themselves: %s.", problem)
                self._sources = None
                _end()
                _start(None)

    def worked(self) -> None:
        """Hear that a worker is ready."""
        self._failures = 0

    def failed(self) -> int:
        """Hear that a worker could not be started; give the number of failures in a row.

        After some, another fork server takes the place, which doesn't load the plugins.
        """
        self._failures += 1
        if self._failures % _TRIES == 0:
            if self._sources is not None:
                logger.warning("Workers load the plugins by themselves: copies don't start.")
                self._sources = None
            with _lock:
                _end()
        return self._failures


def _start(sources: Sources | None) -> str | None:
    """Start a fork server and wait until it has loaded the plugins; say what went wrong."""
    global _running_pid  # noqa: PLW0603 - there is one for the process, in the library as well
    forkserver.set_forkserver_preload([*_main(), worker.__name__, _PRELOAD])
    with _listener() as (address, listener):
        order = Order(address=address, path=sys.path, sources=sources)
        with _answering(order, listener) as line, line.makefile() as told:
            _running_pid = int(told.readline())
            return _problem(told)


def _main() -> list[str]:
    """Name the main module, which every worker runs once more, or what it imports.

    The library runs it in the fork server if it is a file. One that was started by its name, with
    `python -m`, it forgets.
    """
    main = sys.modules["__main__"]
    if main.__spec__ is None:
        return ["__main__"]
    return [thing.__name__ for thing in vars(main).values() if isinstance(thing, ModuleType)]


def _answering(order: Order, listener: socket.socket) -> socket.socket:
    """Have a fork server started that answers; gives the line to it, or raises TimeoutError.

    When one has died just before a worker was to be started, the library starts another one by
    itself, which leaves again as nobody has told it what to do. So more than one try may be needed.
    """
    end = time.monotonic() + _START_S
    while True:
        with minimal_environment({**_SETTINGS, ORDER: order.model_dump_json()}):
            forkserver.ensure_running()
        try:
            line, _ = listener.accept()
        except TimeoutError:
            if time.monotonic() > end:
                raise
        else:
            line.settimeout(_PATIENCE_S)
            return line


@contextmanager
def _listener() -> Iterator[tuple[str, socket.socket]]:
    """Listen at an address that only this user can reach."""
    with (
        tempfile.TemporaryDirectory(prefix="ashim-") as folder,
        socket.socket(socket.AF_UNIX) as listener,
    ):
        address = str(Path(folder, "ready"))
        listener.bind(address)
        listener.listen()
        listener.settimeout(_LOOK_S)
        yield address, listener


def _problem(told: TextIO) -> str | None:
    try:
        said = told.read()
    except TimeoutError:
        return f"a plugin takes longer than {_PATIENCE_S} s to load there"
    return None if said == READY else said or "a plugin has ended the process there"


def _is_running() -> bool:
    if not _running_pid:
        return False
    with suppress(ChildProcessError):
        # Only looked at: the library wants to hear of its end, too.
        ended = os.waitid(os.P_PID, _running_pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return ended is None
    return False


def _end() -> None:
    """Kill it, if it is there. Its workers live on, but nobody will tell how they end."""
    # One that never started has the number 0, which to a signal is everybody in this group; and
    # the number of one that has ended may be somebody else's by now.
    if not _is_running():
        return
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(_running_pid, signal.SIGKILL)
        os.waitid(os.P_PID, _running_pid, os.WEXITED | os.WNOWAIT)
