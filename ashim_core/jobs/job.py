"""A job: the same steps over one group of files or many, and how far it is."""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from ashim_core.engine.task import Step, Task, TaskInput, TaskResult
from ashim_core.errors import AllFailed, AshimError, Cancelled, QueueFull, ServerBusy, StorageFull
from ashim_core.executors.executor import Executor, Pending
from ashim_core.limits import Limits

Kind = Literal["tool", "batch", "pipeline", "pipeline-batch"]
State = Literal["queued", "processing", "completed", "failed", "cancelled"]
BATCHES: frozenset[Kind] = frozenset({"batch", "pipeline-batch"})
OVER: frozenset[State] = frozenset({"completed", "failed", "cancelled"})

Save = Callable[[int, TaskResult], str | None]

_SETTLE_S = 10
"""How long to wait for the end of a task that was cancelled; its worker is killed long before."""
TICK_S = 0.25
"""How often a job looks up from waiting: is it cancelled, does its caller still listen."""


@dataclass(frozen=True)
class Plan:
    """What a caller wants: steps, and for each task its input files.

    extras: the files that go along with each task.
    owner: the account that it is for; owners take turns at the workers.
    manifest: an archive shall say what became of each input, even if none failed.
    strict: a task fails rather than to lose something of its picture.
    """

    kind: Kind
    steps: tuple[Step, ...]
    groups: tuple[tuple[TaskInput, ...], ...]
    owner: str
    extras: tuple[TaskInput, ...] = ()
    manifest: bool = False
    strict: bool = False


@dataclass(frozen=True)
class Status:
    """How far a job is. progress: percent; it never goes back."""

    state: State
    progress: float
    message: str
    completed: int
    failed: int
    total: int


@dataclass(frozen=True)
class Item:
    """What became of one task: its result, or the error that came instead.

    ms: what its steps took; until the error came, waiting included.
    saved: the id of the version in the library that its result is.
    """

    result: TaskResult | None
    error: AshimError | None
    ms: float
    saved: str | None = None

    def unwrap(self) -> TaskResult:
        """Give the result, or raise the error."""
        if self.result is None:
            raise self.error or RuntimeError("expected a result or an error")
        return self.result


