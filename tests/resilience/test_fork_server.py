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


def renew(server: Server, workers: int) -> None:
    """Kill the fork server and some of its workers."""
    (fork_server,) = server.pids("fork server")
    end(fork_server)
    for pid in server.pids("worker")[:workers]:
        end(pid)


def begin(server: Server, seconds: float) -> str:
    """Start a job that takes a while; give its address."""
    settings = {"seconds": seconds}
    reply = server.client.post(
        "/api/v1/tools/sleep", [sample("rgb")], headers=ASYNC, settings=settings
    )
    return f"/api/v1/jobs/{reply.json['jobId']}"


def is_at_work(server: Server, address: str) -> bool:
    return bool(server.client.get(address).json["status"] == "processing")


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
    old = server.pids("worker")
    renew(server, workers=len(old))
    until(lambda: set(server.pids("worker")) - set(old), "a new worker")
    for pid in set(server.pids("worker")):
        seen = Path(f"/proc/{pid}/environ").read_bytes()
        assert b"DEFAULT_PASSWORD" not in seen
    after = reveal(server)
    assert after["environment"] == before["environment"]
    assert after["started"] == before["started"]


def test_a_job_of_an_older_worker_can_be_cancelled(server: Server) -> None:
    """The fork server, which would tell when that worker ends, is gone."""
    both = [begin(server, 40) for _ in range(2)]
    until(lambda: all(is_at_work(server, job) for job in both), "two workers at work")
    renew(server, workers=1)
    until(lambda: not all(is_at_work(server, job) for job in both), "the end of a worker")
    third = begin(server, 40)
    until(lambda: is_at_work(server, third), "a worker of the new fork server")
    for job in (*(job for job in both if is_at_work(server, job)), third):
        cancel(server, job)
    reply = server.client.post("/api/v1/tools/sleep", [sample("rgb")], settings={"seconds": 0})
    assert reply.status == 200
    busy = server.client.get("/api/v1/admin/health").json["queue"]
    assert (busy["active"], busy["pending"]) == (0, 0)
