"""Several processes of a host have one pool together, and none is stuck when its owner goes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ashim_core.engine.above import ignore_progress
from ashim_core.engine.task import Task, TaskResult
from ashim_core.errors import Cancelled, QueueFull, ServerBusy, ServerStopping, TimedOut
from ashim_core.executors import leader_line
from ashim_core.executors.executor import Pending
from ashim_core.executors.follower import Errand, Follower, LineBroken
from ashim_core.executors.one_per_host import OnePerHost
from ashim_core.executors.pool import PoolExecutor
from ashim_core.limits import Limits
from tests.executors.conftest import DARKROOM, FOR_EVER, Run
from tests.patience import PATIENCE_S, until

QUEUE = 8
FILES = {"baths": 1, "pause": 0.2}


class Host:
    """Processes that share a folder; here they share the process of the test as well."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._all: list[OnePerHost] = []

    def executor(self) -> OnePerHost:
        self._all.append(OnePerHost(self._folder, self._pool))
        return self._all[-1]

    def pids(self) -> set[int]:
        """Give the workers of all of them."""
        return set().union(*(one.pids() for one in self._all))

    def close(self) -> None:
        for one in self._all:
            one.close()

    @staticmethod
    def _pool() -> PoolExecutor:
        return PoolExecutor(DARKROOM, workers=1, queue_size=QUEUE, memory_mb=900, grace_s=2)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    # Sockets have short names, and folders of data have long ones.
    folder = tmp_path / ("deep" * 30) / ("deeper" * 20)
    host = Host(folder)
    yield host
    host.close()


@pytest.fixture
def pair(host: Host, task: Run) -> tuple[OnePerHost, OnePerHost]:
    """Who has the pool, and a follower."""
    owner, follower = host.executor(), host.executor()
    pid_of(owner.submit(task("granted-heavy")))
    assert owner.pids()
    return owner, follower


def pid_of(pending: Pending) -> object:
    """Give the worker that a task ran in."""
    report = pending.result().report
    assert report is not None
    return report["pid"]


def test_all_have_one_worker(host: Host, task: Run) -> None:
    some = [host.executor() for _ in range(4)]
    assert host.pids() == set(), "it starts with the first task"
    found = {pid_of(one.submit(task("granted-heavy"))) for one in some * 2}
    assert found == host.pids()
    assert len(found) == 1
    assert sum(one.load().workers for one in some) == 1


