"""The one end of a job, whoever waits for it: told once, after it is in its place."""

import io
import json
import logging
import sys
import time
from typing import Any

import pytest

from ashim_core.jobs import events
from ashim_core.jobs.events import Events, JobEvent
from ashim_core.testing import MakeClient, ToolClient, sample
from tests.data import plain
from tests.patience import PATIENCE_S, until

PNG = sample("rgb")


class Heard(list[JobEvent]):
    """Remembers what was told, and waits for it."""

    def one(self) -> JobEvent:
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
    own.listen(found.append)
    monkeypatch.setattr(client.core.jobs, "events", own)
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
    assert event.job_id == answer.headers["X-Job-Id"]
    assert (event.kind, event.tools, event.files, event.failed) == ("tool", ("same",), 1, 0)
    assert event.code is None
    assert event.seconds >= 0
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
    assert (event.name, event.code, event.failed) == ("job.failed", "NO_FACE_FOUND", 1)


def test_a_job_in_the_background(client: ToolClient, heard: Heard) -> None:
    answer = post(client, "tools/pages", PNG, headers={"Prefer": "respond-async"})
    event = heard.one()
    assert (event.name, event.job_id) == ("job.completed", answer.json["jobId"])
    # It is told when everybody can see it.
    job: Any = client.http.get(answer.json["statusUrl"]).json
    assert job["status"] == "completed"


@pytest.mark.parametrize("form", [{}, {"stream": "true"}], ids=["whole", "as it is made"])
def test_a_batch_in_which_some_fail(client: ToolClient, heard: Heard, form: Any) -> None:
    answer = post(client, "tools/same/batch", PNG, b"no picture", PNG, **form)
    assert answer.status_code == 200, answer.text
    event = heard.one()
    assert (event.name, event.kind) == ("job.completed", "batch")
    assert (event.files, event.failed) == (3, 1)


@pytest.mark.parametrize("form", [{}, {"stream": "true"}], ids=["whole", "as it is made"])
def test_a_batch_in_which_all_fail(client: ToolClient, heard: Heard, form: Any) -> None:
    answer = post(client, "tools/same/batch", b"no picture", b"nor this", **form)
    assert answer.status_code >= 400
    assert heard.one().name == "job.failed"


def test_a_pipeline_names_all_of_its_tools(client: ToolClient, heard: Heard) -> None:
    steps = json.dumps([{"toolId": "unchanged"}, {"toolId": "mirror"}])
    post(client, "pipeline/execute", PNG, pipeline=steps)
    assert heard.one().tools == ("same", "mirror")


def test_work_of_the_server_itself_is_no_job_of_anybody(client: ToolClient, heard: Heard) -> None:
    assert post(client, "files/upload", PNG).status_code in (200, 201)
    post(client, "tools/same", PNG)
    assert heard.one().tools == ("same",)


def event(number: int = 0) -> JobEvent:
    return JobEvent("job.completed", 0, str(number), "", "tool", ("same",), 1, 0, 0.1)


def test_a_listener_that_fails_disturbs_nobody(caplog: pytest.LogCaptureFixture) -> None:
    heard, told = Heard(), Events()
    told.listen(lambda _: 1 / 0)  # type: ignore[arg-type]
    told.listen(heard.append)
    with caplog.at_level(logging.ERROR):
        for number in range(3):
            told.emit(event(number))
        told.close()
    assert [item.job_id for item in heard] == ["0", "1", "2"]
    assert caplog.messages == [f"A listener failed at job.completed of {n}" for n in range(3)]


def test_one_that_wants_to_end_the_process_ends_nothing() -> None:
    heard, told = Heard(), Events()
    told.listen(lambda _: sys.exit(1))
    told.listen(heard.append)
    told.emit(event())
    told.emit(event(1))
    told.close()
    assert [item.job_id for item in heard] == ["0", "1"]


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
    told.listen(lambda _: time.sleep(600))
    begin = time.process_time()
    for number in range(10):
        told.emit(event(number))
    assert time.process_time() - begin < 1
    assert "job.completed of 9 is told to nobody: too many wait" in caplog.messages


def test_without_listeners_there_is_no_thread() -> None:
    told = Events()
    told.emit(event())
    assert told._thread is None
    told.close()
