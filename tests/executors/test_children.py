"""What a tool starts ends with its task: however the task ends, and however it was started."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ashim_core.discovery import Sources
from ashim_core.engine.task import Step, Task, TaskInput
from ashim_core.errors import AshimError, Cancelled, TimedOut
from ashim_core.executors.children import end_family
from ashim_core.executors.pool import PoolExecutor
from ashim_core.limits import Limits
from tests.conftest import DATA
from tests.patience import until

NAUGHTY = Sources(modules=(("naughty", str(DATA / "naughty.py")),), entry_points=False)
PROGRAMS = 2
"""That `breed` starts."""


@pytest.fixture
def pool() -> Iterator[PoolExecutor]:
    executor = PoolExecutor(NAUGHTY, workers=1, queue_size=2, memory_mb=768)
    yield executor
    executor.close()


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    path = tmp_path / "mark"
    path.write_bytes(b"")
    return path


def breeding(mark: Path, *, own_session: bool, work: float, allowed: float = 60) -> Task:
    settings = {"seconds": work, "ownSession": own_session}
    return Task(
        id="breeding",
        steps=(Step(tool_id="breed", settings=settings),),
        inputs=(TaskInput(path=str(mark), name="a.png"),),
        folder=str(mark.parent),
        limits=Limits(seconds=allowed),
    )


def programs(mark: Path) -> list[int]:
    """Give the programs that were started with a mark in their environment and still run."""
    wanted = f"MARK={mark}".encode()
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and wanted in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:  # it has just ended, or isn't ours
            continue
    return found


@pytest.mark.parametrize("own_session", [False, True])
def test_programs_end_with_a_task_that_succeeds(
    pool: PoolExecutor, mark: Path, own_session: bool
) -> None:
    before = pool.pids()
    assert pool.submit(breeding(mark, own_session=own_session, work=0)).result().report
    assert not programs(mark)
    assert pool.pids() == before


@pytest.mark.parametrize("own_session", [False, True])
def test_programs_end_with_a_task_that_is_cancelled(
    pool: PoolExecutor, mark: Path, own_session: bool
) -> None:
    pending = pool.submit(breeding(mark, own_session=own_session, work=60))
    until(lambda: len(programs(mark)) >= PROGRAMS)
    pending.cancel()
    with pytest.raises(Cancelled):
        pending.result()
    until(lambda: not programs(mark))


@pytest.mark.parametrize("own_session", [False, True])
def test_programs_end_with_a_task_that_takes_too_long(
    pool: PoolExecutor, mark: Path, own_session: bool
) -> None:
    pending = pool.submit(breeding(mark, own_session=own_session, work=60, allowed=2))
    with pytest.raises(TimedOut):
        pending.result()
    until(lambda: not programs(mark))


def test_programs_end_with_the_pool(pool: PoolExecutor, mark: Path) -> None:
    pending = pool.submit(breeding(mark, own_session=True, work=60))
    until(lambda: len(programs(mark)) >= PROGRAMS)
    pool.close()
    with pytest.raises(AshimError):
        pending.result()
    until(lambda: not programs(mark))  # killed they are; to be gone takes a moment


@pytest.mark.parametrize("number", [0, -1])
def test_no_number_that_means_a_group_is_killed(number: int) -> None:
    with pytest.raises(ValueError, match=f"got {number}"):
        end_family(number)
