"""A server that can be killed at any moment and started again on the same port and data."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.patience import PATIENCE_S, until
from tests.resilience.client import Client, Unanswered
from tests.resilience.processes import Process, family
from tests.web.live import free_port, lay_out


class Server:
    """`ashim serve`, and all processes that belong to it.

    data: its data folder. printed: what it prints. before: a command that runs the server's.
    """

    def __init__(self, data: Path, before: Sequence[str] = (), **environment: str) -> None:
        self.data = data
        self._before = before
        self.printed = data.parent / "printed.txt"
        self.client = Client(free_port())
        # Short, since sockets lie in it, and handed on to every process: it tells whose they are.
        self._scratch = tempfile.mkdtemp(prefix="ashim-")
        self._environment = {
            **os.environ,
            "AUTH_ENABLED": "false",
            "RATE_LIMIT_PER_MIN": "0",
            "PORT": str(self.client.port),
            "DATA_DIR": str(data),
            "TMPDIR": self._scratch,
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None
        data.mkdir(parents=True, exist_ok=True)
        lay_out(data)

    def start(self) -> None:
        """Start it, and wait until it can be given work."""
        with self.printed.open("ab") as file:
            self._process = subprocess.Popen(
                [*self._before, sys.executable, "-m", "ashim_core.cli.main", "serve"],
                env=self._environment,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        until(self.is_ready, f"a server that answers; {self.printed} says why not")

    def is_ready(self) -> bool:
        """Say whether it can be given work."""
        try:
            return self.client.get("/readyz").status == 200
        except Unanswered:
            return False

    def processes(self) -> list[Process]:
        """Give all processes that belong to it, with parents or without."""
        return family(f"TMPDIR={self._scratch}", self.pid)

    def pids(self, part: str) -> list[int]:
        return sorted(process.pid for process in self.processes() if process.part == part)

    @property
    def pid(self) -> int:
        """The process that was started; 0 while there is none."""
        return self._process.pid if self._process else 0

    def kill(self) -> None:
        """Kill the process that started all others, and only that."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """End it as an operator does."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(2 * PATIENCE_S)

    def clear(self) -> None:
        """Kill whatever is left of it."""
        for process in self.processes():
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        shutil.rmtree(self._scratch, ignore_errors=True)


@contextmanager
def serving(data: Path, before: Sequence[str] = (), **environment: str) -> Iterator[Server]:
    """Run a server until the end, and leave nothing of it behind."""
    server = Server(data, before, **environment)
    try:
        server.start()
        yield server
        server.stop()
    finally:
        server.clear()
