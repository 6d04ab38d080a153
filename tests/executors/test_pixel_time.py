"""The time of a task grows with its pixels, and never beyond what the gate lets in."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pyvips

from ashim_core.discovery import Sources
from ashim_core.engine.task import Step, Task, TaskInput, TaskResult
from ashim_core.errors import AshimError, TimedOut, TooManyPixels
from ashim_core.executors.clock import Clock
from ashim_core.executors.pool import PoolExecutor
from ashim_core.limits import DEAREST, Limits
from ashim_core.testing import sample
from tests.conftest import DATA
from tests.patience import PATIENCE_S

MakeTask = Callable[..., Task]
NAUGHTY = Sources(modules=(("naughty", str(DATA / "naughty.py")),))
BASE_S, BEYOND_S = 0.5, 2.0
"""What every task has, and a time that only large pictures have."""
PLENTY = 10 * PATIENCE_S
"""Times the CPU time of its pixels: a busy machine may take its time over one megapixel."""
FOREVER_S = 600


@pytest.fixture(scope="module")
def pool() -> Iterator[PoolExecutor]:
    executor = PoolExecutor(NAUGHTY, workers=1, queue_size=2, memory_mb=768)
    yield executor
    executor.close()


@pytest.fixture
def task(tmp_path: Path) -> MakeTask:
    """Make a task for one tool on a picture."""

    def make(data: bytes, tool: str, limits: Limits, **settings: Any) -> Task:
        picture = tmp_path / "picture"
        picture.write_bytes(data)
        return Task(
            id="task",
            steps=(Step(tool_id=tool, settings=settings),),
            inputs=(TaskInput(path=str(picture), name="a.png"),),
            folder=str(tmp_path),
            limits=limits,
        )

    return make


def patiently(pool: PoolExecutor, task: Task) -> TaskResult:
    """Give the result of a task whose worker says in time how large its picture is.

    Where the machine is too busy for that, it ends after what every task has, and is tried again.
    """
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            return pool.submit(task).result()
        except TimedOut as error:
            if f"at most {BASE_S} seconds" not in error.message or time.monotonic() > end:
                raise


def large(format: str = ".png", frames: int = 1) -> bytes:
    """Give a picture of a megapixel, which costs next to nothing."""
    image = pyvips.Image.black(1000, 1000, bands=3).copy(interpretation="srgb")
    if frames > 1:
        image.set_type(pyvips.GValue.gint_type, "page-height", 1000 // frames)
    return bytes(image.write_to_buffer(format))


@pytest.mark.parametrize("tool", ["sleep", "spin"])
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(large(".png"), id="png"),
        pytest.param(large(".jpg"), id="jpeg"),
        pytest.param(large(".gif", frames=10), id="frames"),
    ],
)
def test_a_large_picture_gets_more_time_than_a_small_one(
    pool: PoolExecutor, task: MakeTask, tool: str, data: bytes
) -> None:
    """On the clock (`sleep`), and of CPU (`spin`)."""
    limits = Limits(seconds=BASE_S, pixel_time=PLENTY)
    with pytest.raises(TimedOut):
        # Of the same limits it has 0.4 s more, for its 1536 pixels.
        pool.submit(task(sample("rgb"), tool, limits, seconds=FOREVER_S)).result()
    patiently(pool, task(data, tool, limits, seconds=BEYOND_S))


@pytest.mark.parametrize("tool", ["sleep", "spin"])
def test_a_hang_ends_when_its_pixels_have_had_their_time(
    pool: PoolExecutor, task: MakeTask, tool: str
) -> None:
    limits = Limits(seconds=BASE_S, pixel_time=10)
    with pytest.raises(TimedOut) as raised:
        patiently(pool, task(large(), tool, limits, seconds=FOREVER_S))
    allowed = float(raised.value.message.split()[-2])
    assert BASE_S < allowed < limits.most_seconds


def test_without_a_factor_all_pictures_have_the_same_time(
    pool: PoolExecutor, task: MakeTask
) -> None:
    limits = Limits(seconds=BASE_S, pixel_time=0)
    with pytest.raises(TimedOut, match=f"at most {BASE_S} seconds"):
        pool.submit(task(large(), "sleep", limits, seconds=FOREVER_S)).result()


def test_a_task_has_only_its_own_time(pool: PoolExecutor, task: MakeTask) -> None:
    """What one task was allowed is forgotten with it."""
    patiently(pool, task(large(), "sleep", Limits(seconds=BASE_S, pixel_time=PLENTY), seconds=0))
    small = task(sample("rgb"), "sleep", Limits(seconds=BASE_S), seconds=FOREVER_S)
    with pytest.raises(TimedOut, match=f"at most {BASE_S} seconds"):
        pool.submit(small).result()


def test_pixels_beyond_the_gate_buy_no_time(pool: PoolExecutor, task: MakeTask) -> None:
    limits = Limits(seconds=BASE_S, pixel_time=PLENTY, megapixels=0.5)
    with pytest.raises(AshimError, match=r"expected at most 0\.5") as raised:
        patiently(pool, task(large(), "sleep", limits, seconds=FOREVER_S))
    assert raised.value.code == TooManyPixels.code


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Collect what a clock tells, and keep it from ending the tests."""
    monkeypatch.setattr(Clock, "_set", lambda self: None)
    return []


@pytest.mark.parametrize("claims", [[1e12], [60.0] * 1000, [float("inf")]])
def test_headers_add_up_to_no_more_than_the_gate_lets_in(
    told: list[float], claims: list[float]
) -> None:
    limits = Limits(seconds=10, pixel_time=2, megapixels=100)
    clock = Clock(limits, told.append)
    for seconds in claims:
        clock.allow(seconds)
    assert told[-1] == limits.most_seconds == 10 + 2 * DEAREST * 100
    assert told == sorted(set(told)), "expected to be told only when it grows"


def test_small_pictures_need_no_message(told: list[float]) -> None:
    clock = Clock(Limits(seconds=10, pixel_time=1), told.append)
    clock.allow(0.25)
    assert not told
    clock.allow(0.25)
    assert told == [10.5]


@pytest.mark.parametrize("seconds", [9.9, 210.1, float("inf"), float("nan"), -1.0])
def test_a_worker_gets_no_time_that_its_limits_do_not_have(
    pool: PoolExecutor, task: MakeTask, seconds: float
) -> None:
    """As one might ask for that a stranger's code has taken over."""
    pending = pool.submit(task(sample("rgb"), "sleep", Limits(), seconds=0))
    pending.result()
    with pytest.raises(ValueError, match="no more time"):
        pending.allow(seconds)
    assert pending.seconds == 10
