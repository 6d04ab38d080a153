"""The process that workers come from can be killed like any other."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ashim_core.testing import sample
from tests.conftest import DATA
from tests.patience import until
from tests.resilience.client import ASYNC
from tests.resilience.processes import is_alive
from tests.resilience.server import Server, serving

SECRET = {"DEFAULT_PASSWORD": "correct horse battery"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("fork-server")
    plugins = folder / "plugins"
    plugins.mkdir()
    shutil.copyfile(DATA / "naughty.py", plugins / "naughty.py")
    environment = {
        "ASHIM_PLUGINS_DIR": str(plugins),
        "CONCURRENT_JOBS": "2",
        "PROCESSING_TIMEOUT_S": "50",
    }
    with serving(folder / "data", **environment, **SECRET) as running:
        yield running


def end(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    until(lambda: not is_alive(pid), f"{pid} to be gone")


def renew(server: Server) -> None:
    """Kill the fork server and a worker; wait for the worker that comes in its place."""
    old = server.pids("worker")
    (fork_server,) = server.pids("fork server")
    end(fork_server)
    end(old[0])
    until(lambda: len(server.pids("worker")) == len(old), "a new worker")


def cancel(server: Server, address: str) -> None:
    assert server.client.send("DELETE", address).status == 200
    until(
        lambda: server.client.get(address).json["status"] == "cancelled",
        "a cancelled job",
    )


def reveal(server: Server) -> Any:
    reply = server.client.post("/api/v1/tools/reveal", [])
    assert reply.status == 200, reply.body
    return reply.json


def test_workers_of_a_new_fork_server_see_no_secret_either(server: Server) -> None:
    before = reveal(server)
    renew(server)
    for pid in set(server.pids("worker")):
        seen = Path(f"/proc/{pid}/environ").read_bytes()
        assert b"DEFAULT_PASSWORD" not in seen
    after = reveal(server)
    assert after["environment"] == before["environment"]
    assert after["started"] == before["started"]


def test_a_job_of_an_older_worker_can_be_cancelled(server: Server) -> None:
    """The fork server, which would tell when that worker ends, is gone."""
    renew(server)
    jobs = [
        server.client.post(
            "/api/v1/tools/sleep", [sample("rgb")], headers=ASYNC, settings={"seconds": 40}
        ).json["jobId"]
        for _ in range(2)
    ]
    for job in jobs:
        cancel(server, f"/api/v1/jobs/{job}")
    reply = server.client.post("/api/v1/tools/sleep", [sample("rgb")], settings={"seconds": 0})
    assert reply.status == 200
    busy = server.client.get("/api/v1/admin/health").json["queue"]
    assert (busy["active"], busy["workers"]) == (0, 2)
