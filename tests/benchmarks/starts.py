"""What it takes until a killed worker, and a server, are there again."""

import http.client
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.benchmarks.ashim_server import ashim_server
from tests.benchmarks.endpoint import Endpoint
from tests.benchmarks.engine import Engine, own_tools, pooled
from tests.benchmarks.lab import Lab
from tests.benchmarks.processes import private_bytes
from tests.benchmarks.report import Row, at_most, plain

_WORKER_S, _WORKER_MB = 0.15, 16
_MEGA = 1_000_000
_PATIENCE_S = 60
_LOOK_S = 0.01


def run(lab: Lab) -> Iterator[Row]:
    with pooled(own_tools("jobs", besides=True), lab.fresh("engine"), workers=1) as engine:
        engine.run("nothing")
        restarts = [_restart(engine) for _ in range(lab.rounds)]
    costs, sizes = zip(*restarts, strict=True)
    yield at_most(
        "-",
        "worker killed to its next result, all packages, CPU",
        median(costs),
        _WORKER_S,
        unit="s",
        more=f"worst {max(costs):.3f}",
    )
    megabytes = max(sizes) / _MEGA
    yield at_most("-", "memory that only this worker has", megabytes, _WORKER_MB, unit="MB")
    folder = lab.fresh("server")
    _start(folder)  # the first one draws a picture, and makes a database
    starts = [_start(folder) for _ in range(lab.rounds)]
    yield plain(
        "start of a server to ready, CPU of all processes",
        f"{median(starts):.2f} s ({min(starts):.2f} to {max(starts):.2f})",
    )


def _restart(engine: Engine) -> tuple[float, int]:
    """Kill the only worker; give the CPU until the next one has done a task, and its memory."""
    (before,) = engine.workers()
    start = engine.cpu()
    os.kill(before, signal.SIGKILL)
    _until_gone(engine, before)
    engine.run("nothing")
    spent = engine.cpu() - start
    (worker,) = engine.workers()
    return spent, private_bytes(worker)


def _until_gone(engine: Engine, worker: int) -> None:
    """Wait until another worker has come: a task that is sent too early dies with this one."""
    deadline = time.monotonic() + _PATIENCE_S
    while (there := engine.workers()) == [worker] or not there:
        if time.monotonic() > deadline:
            raise RuntimeError("expected another worker to come")
        time.sleep(_LOOK_S)


def _start(folder: Path) -> float:
    """Start a server; give the CPU seconds from then on until it says that it is ready."""
    with ashim_server(folder) as server:
        _until_ready(server)
        return server.cpu()


def _until_ready(server: Endpoint) -> None:
    client = server.client()
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if client.get("/readyz").status == http.client.OK:
                client.close()
                return
        except OSError:
            client.close()
        time.sleep(_LOOK_S)
    raise RuntimeError("expected the server to become ready")
