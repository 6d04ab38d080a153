"""The one end of a job, whoever waits for it: told once, after it is in its place."""

import io
import json
import logging
import sys
import threading
import time
from typing import Any

import pytest

from ashim_core import events
from ashim_core.events import Event, Events
from ashim_core.testing import MakeClient, ToolClient, sample
from tests.data import plain
from tests.patience import PATIENCE_S, until

PNG = sample("rgb")


class Heard(list[Event]):
    """Remembers what was told, and waits for it."""

    def one(self) -> Event:
        until(lambda: self)
        (event,) = self
        return event


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(plain)


@pytest.fixture
def heard(client: ToolClient, monkeypatch: pytest.MonkeyPatch) -> Heard:
    found = Heard()
    own = Events()
    own.listen("heard", found.append)
    monkeypatch.setattr(client.core.jobs, "_events", own)
    return found


def post(client: ToolClient, path: str, *files: bytes, headers: Any = None, **form: Any) -> Any:
    form["file"] = [(io.BytesIO(data), f"{number}.png") for number, data in enumerate(files)]
    answer = client.http.post(f"/api/v1/{path}", data=form, headers=headers or {})
    answer.get_data()
    answer.close()
    return answer


@pytest.mark.parametrize("headers", [{}, {"Accept": "application/json"}], ids=["file", "json"])
def test_a_job_whose_caller_waits(client: ToolClient, heard: Heard, headers: Any) -> None:
    answer = post(client, "tools/same", PNG, headers=headers)
    event = heard.one()
    assert event.name == "job.completed"
    assert event.data["jobId"] == answer.headers["X-Job-Id"]
    assert {
        "kind": "tool",
        "tools": ["same"],
        "files": 1,
        "failed": 0,
    }.items() <= event.data.items()
    assert event.data["code"] is None
    assert event.data["seconds"] >= 0
    assert abs(event.at - time.time()) < PATIENCE_S


@pytest.mark.parametrize(
    ("tool", "headers", "status"),
    [("refuse", {}, 422), ("refuse", {"Prefer": "respond-async"}, 202)],
    ids=["waits", "in the background"],
)
def test_a_job_that_fails(
    client: ToolClient, heard: Heard, tool: str, headers: Any, status: int
) -> None:
    assert post(client, f"tools/{tool}", PNG, headers=headers).status_code == status
    event = heard.one()
    assert (event.name, event.data["code"], event.data["failed"]) == (
        "job.failed",
        "NO_FACE_FOUND",
        1,
    )


def test_a_job_in_the_background(client: ToolClient, heard: Heard) -> None:
    answer = post(client, "tools/pages", PNG, headers={"Prefer": "respond-async"})
    event = heard.one()
    assert (event.name, event.data["jobId"]) == ("job.completed", answer.json["jobId"])
    # It is told when everybody can see it.
    job: Any = client.http.get(answer.json["statusUrl"]).json
    assert job["status"] == "completed"


@pytest.mark.parametrize("form", [{}, {"stream": "true"}], ids=["whole", "as it is made"])
def test_a_batch_in_which_some_fail(client: ToolClient, heard: Heard, form: Any) -> None:
    answer = post(client, "tools/same/batch", PNG, b"no picture", PNG, **form)
    assert answer.status_code == 200, answer.text
    event = heard.one()
    assert (event.name, event.data["kind"]) == ("batch.completed", "batch")
    assert (event.data["files"], event.data["failed"]) == (3, 1)


@pytest.mark.parametrize("form", [{}, {"stream": "true"}], ids=["whole", "as it is made"])
def test_a_batch_in_which_all_fail(client: ToolClient, heard: Heard, form: Any) -> None:
    answer = post(client, "tools/same/batch", b"no picture", b"nor this", **form)
    assert answer.status_code >= 400
    assert heard.one().name == "batch.failed"


def test_a_pipeline_names_all_of_its_tools(client: ToolClient, heard: Heard) -> None:
    steps = json.dumps([{"toolId": "unchanged"}, {"toolId": "mirror"}])
    post(client, "pipeline/execute", PNG, pipeline=steps)
    assert heard.one().data["tools"] == ["same", "mirror"]


def test_work_of_the_server_itself_is_no_job_of_anybody(client: ToolClient, heard: Heard) -> None:
    assert post(client, "files/upload", PNG).status_code in (200, 201)
    post(client, "tools/same", PNG)
    assert heard.one().data["tools"] == ["same"]


def event(number: int = 0) -> Event:
    return Event("job.completed", 0, "", {"jobId": str(number)})


def test_a_listener_that_fails_disturbs_nobody(caplog: pytest.LogCaptureFixture) -> None:
    heard, told = Heard(), Events()
    told.listen("one", lambda _: 1 / 0)
    told.listen("another", heard.append)
    with caplog.at_level(logging.ERROR):
        for number in range(3):
            told.emit(event(number))
        told.close()
    assert [item.data["jobId"] for item in heard] == ["0", "1", "2"]
    assert caplog.messages == ["one failed at job.completed"] * 3


def test_one_that_wants_to_end_the_process_ends_nothing() -> None:
    heard, told = Heard(), Events()
    told.listen("one", lambda _: sys.exit(1))
    told.listen("another", heard.append)
    told.emit(event())
    told.emit(event(1))
    told.close()
    assert [item.data["jobId"] for item in heard] == ["0", "1"]


def test_a_job_whose_result_finds_no_place_is_over_too(
    client: ToolClient, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client.core.jobs, "_record", lambda *_: 1 / 0)
    monkeypatch.setitem(client.http.application.config, "PROPAGATE_EXCEPTIONS", False)
    assert post(client, "tools/same", PNG).status_code == 500
    assert heard.one().name == "job.failed"


def test_one_that_hangs_keeps_no_job_waiting(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(events, "_MOST", 2)
    monkeypatch.setattr(events, "_STOP_S", 0)
    told = Events()
    told.listen("one", lambda _: time.sleep(600))
    begin = time.process_time()
    for number in range(10):
        told.emit(event(number))
    assert time.process_time() - begin < 1
    assert "one isn't told of job.completed: too many events wait" in caplog.messages


def test_one_that_hangs_keeps_no_other_from_hearing() -> None:
    heard, told = Heard(), Events()
    hangs = threading.Event()
    told.listen("one", lambda _: hangs.wait())
    told.listen("another", heard.append)
    told.emit(event())
    assert heard.one().data == {"jobId": "0"}
    hangs.set()
    told.close()


def test_without_events_there_is_no_thread() -> None:
    before = threading.active_count()
    told = Events()
    told.listen("one", lambda _: None)
    assert threading.active_count() == before
    told.emit(event())
    assert threading.active_count() == before + 1
    told.close()
    assert threading.active_count() == before
