"""The worker pool: bounded, killable, and alive after whatever happens to its workers."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ashim_core.discovery import Sources
from ashim_core.engine.task import Step, Task, TaskInput
from ashim_core.errors import (
    AshimError,
    Cancelled,
    DecodeFailed,
    PluginFailure,
    QueueFull,
    ServerBusy,
    ServerStopping,
    TimedOut,
)
from ashim_core.executors import fork_server
from ashim_core.executors.pool import PoolExecutor
from ashim_core.executors.pool_task import PoolTask
from ashim_core.executors.process import WorkerProcess
from ashim_core.limits import Limits
from ashim_core.testing import sample
from tests.conftest import DATA
from tests.patience import PATIENCE_S, until

MakeTask = Callable[..., Task]
NAUGHTY = Sources(modules=(("naughty", str(DATA / "naughty.py")),))
TASK_SECONDS = 600
"""What nobody waits for: a task of that length ends because it was killed."""


class Progress:
    """Remembers what was reported."""

    def __init__(self) -> None:
        self.reports: list[tuple[float, str]] = []

    def __call__(self, percent: float, message: str) -> None:
        self.reports.append((percent, message))


@pytest.fixture(autouse=True)
def _spared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nobody end the fork server: it is that of all pools here, also of those of other tests.

    Of their workers nobody could tell any more how they ended.
    """
    monkeypatch.setattr(fork_server, "_end", lambda: None)


@pytest.fixture
def progress() -> Progress:
    return Progress()


@pytest.fixture
def pool() -> Iterator[PoolExecutor]:
    executor = PoolExecutor(NAUGHTY, workers=2, queue_size=2, memory_mb=768)
    yield executor
    executor.close()


@pytest.fixture
def task(tmp_path: Path) -> MakeTask:
    """Make a task for one tool on a small picture."""

    def make(tool: str, seconds_allowed: float = 20, **settings: Any) -> Task:
        number = len(list(tmp_path.iterdir()))
        folder = tmp_path / f"task{number}"
        folder.mkdir()
        picture = folder / "picture"
        picture.write_bytes(sample("rgb"))
        return Task(
            id=f"task{number}",
            steps=(Step(tool_id=tool, settings=settings),),
            inputs=(TaskInput(path=str(picture), name="a.png"),),
            folder=str(folder),
            limits=Limits(seconds=seconds_allowed),
        )

    return make


def assert_works(pool: PoolExecutor, task: MakeTask) -> None:
    assert pool.submit(task("resize", width=8)).result().outputs[0].width == 8


def started(pending: PoolTask) -> PoolTask:
    """Wait until a worker has taken the task."""
    until(lambda: pending.started)
    return pending


def test_a_full_queue_refuses_and_frees_its_places(pool: PoolExecutor, task: MakeTask) -> None:
    waiting = [pool.submit(task("sleep", seconds=1)) for _ in range(4)]
    with pytest.raises(QueueFull):
        pool.submit(task("resize", width=8))
    for pending in waiting:
        pending.result()
    assert_works(pool, task)


def test_cancelling_kills_the_worker(
    pool: PoolExecutor, task: MakeTask, caplog: pytest.LogCaptureFixture
) -> None:
    endless = task("sleep", seconds_allowed=TASK_SECONDS, seconds=TASK_SECONDS)
    pending = started(pool.submit(endless))
    before = pool.pids()
    pending.cancel()
    with pytest.raises(Cancelled):
        pending.result()
    until(lambda: pool.pids() != before)
    assert_works(pool, task)
    assert caplog.messages == [], "nothing has gone wrong"


def test_cancelling_while_waiting(pool: PoolExecutor, task: MakeTask) -> None:
    running = [pool.submit(task("sleep", seconds=1)) for _ in range(2)]
    waiting = pool.submit(task("sleep", seconds=60))
    waiting.cancel()
    with pytest.raises(Cancelled):
        waiting.result()
    for pending in running:
        pending.result()
    assert_works(pool, task)


def test_the_time_limit_counts_from_the_start_of_the_work(
    pool: PoolExecutor, task: MakeTask
) -> None:
    """Waiting for a worker is not held against a task."""
    running = [pool.submit(task("sleep", seconds=2.5)) for _ in range(2)]
    waiting = pool.submit(task("sleep", seconds_allowed=2, seconds=0))
    waiting.result()
    for pending in running:
        pending.result()


def test_a_task_that_takes_too_long_is_ended(pool: PoolExecutor, task: MakeTask) -> None:
    begin = time.monotonic()
    with pytest.raises(TimedOut):
        pool.submit(task("sleep", seconds_allowed=0.5, seconds=TASK_SECONDS)).result()
    assert time.monotonic() - begin < PATIENCE_S


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_killing_idle_workers_breaks_nothing(
    pool: PoolExecutor, task: MakeTask, number: int
) -> None:
    assert_works(pool, task)
    for _ in range(2):
        for pid in pool.pids():
            os.kill(pid, number)
        time.sleep(0.2)
        assert_works(pool, task)


