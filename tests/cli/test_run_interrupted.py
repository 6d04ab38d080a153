"""Ctrl-C in the middle of the work: status 130, no stack trace, no process and no file left."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.client.tools import folder, names_in, picture, plugins_in
from tests.patience import PATIENCE_S, until
from tests.resilience.processes import Process, family
from tests.web.live import LiveServer, get_json, live_server

ENDLESS = ("sleep", "--seconds", "60")

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="this system has no /proc to find processes in"
)


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    return plugins_in(tmp_path / "plugins")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return [picture(tmp_path / f"{number}.png") for number in range(3)]


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder for temporary files that isn't there yet; a short name, since sockets lie in it."""
    with tempfile.TemporaryDirectory(prefix="ashim-") as name:
        yield Path(name, "t")


@contextmanager
def running(
    folder: Path, *arguments: object, **environment: str
) -> Iterator[subprocess.Popen[str]]:
    """Run a command as a shell at a terminal would, in a group of processes of its own."""
    folder.mkdir()
    clean = {name: text for name, text in os.environ.items() if not name.startswith("ASHIM_")}
    with subprocess.Popen(
        [sys.executable, "-m", "ashim_core.cli.main", *map(str, arguments)],
        env={**clean, "TMPDIR": str(folder), "PROCESSING_TIMEOUT_S": "60", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_hears_ctrl_c,  # noqa: PLW1509 - it touches no lock that a thread may hold
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _hears_ctrl_c() -> None:
    """A shell that runs the tests in the background has its children ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def processes_in(folder: Path) -> list[Process]:
    """Give the processes that were started, directly or not, to work in a folder."""
    return family(f"TMPDIR={folder}", 0)


def ctrl_c(process: subprocess.Popen[str], folder: Path) -> tuple[int, str, str]:
    """Interrupt the whole group, as a terminal does; give status and what was printed."""
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_S)
    until(lambda: not processes_in(folder))
    return process.returncode, out, err


def test_one_file_here(tmp_path: Path, scratch: Path, plugins: Path, files: list[Path]) -> None:
    command = ("run", *ENDLESS, files[0], "-o", tmp_path / "a.png")
    with running(scratch, *command, ASHIM_PLUGINS_DIR=str(plugins)) as process:
        until(lambda: bool(names_in(scratch)))
        assert ctrl_c(process, scratch) == (130, "", "")
    assert names_in(scratch) == []
    assert not (tmp_path / "a.png").exists()


def test_many_files_here(tmp_path: Path, scratch: Path, plugins: Path, files: list[Path]) -> None:
    out = folder(tmp_path / "out")
    command = ("run", *ENDLESS, *files, "-o", out, "--jobs", "2")
    with running(scratch, *command, ASHIM_PLUGINS_DIR=str(plugins)) as process:
        until(lambda: bool(list(scratch.glob("ashim-*/0"))))
        assert ctrl_c(process, scratch) == (130, "", "")
    assert names_in(scratch) == []
    assert names_in(out) == []


def test_many_files_while_the_workers_start(
    tmp_path: Path, scratch: Path, plugins: Path, files: list[Path]
) -> None:
    out = folder(tmp_path / "out")
    command = ("run", *ENDLESS, *files, "-o", out, "--jobs", "2")
    with running(scratch, *command, ASHIM_PLUGINS_DIR=str(plugins)) as process:
        until(lambda: len(processes_in(scratch)) > 1)
        assert ctrl_c(process, scratch) == (130, "", "")
    assert names_in(scratch) == []
    assert names_in(out) == []


@pytest.mark.parametrize("count", [1, 3])
def test_on_a_server(
    tmp_path: Path, scratch: Path, plugins: Path, files: list[Path], count: int
) -> None:
    out, data = folder(tmp_path / "out"), tmp_path / "data"
    environment = {"ASHIM_PLUGINS_DIR": str(plugins), "PROCESSING_TIMEOUT_S": "60"}
    with live_server(data, **environment) as server:
        command = ("run", *ENDLESS, *files[:count], "-o", out, "--server", server.address)
        with running(scratch, *command) as process:
            until(lambda: active(server) > 0)
            assert ctrl_c(process, scratch) == (130, "", "")
        until(lambda: active(server) == 0)
        until(lambda: not list(data.glob("work/*/*")) and not list(data.glob("jobs/*")))
        # Its end is written down when all of it is gone.
        until(lambda: statuses(server) == ["cancelled"])
    assert names_in(scratch) == []
    assert names_in(out) == []


def statuses(server: LiveServer) -> list[str]:
    return [job["status"] for job in get_json(f"{server.address}/api/v1/jobs")["jobs"]]


def active(server: LiveServer) -> int:
    return int(get_json(f"{server.address}/api/v1/admin/health")["queue"]["active"])
