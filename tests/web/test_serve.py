"""The server as a person starts it: what it prints works, and it leaves when told to."""

import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
import pyvips

from tests.patience import PATIENCE_S
from tests.web.live import LiveServer, live_server


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_printed_line_works_as_it_is_printed(tmp_path: Path) -> None:
    with live_server(tmp_path / "data") as server:
        text = server.printed_until("small.jpg")
        line = re.search(r"try +(curl .*small\.jpg)", text, re.DOTALL)
        assert line is not None, text
        subprocess.run(line[1], shell=True, check=True, cwd=tmp_path, timeout=PATIENCE_S)
    assert pyvips.Image.new_from_file(str(tmp_path / "small.jpg")).width == 800


def test_it_says_where_it_is_and_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "broken_tool.py").write_text("1/0")
    environment = {"ASHIM_TYPO": "1", "ASHIM_PLUGINS_DIR": str(tmp_path)}
    with live_server(tmp_path / "data", **environment) as server:
        text = server.printed_until("to see the whole error")
    assert f"docs    {server.address}/api/docs" in text
    assert "resize" in text
    assert "ASHIM_TYPO is set, but nothing reads it" in text
    assert "failed  ashim_local_broken_tool (broken_tool.py)" in text


def test_it_leaves_when_told_to_and_takes_its_workers_along(tmp_path: Path) -> None:
    with live_server(tmp_path / "data") as server:
        family = descendants(server)
        assert len(family) > 3
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE_S) == 0
    deadline = time.monotonic() + 5
    while left := [pid for pid in family if is_alive(pid)]:
        assert time.monotonic() < deadline, f"expected {left} to be gone"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    """Say whether a process still runs; one that only waits to be reaped doesn't."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def descendants(server: LiveServer) -> list[int]:
    """Give the processes that the server started, and those that they started."""
    found, waiting = [], [server.process.pid]
    while waiting:
        pid = waiting.pop()
        for task in Path(f"/proc/{pid}/task").iterdir():
            children = [int(word) for word in (task / "children").read_text().split()]
            found += children
            waiting += children
    return found
