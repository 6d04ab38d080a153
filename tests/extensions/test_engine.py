"""An engine as a package: 60 lines, and everything that runs tools uses it."""

import io
from typing import Any

import pytest

from ashim_core.executors.lanes import Lanes
from ashim_core.testing import ToolClient, check_executor, sample
from tests.extensions.conftest import PACKAGES, Extended, post
from tests.patience import until

PNG = sample("rgb")


@pytest.fixture
def client(extended: Extended, monkeypatch: pytest.MonkeyPatch) -> ToolClient:
    monkeypatch.setenv("PYTHONPATH", str(PACKAGES / "toy-farm"))
    return extended("toy-farm", "ashim-essentials", workers=True)


def test_it_has_the_fast_lane_and_the_machine_has_the_other(client: ToolClient) -> None:
    executor = client.core.jobs.executor
    assert isinstance(executor, Lanes)
    assert {lane: type(one).__name__ for lane, one in executor._executors.items()} == {
        "fast": "Farm",
        "heavy": "OnePerHost",
    }
    assert executor.pids() == set(), "expected no workers of this machine"


def test_it_runs_single_tools_batches_and_what_goes_on_in_the_background(
    client: ToolClient,
) -> None:
    assert post(client, "compress").status_code == 200
    form: Any = {"file": [(io.BytesIO(PNG), f"{number}.png") for number in range(3)]}
    batch = client.http.post("/api/v1/tools/compress/batch", data=form)
    assert batch.status_code == 200
    assert batch.mimetype == "application/zip"
    batch.close()
    job = post(client, "compress", Prefer="respond-async").get_json()["jobId"]
    until(lambda: client.http.get(f"/api/v1/jobs/{job}").get_json()["status"] == "completed")


def test_it_is_an_executor_as_the_core_needs_one(
    extended: Extended, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(PACKAGES / "toy-farm"))
    monkeypatch.syspath_prepend(str(PACKAGES / "toy-farm"))
    import toy_farm

    check_executor(toy_farm.Farm)


def test_when_it_has_gone_the_server_says_so(client: ToolClient) -> None:
    executor: Any = client.core.jobs.executor
    farm = executor._executors["fast"]
    farm._process.stdin.close()
    until(lambda: client.http.get("/readyz").status_code == 503)
    assert client.http.get("/readyz").get_json()["reason"] == "workers: the farm has gone"
    assert post(client, "compress").status_code == 503
