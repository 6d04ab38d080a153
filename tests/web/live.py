"""The real server as a process of its own, on a free port of the loopback interface."""

import json
import os
import secrets
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ashim_core.testing import sample
from tests.patience import PATIENCE_S
from tests.started import Started, start

_FOR_SERVERS = range(10_000, 32_768)
"""Ports below those that callers are given: /proc/sys/net/ipv4/ip_local_port_range."""
_QUIET = {"AUTH_ENABLED": "false", "RATE_LIMIT_PER_MIN": "0"}
"""What a test of something else than signing in and counting requests wants."""


@dataclass(frozen=True)
class LiveServer:
    """A running server: its process, its address, and the file that holds what it prints."""

    process: Started
    address: str
    output: Path

    def web_processes(self) -> list[int]:
        """Give the ids of the processes that answer."""
        pid = self.process.pid
        return [int(it) for it in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def printed_until(self, words: str) -> str:
        """Give what was printed as soon as `words` are in it."""
        deadline = time.monotonic() + PATIENCE_S
        while words not in (text := self.output.read_text()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"expected {words!r} in what the server prints: {text}")
            time.sleep(0.05)
        return text


@contextmanager
def live_server(data_dir: Path, **environment: str) -> Iterator[LiveServer]:
    """Run `ashim serve` until it answers, and end it afterwards.

    Its picture to try things on is there already, which is quicker.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    lay_out(data_dir)
    with new_server(data_dir, **environment) as server:
        yield server


@contextmanager
def new_server(data_dir: Path, **environment: str) -> Iterator[LiveServer]:
    """Do the same for the very first start, at which it draws that picture."""
    port = free_port()
    data_dir.mkdir(parents=True, exist_ok=True)
    output = data_dir / f"printed-{port}.txt"
    with output.open("wb") as file:
        mine = {"PORT": str(port), "DATA_DIR": str(data_dir), **environment}
        process = start(["serve"], {**os.environ, **_QUIET, **mine}, file)
    server = LiveServer(process, f"http://127.0.0.1:{port}", output)
    try:
        _wait_for(server)
        yield server
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def lay_out(data_dir: Path) -> None:
    """Put the picture that a server draws at its first start into its data folder."""
    (data_dir / "sample.jpg").write_bytes(sample("jpeg"))


def free_port() -> int:
    """Give a port that nobody listens on, and that the system gives to no caller.

    Who asks a server again and again that isn't up yet may be given its very port, is then
    connected to itself, and the server finds its port in use.
    """
    while True:
        port = secrets.choice(_FOR_SERVERS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def get_json(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as response:
        return json.load(response)


def _wait_for(server: LiveServer) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise RuntimeError(f"expected the server to start: {server.output.read_text()}")
        try:
            get_json(f"{server.address}/readyz")
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"expected {server.address} to answer within {PATIENCE_S} seconds")