class Job:
    """Runs the tasks of a plan, so many at a time. Any thread may watch and cancel it.

    folder: where each task leaves its outputs, in a folder of its own number if there are several.
    save: called with the number and the result of each task; gives the id that it is kept under.
    """

    def __init__(  # noqa: PLR0917
        self,
        id: str,
        plan: Plan,
        folder: Path,
        executor: Executor,
        limits: Limits,
        window: int,
        save: Save | None = None,
    ) -> None:
        self.id = id
        self.plan = plan
        self.items: list[Item | None] = [None] * len(plan.groups)
        self.begun = time.monotonic()
        self._folder = folder
        self._executor = executor
        self._limits = limits
        self._window = window
        self._save = save
        self._waiting = deque(range(len(plan.groups)))
        self._running: dict[int, tuple[Pending, float]] = {}
        self._done: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._cancelled = threading.Event()
        # Guards what follows, which is what others see.
        self._changed = threading.Condition()
        self._percents: dict[int, float] = {}
        self.error: AshimError | None = None
        self._status = Status("queued", 0, "", 0, 0, len(plan.groups))

    @property
    def status(self) -> Status:
        """How far it is at the moment."""
        return self._status

    def begin(self) -> None:
        """Submit the first tasks; raises QueueFull when there is no place for any."""
        self._fill(first=True)

    def run(self, tick: Callable[[], None] = lambda: None) -> None:
        """Work until all tasks are done or the job is cancelled.

        tick: called every now and then, by this thread.
        """
        for _ in self.proceed():
            tick()

    def proceed(self) -> Iterator[None]:
        """Work on as long as the caller asks for more: until all is done, or it is cancelled.

        Comes back every now and then, with or without news. Closing it stops the work.
        """
        try:
            while (self._waiting or self._running) and not self._cancelled.is_set():
                with suppress(queue.Empty):
                    self._take(self._done.get(timeout=TICK_S))
                self._fill()
                yield
        finally:
            for pending, _ in self._running.values():
                pending.cancel()

    def verdict(self) -> AshimError | None:
        """Say why the job came to nothing; None when it has a result, or several."""
        failures = [item.error for item in self.items if item is not None and item.error]
        if None in self.items:
            return Cancelled("The job was cancelled.")
        if len(failures) < len(self.items):
            return None
        one = self.plan.kind in ("tool", "pipeline")
        return failures[0] if one else _all_failed(self.plan, failures)

    def ended(self, error: AshimError | None) -> Status:
        """Give the status that it has once it is over."""
        if error is None:
            return replace(self._status, state="completed", progress=100, message="")
        state: State = "cancelled" if isinstance(error, Cancelled) else "failed"
        return replace(self._status, state=state, message="")

    def end(self, error: AshimError | None) -> None:
        """Tell everybody that it is over, once what came of it is in its place."""
        with self._changed:
            self.error, self._status = error, self.ended(error)
            self._changed.notify_all()

    def settle(self) -> None:
        """Wait until none of its tasks is at work: those that were cancelled may take a moment."""
        left = set(self._running)
        with suppress(queue.Empty):
            while left:
                left.discard(self._done.get(timeout=_SETTLE_S))

    def cancel(self) -> None:
        """Have it end soon, whatever its tasks are doing."""
        self._cancelled.set()

    def drop(self) -> None:
        """Give up a job that nobody runs."""
        self.cancel()
        self.run()

    def wait_for_change(self, seen: Status, seconds: float) -> Status:
        """Wait until the status is another one than `seen`, or so many seconds; give it."""
        with self._changed:
            self._changed.wait_for(lambda: self._status != seen, seconds)
            return self._status

    def wait(self, seconds: float) -> bool:
        """Wait until it is over, or so many seconds; say whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._status.state in OVER, seconds)

    def _fill(self, *, first: bool = False) -> None:
        while self._waiting and len(self._running) < self._window:
            index = self._waiting[0]
            try:
                pending = self._executor.submit(
                    self._task(index), self.plan.owner, partial(self._note, index)
                )
            except (QueueFull, ServerBusy):
                # Once it has begun, there will be a next time to try.
                if first and not self._running:
                    raise
                return
            self._waiting.popleft()
            self._running[index] = (pending, time.monotonic())
            pending.when_done(partial(self._done.put, index))

    def _task(self, index: int) -> Task:
        folder = self._folder
        if len(self.items) > 1:
            folder /= str(index)
            folder.mkdir(exist_ok=True)
        return Task(
            id=f"{self.id}.{index}",
            steps=self.plan.steps,
            inputs=self.plan.groups[index],
            extras=self.plan.extras,
            folder=str(folder),
            limits=self._limits,
            strict=self.plan.strict,
        )

    def _take(self, index: int) -> None:
        """Note what became of a task."""
        pending, begin = self._running.pop(index)
        result = error = saved = None
        try:
            result = pending.result()
            saved = self._save(index, result) if self._save else None
        except AshimError as problem:
            result, error = None, problem
        waited = 1000 * (time.monotonic() - begin)
        ms = sum(step.ms for step in result.steps) if result else waited
        self.items[index] = Item(result, error, round(ms, 1), saved)
        with self._changed:
            self._percents[index] = 100
            self._publish("processing", self._status.message)

    def _note(self, index: int, percent: float, message: str) -> None:
        """Hear from a task at work."""
        with self._changed:
            if self._status.state not in OVER:
                self._percents[index] = min(percent, 99.9)
                self._publish("processing", message)

    def _publish(self, state: State, message: str) -> None:
        done = [item for item in self.items if item is not None]
        progress = sum(self._percents.values()) / len(self.items)
        self._status = Status(
            state,
            round(max(progress, self._status.progress), 1),
            message,
            sum(item.error is None for item in done),
            sum(item.error is not None for item in done),
            len(self.items),
        )
        self._changed.notify_all()


def _all_failed(plan: Plan, failures: list[AshimError]) -> AshimError:
    if all(error.code == StorageFull.code for error in failures):
        return failures[0]
    return AllFailed(
        f"None of the {len(failures)} files could be processed: {failures[0].message}",
        details=[
            {"field": group[0].name, "expected": "a file that can be processed", "received": code}
            for group, code in zip(
                plan.groups, (f"{error.code}: {error.message}" for error in failures), strict=True
            )
        ],
    )
