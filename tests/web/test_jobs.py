"""Jobs that their callers don't wait for: following, fetching and ending them."""

import io
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ashim_core.config import Config
from ashim_core.core import Core
from ashim_core.discovery import Sources
from ashim_core.errors import DatabaseBusy
from ashim_core.executors.executor import InlineExecutor
from ashim_core.jobs import service
from ashim_core.jobs.job import OVER, Status
from ashim_core.jobs.table import JobTable
from ashim_core.server.build import build_core
from ashim_core.testing import ToolClient, sample
from ashim_core.web import progress
from tests.conftest import DATA
from tests.patience import until

ASYNC = {"Prefer": "respond-async"}


def start(client: ToolClient, tool: str, batch: int = 0, **settings: Any) -> Any:
    """Start a job in the background; give the answer."""
    uploads = [(io.BytesIO(sample("rgb")), f"{number}.png") for number in range(max(batch, 1))]
    return client.http.post(
        f"/api/v1/tools/{tool}" + ("/batch" if batch else ""),
        data={"file": uploads, "settings": json.dumps(settings)},
        headers=ASYNC,
        content_type="multipart/form-data",
    )


def ended(client: ToolClient, address: str) -> Any:
    """Wait until a job is over; give how it is."""
    over = ("completed", "failed", "cancelled")
    return until(lambda: (job := client.http.get(address).json) and job["status"] in over and job)


def events(response: Any) -> list[Any]:
    lines = response.text.splitlines()
    return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]


def test_the_answer_says_where_to_look(client: ToolClient) -> None:
    response = start(client, "same")
    address = f"/api/v1/jobs/{response.json['jobId']}"
    assert response.status_code == 202
    assert response.headers["Location"] == address
    assert response.headers["Preference-Applied"] == "respond-async"
    # A worker may have taken it already.
    accepted = dict(response.json)
    assert accepted.pop("status") in ("queued", "processing", "completed")
    assert accepted == {
        "jobId": response.headers["X-Job-Id"],
        "async": True,
        "statusUrl": address,
        "progressUrl": f"{address}/progress",
    }
    job = ended(client, address)
    assert (job["status"], job["progress"], job["toolId"]) == ("completed", 100, "same")
    with client.http.get(job["result"]["downloadUrl"]) as download:
        assert download.mimetype == "image/png"


def test_who_waits_a_while_gets_the_result_itself(client: ToolClient) -> None:
    upload = {"file": (io.BytesIO(sample("rgb")), "a.png")}
    response = client.http.post(
        "/api/v1/tools/same", data=upload, headers={"Prefer": "respond-async, wait=10"}
    )
    with response:
        assert (response.status_code, response.mimetype) == (200, "image/png")
        assert response.headers["Preference-Applied"] == "wait=10"


def test_a_failure_is_kept_as_such(client: ToolClient) -> None:
    address = start(client, "refuse").json["statusUrl"]
    job = ended(client, address)
    assert job["status"] == "failed"
    assert job["code"]
    assert job["error"]
    assert "result" not in job


def test_the_stream_never_goes_back_and_ends_with_the_result(client: ToolClient) -> None:
    address = start(client, "same", batch=5).json["progressUrl"]
    with client.http.get(address) as response:
        assert response.mimetype == "text/event-stream"
        heard = events(response)
    assert [item["progress"] for item in heard] == sorted(item["progress"] for item in heard)
    last = heard[-1]
    assert (last["status"], last["completedFiles"], last["failedFiles"]) == ("completed", 5, 0)
    assert last["totalFiles"] == 5
    assert len(last["result"]["outputs"]) == 5


def test_whoever_comes_late_hears_the_end_at_once(client: ToolClient) -> None:
    started = start(client, "same").json
    ended(client, started["statusUrl"])
    with client.http.get(started["progressUrl"]) as response:
        assert [item["status"] for item in events(response)] == ["completed"]


def test_unknown_jobs_are_not_found(client: ToolClient) -> None:
    for path in ("0" * 32, "x", "0" * 32 + "/progress"):
        response: Any = client.http.get(f"/api/v1/jobs/{path}")
        assert (response.status_code, response.json["code"]) == (404, "NOT_FOUND")


