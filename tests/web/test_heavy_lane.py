"""A picture tool in the heavy lane, in real workers: its progress is seen, and it can be ended."""

import io
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ashim_core.testing.client import ToolClient, make_client
from tests.data import darkroom
from tests.patience import until
from tests.web.test_jobs import ASYNC, ended, events
from tests.web.test_work import MASK, PICTURE, values


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToolClient]:
    """Pictures have a second there, models a minute."""
    with closing(
        make_client(
            tmp_path_factory.mktemp("heavy"),
            darkroom,
            workers=True,
            processing_timeout_s=1,
            ASHIM_PIXEL_TIME=0,
        )
    ) as client:
        yield client


def begin(client: ToolClient, path: str, **form: Any) -> Any:
    """Start a job in the background; give its description."""
    form["mask"] = (io.BytesIO(MASK), "mask.png")
    form["file"] = (io.BytesIO(PICTURE), "a.png")
    return client.http.post(f"/api/v1/{path}", data=form, headers=ASYNC).json


def status(client: ToolClient, job: Any) -> Any:
    return client.http.get(job["statusUrl"]).json


def long(baths: int) -> dict[str, Any]:
    return {"baths": baths, "pause": 0.05}


def test_it_may_take_longer_than_pictures_and_says_how_far_it_is(client: ToolClient) -> None:
    job = begin(client, "tools/develop", settings=json.dumps(long(40)))
    with client.http.get(job["progressUrl"]) as response:
        heard = events(response)
    assert any(item["message"].startswith("Bath ") for item in heard)
    percents = [item["progress"] for item in heard]
    assert percents == sorted(percents)
    assert any(0 < percent < 100 for percent in percents)
    result = heard[-1]["result"]
    assert result["facts"] == {"baths": 40, "masked": True}
    with client.http.get(result["downloadUrl"]) as download:
        assert values(download.data) == (255, 100)


def test_in_a_pipeline_its_progress_is_a_part_of_the_whole(client: ToolClient) -> None:
    steps = [{"toolId": "develop/negative"}, {"toolId": "develop", "settings": long(40)}]
    job = begin(client, "pipeline/execute", pipeline=json.dumps(steps))
    with client.http.get(job["progressUrl"]) as response:
        heard = [item for item in events(response) if item["message"].startswith("Bath ")]
    assert heard
    assert all(33 <= item["progress"] <= 67 for item in heard)


def test_what_it_writes_after_its_end_is_gone_as_well(client: ToolClient) -> None:
    """A model that is asked to end has a moment, in which its job is over for everybody else."""
    job = begin(client, "tools/scribble", settings=json.dumps({"pause": 60}))
    until(lambda: status(client, job)["message"] == "Scribbling")
    client.http.delete(job["statusUrl"])
    assert ended(client, job["statusUrl"])["status"] == "cancelled"
    until(lambda: not client.core.jobs.running)
    work = Path(client.core.config.data_dir, "work")
    assert [path for path in work.glob("*/*") if path.name == job["jobId"]] == []


def test_it_can_be_cancelled_and_the_next_one_runs(client: ToolClient) -> None:
    job = begin(client, "tools/develop", settings=json.dumps(long(1000)))
    until(lambda: status(client, job)["progress"])
    assert client.http.delete(job["statusUrl"]).status_code == 200
    assert ended(client, job["statusUrl"])["status"] == "cancelled"
    after = begin(client, "tools/develop", settings=json.dumps(long(1)))
    assert ended(client, after["statusUrl"])["status"] == "completed"
    assert not list(Path(client.core.config.data_dir, "work").glob(f"*/{job['jobId']}"))