def test_killing_one_worker_leaves_the_other_task_alone(pool: PoolExecutor, task: MakeTask) -> None:
    slow = started(pool.submit(task("sleep", seconds=1)))
    with pytest.raises(DecodeFailed):
        pool.submit(task("die", signal=signal.SIGSEGV)).result()
    slow.result()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_somebody_kills_is_not_held_against_the_picture(
    pool: PoolExecutor, task: MakeTask, number: int
) -> None:
    with pytest.raises(ServerBusy):
        pool.submit(task("die", signal=number)).result()


def test_a_tool_that_ends_its_process_is_to_blame_itself(
    pool: PoolExecutor, task: MakeTask
) -> None:
    with pytest.raises(PluginFailure, match="'vanish' ended its worker process, with code 7"):
        pool.submit(task("vanish", signal=7)).result()
    assert_works(pool, task)


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        ("leave", "'leave' failed: SystemExit"),
        ("report-nan", "not JSON"),
        ("report-object", "not JSON"),
        ("report-surrogate", "not JSON"),
        ("report-loop", "not JSON"),
        ("report-bulk", "is the most"),
        ("report-id", "the core's name 'jobId'"),
        ("give-nothing", "neither a file nor a report"),
    ],
)
def test_a_mistake_of_a_tool_is_told_as_one_and_ends_no_worker(
    pool: PoolExecutor, task: MakeTask, tool: str, words: str
) -> None:
    assert_works(pool, task)
    before = pool.pids()
    with pytest.raises(AshimError, match=words) as raised:
        pool.submit(task(tool, megabytes=40)).result()
    assert (raised.value.status, raised.value.code) == (500, "PLUGIN_ERROR")
    assert pool.pids() == before


def test_progress_of_long_tasks_arrives_before_the_result(
    pool: PoolExecutor, task: MakeTask, progress: Progress
) -> None:
    quick, slow = task("resize", width=8), task("sleep", seconds=0.3)
    pool.submit(quick, listener=progress).result()
    pool.submit(slow, listener=progress).result()
    assert progress.reports[:2] == [(0, ""), (0, "")], "expected to hear that work has begun"
    assert [message for _, message in progress.reports[2:]] == ["Writing"]


def test_a_worker_that_is_spent_is_replaced(
    pool: PoolExecutor, task: MakeTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ashim_core.executors.process._TASKS_PER_WORKER", 3)
    before = pool.pids()
    for _ in range(8):
        together = [pool.submit(task("resize", width=8)) for _ in range(4)]
        assert all(pending.result().outputs for pending in together)
    assert not before & pool.pids()


def test_workers_that_cannot_start_are_not_started_in_a_hurry(tmp_path: Path) -> None:
    broken = Sources(plugins_dir=tmp_path / "broken", entry_points=False)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "suicide.py").write_text("import os; os._exit(3)")
    executor = PoolExecutor(broken, workers=1, queue_size=1, memory_mb=768)
    seen: set[int] = set()
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        seen |= executor.pids()
        time.sleep(0.01)
    executor.close()
    assert 1 <= len(seen) <= 3


