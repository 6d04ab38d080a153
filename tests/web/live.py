"""The real server as a process of its own, on a free port of the loopback interface."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START_SECONDS = 30


@contextmanager
def live_server(data_dir: Path, **environment: str) -> Iterator[str]:
    """Run `ashim serve`; give its address, and end it afterwards."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "ashim_core.cli.main", "serve"],
        env={**os.environ, "PORT": str(port), "DATA_DIR": str(data_dir), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait_for(f"{address}/healthz", process)
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=START_SECONDS)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def get_json(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=START_SECONDS) as response:
        return json.load(response)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"expected the server to start: {process.communicate()[0]!r}")
        try:
            get_json(url)
        except urllib.error.URLError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"expected {url} to answer within {START_SECONDS} seconds")
