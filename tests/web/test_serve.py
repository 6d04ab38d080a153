"""The server as a person starts it: what it prints works, and it leaves when told to."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pyvips

from ashim_core.testing import sample
from tests.conftest import DATA
from tests.patience import PATIENCE_S
from tests.web.live import LiveServer, live_server, new_server

MOSTLY_GRACE_S = 20
"""Well below what requests at work are given, and far above what a stop takes."""


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_printed_line_works_as_it_is_printed(tmp_path: Path) -> None:
    with new_server(tmp_path / "data") as server:
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
    deadline = time.monotonic() + PATIENCE_S
    while left := [pid for pid in family if is_alive(pid)]:
        assert time.monotonic() < deadline, f"expected {left} to be gone"
        time.sleep(0.05)


def test_an_idle_connection_and_a_stream_do_not_hold_it_up(tmp_path: Path) -> None:
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    shutil.copyfile(DATA / "naughty.py", plugins / "naughty.py")
    with (
        live_server(tmp_path / "data", ASHIM_PLUGINS_DIR=str(plugins)) as server,
        ExitStack() as on,
    ):
        host = urlsplit(server.address).netloc
        lines = [
            on.enter_context(closing(HTTPConnection(host, timeout=PATIENCE_S))) for _ in range(4)
        ]
        for idle in lines[1:]:
            idle.request("GET", "/healthz")
            idle.getresponse().read()
        stream = events(lines[0])
        assert stream.readline().startswith(b"id: ")
        begin = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE_S) == 0
        assert time.monotonic() - begin < MOSTLY_GRACE_S
        assert stream.read().count(b"data: ") == 1
        assert "Traceback" not in server.output.read_text()


def events(line: HTTPConnection) -> HTTPResponse:
    """Start a job that takes long; give the stream of what becomes of it."""
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        + sample("rgb")
        + b'\r\n--b\r\nContent-Disposition: form-data; name="settings"\r\n\r\n{"seconds": 9}'
        + b"\r\n--b--\r\n"
    )
    kind = "multipart/form-data; boundary=b"
    headers = {"Content-Type": kind, "Prefer": "respond-async"}
    line.request("POST", "/api/v1/tools/sleep", body, headers)
    job = json.load(line.getresponse())
    line.request("GET", job["progressUrl"])
    return line.getresponse()


def test_a_port_that_is_used_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = subprocess.run(
            [sys.executable, "-m", "ashim_core.cli.main", "serve", "--port", str(port)],
            env={**os.environ, "DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        f"Error: Another program uses port {port} of 127.0.0.1 already. End it, or choose another "
        "port with --port."
    ]


@pytest.mark.parametrize("after", ["", "tools "])
@pytest.mark.parametrize("seconds", [0, 0.2, 0.6])
def test_the_start_can_be_ended_at_any_moment(tmp_path: Path, after: str, seconds: float) -> None:
    """All processes hear it, as from systemd."""
    output = tmp_path / "printed.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "ashim_core.cli.main", "serve", "--port", "0"],
            env={**os.environ, "DATA_DIR": str(tmp_path / "data")},
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + PATIENCE_S
    while after not in output.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(2 * PATIENCE_S)
    assert "Traceback" not in output.read_text()


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
