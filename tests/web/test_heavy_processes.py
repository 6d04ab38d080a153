"""Four web processes and one heavy lane: its owner is killed, and another one takes it over."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import DATA
from tests.patience import PATIENCE_S, until
from tests.web.live import LiveServer, live_server
from tests.web.test_jobs import ASYNC
from tests.web.test_work import PICTURE

PROCESSES = 4
OVER = {"completed", "failed", "cancelled"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "darkroom.py").write_bytes((DATA / "darkroom.py").read_bytes())
    environment = {
        "ASHIM_PLUGINS_DIR": str(plugins),
        "ASHIM_WEB_PROCESSES": str(PROCESSES),
        "CONCURRENT_JOBS": "1",
    }
    with live_server(tmp_path / "data", **environment) as server:
        yield server


def run(server: LiveServer, tool: str, headers: Any = None, settings: str = "{}") -> httpx.Response:
    """Run a tool by a connection of its own, so that any of the processes may get it."""
    return httpx.post(
        f"{server.address}/api/v1/tools/{tool}",
        files={"file": ("a.png", PICTURE)},
        data={"settings": settings},
        headers=headers,
        timeout=PATIENCE_S,
    )


def pid_of(response: httpx.Response) -> int:
    assert response.status_code == 200, response.text
    return int(response.json()["pid"])


def begin(server: LiveServer, tool: str, settings: str) -> str:
    response = run(server, tool, ASYNC, settings)
    assert response.status_code == 202, response.text
    return str(response.json()["statusUrl"])


def status(server: LiveServer, address: str) -> Any:
    return httpx.get(f"{server.address}{address}", timeout=PATIENCE_S).json()


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_one_lane_for_all_of_them_that_outlives_its_owner(server: LiveServer) -> None:
    with ThreadPoolExecutor(PROCESSES) as callers:
        found = set(
            callers.map(lambda _: pid_of(run(server, "granted-heavy")), range(5 * PROCESSES))
        )
    assert len(found) == 1, "they have one worker together"
    owner = parent(parent(found.pop()))
    assert owner in server.web_processes()

    begun = begin(server, "develop", '{"baths": 1000, "pause": 0.5}')
    until(lambda: status(server, begun)["status"] == "processing")
    waiting = [begin(server, "develop", '{"baths": 1}') for _ in range(3 * PROCESSES)]
    os.kill(owner, signal.SIGKILL)
    response = run(server, "granted-heavy")
    if response.status_code != 200:  # it went to the one that was killed, or waited there
        response = run(server, "granted-heavy")
    assert parent(parent(pid_of(response))) not in {owner, 0, 1}

    until(lambda: all(status(server, job)["status"] in OVER for job in (begun, *waiting)))
    ends = [status(server, job) for job in waiting]
    assert status(server, begun)["status"] == "failed"
    done = [end for end in ends if end["status"] == "completed"]
    lost = [end["code"] for end in ends if end["status"] != "completed"]
    assert set(lost) <= {"SERVER_RESTARTED"}, "only those of the process that was killed"
    assert done, "the others were taken over"
