"""A web process that is killed: its jobs are over soon, not when it is time to clean up."""

import os
import shutil
import signal
from pathlib import Path

from ashim_core.testing import sample
from tests.patience import until
from tests.resilience import tools
from tests.resilience.client import ASYNC
from tests.resilience.processes import is_alive
from tests.resilience.server import Server, serving

JOBS = 6


def end(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    until(lambda: not is_alive(pid), "a killed process")


def statuses(server: Server, jobs: list[str]) -> set[tuple[str, str | None]]:
    found = [server.client.get(address).json for address in jobs]
    return {(job["status"], job.get("code")) for job in found}


def test_the_jobs_of_killed_web_processes_have_failed(tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    shutil.copyfile(str(tools.__file__), tmp_path / "plugins" / "tools.py")
    environment = {
        "ASHIM_WEB_PROCESSES": "2",
        "CONCURRENT_JOBS": "1",
        "ASHIM_PLUGINS_DIR": str(tmp_path / "plugins"),
        "PROCESSING_TIMEOUT_S": "60",
        "CLEANUP_INTERVAL_MINUTES": "30",
    }
    with serving(tmp_path / "data", **environment) as server:
        started = [
            server.client.post(
                "/api/v1/tools/nap", [sample("rgb")], headers=ASYNC, settings={"seconds": 50}
            )
            for _ in range(JOBS)
        ]
        jobs = [reply.headers["location"] for reply in started]
        for pid in server.pids("web"):
            end(pid)
            until(server.is_ready, "an answer")
        until(
            lambda: statuses(server, jobs) == {("failed", "SERVER_RESTARTED")},
            "failed jobs",
        )
        work = [path for path in (server.data / "work").iterdir() if path.is_dir()]
        assert len(work) == 2
        assert not [path for folder in work for path in folder.iterdir()]