class Unlucky:
    """Has the start of every worker fail, until it is told to end."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
        self.failing = True
        start = PoolExecutor._start_worker

        def fail(pool: PoolExecutor) -> None:
            if self.failing:
                raise error
            start(pool)

        monkeypatch.setattr(PoolExecutor, "_start_worker", fail)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError("the fork server is gone"),
        BlockingIOError("no more processes"),
        OSError(errno.EMFILE, "no more files"),
        EOFError("the fork server has just gone"),
        MemoryError("which nobody thought of"),
    ],
)
def test_a_pool_that_cannot_start_workers_refuses_and_comes_back(
    pool: PoolExecutor, task: MakeTask, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    assert_works(pool, task)
    unlucky = Unlucky(monkeypatch, error)
    for pid in pool.pids():
        os.kill(pid, signal.SIGKILL)
    until(pool.trouble)
    for _ in range(3):
        with pytest.raises(ServerBusy, match="No worker process can be started"):
            pool.submit(task("resize", width=8)).result()
    unlucky.failing = False
    until(lambda: not pool.trouble())
    assert_works(pool, task)


def test_who_waits_hears_that_no_worker_can_be_started(
    pool: PoolExecutor, task: MakeTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = [started(pool.submit(task("sleep", seconds=60))) for _ in range(2)]
    waiting = pool.submit(task("resize", width=8))
    Unlucky(monkeypatch, BlockingIOError("no more processes"))
    for pid in pool.pids():
        os.kill(pid, signal.SIGKILL)
    for pending in (*running, waiting):
        with pytest.raises(ServerBusy):
            pending.result()


@pytest.mark.parametrize(
    "words",
    [
        *("", "P", "Pmuch", "P\xff 1", "P1e999", "R", "R{", "R\xff", "X"),
        *(
            "T",
            "T1e9",
            "Ttask0",
            "Ttask0 ",
            "Ttask0 much",
            "Ttask0 1e9",
            "Ttask0 nan",
            "Ttask0 \xff",
        ),
    ],
)
def test_a_worker_that_talks_nonsense_does_no_harm(
    pool: PoolExecutor, task: MakeTask, words: str
) -> None:
    with suppress(AshimError):
        pool.submit(task("babble", words=words)).result()
    while True:  # the next one may be told to try again, but not get what isn't for it
        try:
            assert_works(pool, task)
        except ServerBusy:
            continue
        break


def test_a_worker_that_is_being_buried_is_given_nothing(
    pool: PoolExecutor, task: MakeTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its line is closed at any moment, and half of a message may have gone out."""
    assert_works(pool, task)
    bury = WorkerProcess.bury
    found: list[bool] = []

    def watched(one: WorkerProcess[PoolTask]) -> int | None:
        found.append(one.pid in pool.pids())
        return bury(one)

    monkeypatch.setattr(WorkerProcess, "bury", watched)
    for pid in pool.pids():
        os.kill(pid, signal.SIGKILL)
    until(lambda: found)
    assert_works(pool, task)
    assert not any(found)


def test_closing_lets_nobody_wait_for_ever(task: MakeTask) -> None:
    executor = PoolExecutor(NAUGHTY, workers=1, queue_size=2, memory_mb=768)
    waiting = [executor.submit(task("sleep", seconds=60)) for _ in range(3)]
    executor.close()
    for pending in waiting:
        with pytest.raises(ServerStopping):
            pending.result()


def test_workers_die_with_the_process_that_wanted_them(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import time\n"
        "from ashim_core.discovery import Sources\n"
        "from ashim_core.executors.pool import PoolExecutor\n"
        "if __name__ == '__main__':\n"
        "    pool = PoolExecutor(Sources(), workers=1, queue_size=1, memory_mb=768)\n"
        "    print(*pool.pids(), flush=True)\n"
        "    time.sleep(60)\n"
    )

    parent = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pids = [int(word) for word in parent.stdout.readline().split()]
    assert len(pids) == 1
    time.sleep(0.5)
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < deadline, "expected the workers to be gone"
        time.sleep(0.05)


def test_there_are_as_many_workers_as_there_is_work_for(
    task: MakeTask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    executor = PoolExecutor(NAUGHTY, workers=3, queue_size=4, memory_mb=768)
    try:
        assert_works(executor, task)
        assert len(executor.pids()) == 1
        endless = [executor.submit(task("sleep", seconds=60)) for _ in range(5)]
        until(lambda: executor.load() == (3, 2, 3))
        for pending in endless:
            pending.cancel()
        together = [executor.submit(task("sleep", seconds=0.1)) for _ in range(3)]
        assert all(pending.result() for pending in together)
        monkeypatch.setattr("ashim_core.executors.pool._IDLE_S", 0.2)
        until(lambda: len(executor.pids()) == 1)
        before = executor.pids()
        time.sleep(1)
        assert executor.pids() == before, "one stays"
        for _ in range(50):  # while others are sent away, no task is lost
            monkeypatch.setattr("ashim_core.executors.pool._IDLE_S", 0.001)
            together = [executor.submit(task("resize", width=8)) for _ in range(3)]
            assert all(pending.result().outputs for pending in together)
    finally:
        executor.close()
    assert caplog.messages == [], "nothing has gone wrong"


def test_closing_leaves_no_process(task: MakeTask) -> None:
    executor = PoolExecutor(NAUGHTY, workers=2, queue_size=2, memory_mb=768)
    assert_works(executor, task)
    pids = executor.pids()
    executor.close()
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_one_owner_leaves_places_for_others(task: MakeTask) -> None:
    executor = PoolExecutor(NAUGHTY, workers=1, queue_size=8, memory_mb=768)
    try:
        executor.submit(task("sleep", seconds=0), "greedy").result()
        for _ in range(1 + 7):
            executor.submit(task("sleep", seconds=60), "greedy")
        with pytest.raises(QueueFull, match="for other people"):
            executor.submit(task("sleep", seconds=60), "greedy")
        executor.submit(task("sleep", seconds=60), "modest")
    finally:
        executor.close()