def test_deleting_a_job_deletes_its_results(client: ToolClient, jobs: Path) -> None:
    address = start(client, "same").json["statusUrl"]
    link = ended(client, address)["result"]["downloadUrl"]
    assert client.http.delete(address).json == {"ok": True}
    assert client.http.get(address).status_code == 404
    assert client.http.get(link).status_code == 404
    assert not list(jobs.iterdir())


def test_jobs_are_listed_the_latest_first(client: ToolClient) -> None:
    ids = []
    for _ in range(3):
        started = start(client, "same").json
        ended(client, started["statusUrl"])
        ids.append(started["jobId"])
    listed: Any = client.http.get("/api/v1/jobs?limit=2").json
    assert [item["jobId"] for item in listed["jobs"]] == ids[:0:-1]


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Core]:
    """A server with one real worker, and tools that take their time."""
    config = Config(
        data_dir=tmp_path / "slow",
        concurrent_jobs=1,
        processing_timeout_s=600,
        auth_enabled=False,
        rate_limit_per_min=0,
    )
    sources = Sources(modules=(("naughty", str(DATA / "naughty.py")),))
    core = build_core(config, sources)
    yield core
    core.close()


def test_cancelling_frees_the_worker(slow: Core) -> None:
    client = ToolClient(slow)
    address = start(client, "sleep", seconds=600).json["statusUrl"]
    until(lambda: slow.jobs.executor.load().active)
    assert client.http.delete(address).json == {"ok": True}
    until(lambda: not slow.jobs.executor.load().active)
    assert ended(client, address)["status"] == "cancelled"
    work = slow.config.data_dir / "work" / slow.jobs.work.instance
    until(lambda: not list(work.iterdir()))


def test_another_process_follows_and_cancels_it(slow: Core) -> None:
    other = build_core(slow.config, Sources(entry_points=False), InlineExecutor)
    with closing(other):
        started = start(ToolClient(slow), "sleep", seconds=600).json
        there = ToolClient(other)
        assert there.http.get(started["statusUrl"]).json["status"] in ("queued", "processing")  # type: ignore[index]
        assert there.http.delete(started["statusUrl"]).json == {"ok": True}
        assert ended(there, started["statusUrl"])["status"] == "cancelled"
        with there.http.get(started["progressUrl"]) as response:
            assert events(response)[-1]["status"] == "cancelled"


def test_what_a_dead_process_was_at_has_failed(slow: Core) -> None:
    started = start(ToolClient(slow), "sleep", seconds=600).json
    # As the kernel does for a process that was killed.
    slow.jobs.work.close()
    other = build_core(slow.config, Sources(entry_points=False), InlineExecutor)
    with closing(other):
        job: Any = ToolClient(other).http.get(started["statusUrl"]).json
        assert (job["status"], job["code"]) == ("failed", "SERVER_RESTARTED")
        assert not list((slow.config.data_dir / "work").glob(f"{slow.jobs.work.instance}*"))


def test_so_many_streams_and_no_more(slow: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_listeners", progress.Listeners())
    client = ToolClient(slow)
    address = start(client, "sleep", seconds=600).json["progressUrl"]
    streams = [client.http.get(address, buffered=False) for _ in range(4)]
    refused: Any = client.http.get(address)
    assert (refused.status_code, refused.json["code"]) == (429, "RATE_LIMITED")
    streams.pop().close()
    with client.http.get(address, buffered=False) as again:
        assert again.status_code == 200
    for stream in streams:
        stream.close()
    client.http.delete(address.removesuffix("/progress"))


@pytest.mark.parametrize("question", ["update", "is_asked_to_cancel"])
def test_a_job_goes_on_when_its_progress_can_t_be_written(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    monkeypatch.setattr(service, "_WRITTEN_EVERY_S", 0)
    ask = getattr(JobTable, question)
    refused: list[str] = []

    def locked(table: JobTable, job_id: str, *status: Status, **more: Any) -> Any:
        if any(one.state in OVER for one in status):
            return ask(table, job_id, *status, **more)
        refused.append(job_id)
        raise DatabaseBusy("The database is locked.")

    monkeypatch.setattr(JobTable, question, locked)
    address = start(client, "same", batch=5).json["statusUrl"]
    job = ended(client, address)
    assert (job["status"], job["completedFiles"]) == ("completed", 5)
    assert refused