def test_those_that_come_at_once_have_one_worker_as_well(host: Host, task: Run) -> None:
    some = [host.executor() for _ in range(8)]
    found: list[object] = []
    tasks = [task("granted-heavy") for _ in some]

    def ask(one: OnePerHost, work: Task) -> None:
        while True:
            try:
                found.append(pid_of(one.submit(work)))
            except QueueFull:
                time.sleep(0.05)
            else:
                return

    threads = [threading.Thread(target=ask, args=pair) for pair in zip(some, tasks, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(some)
    assert set(found) == host.pids()


def test_a_follower_hears_how_far_its_task_is(
    pair: tuple[OnePerHost, OnePerHost], task: Run
) -> None:
    heard: list[tuple[float, str]] = []
    pending = pair[1].submit(
        task("develop", baths=10, pause=0.05), listener=lambda *said: heard.append(said)
    )
    over = threading.Event()
    pending.when_done(over.set)
    result: TaskResult = pending.result()
    assert over.wait(1)
    assert result.facts == {"baths": 10, "masked": False}
    assert Path(result.outputs[0].path).exists()
    assert any(message.startswith("Bath ") for _, message in heard)
    percents = [percent for percent, _ in heard]
    assert percents == sorted(percents)


def test_a_follower_cancels_its_task_and_no_other(
    pair: tuple[OnePerHost, OnePerHost], task: Run
) -> None:
    owner, follower = pair
    running, waiting = (follower.submit(task("develop", **FOR_EVER)) for _ in range(2))
    other = owner.submit(task("granted-heavy"))
    until(lambda: owner.load().active and owner.load().pending == 2)
    for pending in (waiting, running):
        pending.cancel()
        with pytest.raises(Cancelled):
            pending.result()
    assert pid_of(other)


def test_what_goes_wrong_is_told_to_the_follower(
    pair: tuple[OnePerHost, OnePerHost], task: Run
) -> None:
    short = task("deaf-heavy", **FOR_EVER).model_copy(
        update={"limits": Limits(seconds=0.3, pixel_time=0)}
    )
    with pytest.raises(TimedOut):
        pair[1].submit(short).result()


def test_the_queue_is_one_and_its_owners_take_turns(
    pair: tuple[OnePerHost, OnePerHost], task: Run
) -> None:
    owner, follower = pair
    running = owner.submit(task("deaf-heavy", **FOR_EVER), owner="ada")
    until(lambda: owner.load().active)
    waiting = [owner.submit(task("granted-heavy"), owner="ada") for _ in range(QUEUE - 1)]
    with pytest.raises(QueueFull, match="your tasks wait already"):
        follower.submit(task("granted-heavy"), owner="ada")
    waiting.append(follower.submit(task("granted-heavy"), owner="bob"))
    with pytest.raises(QueueFull, match="the queue is full"):
        follower.submit(task("granted-heavy"), owner="eve")
    running.cancel()
    assert all(pid_of(pending) for pending in waiting)


def test_a_follower_that_goes_takes_its_tasks_along(
    pair: tuple[OnePerHost, OnePerHost], task: Run
) -> None:
    owner, follower = pair
    lost = [follower.submit(task("develop", **FOR_EVER)) for _ in range(2)]
    until(lambda: owner.load().active and owner.load().pending)
    follower.close()
    for pending in lost:
        with pytest.raises(ServerStopping):
            pending.result()
    until(lambda: owner.load()[:2] == (0, 0))
    assert pid_of(owner.submit(task("granted-heavy")))


def test_when_the_owner_goes_a_follower_takes_over(
    pair: tuple[OnePerHost, OnePerHost], task: Run
) -> None:
    owner, follower = pair
    begun = follower.submit(task("deaf-heavy", **FOR_EVER))
    until(lambda: owner.load().active)
    waiting = [follower.submit(task("granted-heavy")) for _ in range(2)]
    before = owner.pids()
    owner.close()
    with pytest.raises(ServerBusy, match="ended from outside"):
        begun.result()
    found = {pid_of(pending) for pending in waiting}
    assert found == follower.pids() != before
    with pytest.raises(ServerStopping):
        owner.submit(task("granted-heavy"))


def test_a_cancelled_task_is_not_taken_over(pair: tuple[OnePerHost, OnePerHost], task: Run) -> None:
    owner, follower = pair
    follower.submit(task("deaf-heavy", **FOR_EVER))
    until(lambda: owner.load().active)
    waiting = follower.submit(task("develop", **FOR_EVER))
    waiting.cancel()
    owner.close()
    with pytest.raises(Cancelled):
        waiting.result()


def test_a_task_that_was_given_up_is_not_sent_twice(
    pair: tuple[OnePerHost, OnePerHost], task: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answer comes in the moment in which nobody waits for it any more."""
    owner, follower = pair
    take, close = Follower._take, Follower.close
    came, may_be_heard = threading.Event(), threading.Event()

    def take_later(*said: Any) -> None:
        came.set()
        may_be_heard.wait()
        take(*said)

    monkeypatch.setattr(Follower, "_take", take_later)
    may_be_heard.set()
    pid_of(follower.submit(task("granted-heavy")))
    came.clear()
    may_be_heard.clear()
    line = follower._follower
    assert line is not None
    given_up: list[list[Errand]] = []
    monkeypatch.setattr(line, "_gone", given_up.append)
    monkeypatch.setattr(line, "close", lambda: came.wait(PATIENCE_S) and close(line))
    monkeypatch.setattr("ashim_core.executors.follower._ANSWER_S", 0)
    with pytest.raises(LineBroken):
        line.submit(Errand(task("develop", **FOR_EVER), "", ignore_progress))
    may_be_heard.set()
    until(lambda: given_up)
    assert given_up == [[]]
    until(lambda: owner.load()[:2] == (0, 0))


def test_what_says_something_else_is_no_follower(
    pair: tuple[OnePerHost, OnePerHost], host: Host, task: Run
) -> None:
    for noise in (b"", b"S", b"S1 {}", b"Sx {}", b"X1 ", b"C7 "):
        with leader_line.connect(host._folder / "socket") as line:
            line.send_bytes(noise)
            if noise != b"C7 ":  # a task that has just ended may be cancelled
                assert line.poll(10)
                with pytest.raises((EOFError, OSError)):
                    line.recv_bytes()
    assert pid_of(pair[1].submit(task("granted-heavy")))


_OWNER = """
import sys
from pathlib import Path
from ashim_core.executors.one_per_host import OnePerHost
from ashim_core.engine.task import Task
from tests.executors.test_one_per_host import Host
executor = Host(Path(sys.argv[1])).executor()
executor.submit(Task.model_validate_json(sys.argv[2])).result()
print(*executor.pids(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def owner(host: Host, task: Run, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the pool."""
    script = tmp_path / "owner.py"
    script.write_text(f"if __name__ == '__main__':\n{_indented(_OWNER)}")
    first = task("granted-heavy").model_dump_json()
    with subprocess.Popen(
        [sys.executable, str(script), str(host._folder), first],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip().isdigit()
        yield process
        process.kill()


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def test_an_owner_that_is_killed_leaves_nobody_stuck(
    owner: subprocess.Popen[str], host: Host, task: Run
) -> None:
    follower = host.executor()
    begun = follower.submit(task("develop", **FOR_EVER))
    waiting = follower.submit(task("granted-heavy"))
    assert follower.pids() == set()
    time.sleep(0.5)
    owner.kill()
    with pytest.raises(ServerBusy):
        begun.result()
    assert {pid_of(waiting)} == follower.pids()


def test_an_owner_that_is_stopped_keeps_nobody_for_long(
    owner: subprocess.Popen[str], host: Host, task: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ashim_core.executors.follower._ANSWER_S", 0.2)
    monkeypatch.setattr("ashim_core.executors.one_per_host._PATIENCE_S", 0.5)
    follower = host.executor()
    owner.send_signal(signal.SIGSTOP)
    with pytest.raises(ServerBusy):
        follower.submit(task("granted-heavy"))
    owner.send_signal(signal.SIGCONT)
    monkeypatch.undo()
    assert pid_of(follower.submit(task("granted-heavy")))
    assert follower.pids() == set()
