"""The lanes: models have workers, limits and a queue of their own, and keep nobody waiting."""

from collections.abc import Iterator
from typing import Any

import pytest

from ashim_core.discovery import discover
from ashim_core.engine.task import Task
from ashim_core.errors import Cancelled, ServerStopping, TimedOut
from ashim_core.executors.lanes import Lanes
from ashim_core.executors.local import LaneSettings, LocalPools
from ashim_core.limits import Limits
from ashim_core.testing import check_executor
from tests.executors.conftest import DARKROOM, FOR_EVER, Run
from tests.patience import until

MIB = 1024 * 1024
FAST = LaneSettings(Limits(seconds=60, memory_mb=700), workers=1, queue_size=4)
HEAVY = LaneSettings(Limits(seconds=600, memory_mb=900, threads=3), workers=1, queue_size=4)


def new_lanes(heavy: LaneSettings = HEAVY) -> Lanes:
    registry, _ = discover(DARKROOM)
    pools = LocalPools(DARKROOM, registry.host, FAST, heavy)
    return Lanes(registry, pools.start_all(), pools.limits)


@pytest.fixture
def lanes() -> Iterator[Lanes]:
    executor = new_lanes()
    yield executor
    executor.close()


def report(lanes: Lanes, task: Task) -> dict[str, Any]:
    found = lanes.submit(task).result().report
    assert found is not None
    return found


def test_lanes_are_an_executor() -> None:
    check_executor(new_lanes)


def test_each_lane_has_the_limits_that_its_operator_grants(lanes: Lanes, task: Run) -> None:
    fast, heavy = (report(lanes, task(f"granted-{lane}")) for lane in ("fast", "heavy"))
    assert (fast["memory"], heavy["memory"]) == (700 * MIB, 900 * MIB)
    assert 60 <= fast["processor_seconds"] <= 65
    assert 1800 <= heavy["processor_seconds"] <= 1805, "three processors for all of its time"
    assert fast["pid"] != heavy["pid"]


def test_the_lane_of_a_pipeline_is_that_of_its_heaviest_step(lanes: Lanes, task: Run) -> None:
    with_model = report(lanes, task("develop/negative", "develop", "granted-fast"))
    alone = report(lanes, task("develop/negative", "granted-fast"))
    assert (with_model["memory"], alone["memory"]) == (900 * MIB, 700 * MIB)


def test_the_heavy_lane_starts_with_its_first_task(lanes: Lanes, task: Run) -> None:
    report(lanes, task("granted-fast"))
    assert lanes.load().workers == len(lanes.pids()) == 1
    report(lanes, task("granted-heavy"))
    assert lanes.load().workers == len(lanes.pids()) == 2


def test_pictures_do_not_wait_for_models(lanes: Lanes, task: Run) -> None:
    endless = [lanes.submit(task("deaf-heavy", **FOR_EVER)) for _ in range(3)]
    until(lambda: lanes.load().active)
    assert report(lanes, task("granted-fast"))["memory"] == 700 * MIB
    assert (lanes.load().active, lanes.load().pending) == (1, 2)
    for pending in endless:
        pending.cancel()


def test_a_model_that_hears_of_its_end_keeps_its_worker(lanes: Lanes, task: Run) -> None:
    before = report(lanes, task("granted-heavy"))["pid"]
    told: list[str] = []
    pending = lanes.submit(
        task("develop", baths=1000, pause=0.05), listener=lambda _, message: told.append(message)
    )
    until(lambda: any(message.startswith("Bath ") for message in told))
    pending.cancel()
    with pytest.raises(Cancelled):
        pending.result()
    assert report(lanes, task("granted-heavy"))["pid"] == before


def test_one_that_does_not_hear_is_ended_with_its_worker(lanes: Lanes, task: Run) -> None:
    before = report(lanes, task("granted-heavy"))["pid"]
    pending = lanes.submit(task("deaf-heavy", **FOR_EVER))
    until(lambda: lanes.load().active)
    pending.cancel()
    with pytest.raises(Cancelled):
        pending.result()
    assert report(lanes, task("granted-heavy"))["pid"] != before


def test_the_end_of_one_task_is_not_taken_for_that_of_the_next(lanes: Lanes, task: Run) -> None:
    """Cancelled when it was done: the worker is told all the same."""
    for _ in range(20):
        pending = lanes.submit(task("develop", baths=1))
        until(lambda: not lanes.load().pending)
        pending.cancel()
        assert lanes.submit(task("develop", baths=3, pause=0.01)).result().facts == {
            "baths": 3,
            "masked": False,
        }


def test_the_time_of_a_heavy_task_ends_as_well(task: Run) -> None:
    short = LaneSettings(Limits(seconds=0.5, pixel_time=0), workers=1, queue_size=1)
    lanes = new_lanes(short)
    try:
        with pytest.raises(TimedOut):
            lanes.submit(task("deaf-heavy", **FOR_EVER)).result()
    finally:
        lanes.close()


def test_after_the_end_nothing_starts(task: Run) -> None:
    lanes = new_lanes()
    lanes.close()
    for tool in ("granted-fast", "granted-heavy"):
        with pytest.raises(ServerStopping):
            lanes.submit(task(tool))
