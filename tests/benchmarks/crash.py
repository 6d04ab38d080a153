"""T13: a worker dies of a segmentation fault while four other requests are under way."""

import time
from collections.abc import Iterator
from contextlib import suppress
from statistics import median

from ashim_core.errors import AshimError, DecodeFailed
from ashim_core.executors.executor import Pending
from tests.benchmarks.engine import Engine, own_tools, pooled
from tests.benchmarks.lab import Lab
from tests.benchmarks.report import Row, at_most

_WAIT_S = 0.3


def run(lab: Lab) -> Iterator[Row]:
    with pooled(own_tools("jobs"), lab.fresh("engine")) as engine:
        lost = [_lost_neighbours(engine) for _ in range(lab.rounds)]
        yield at_most("T13", "SIGSEGV with 4 others: neighbours lost", max(lost), 0, unit="lost")
        pauses = [_time_to_next(engine) for _ in range(lab.rounds)]
        yield at_most("T13", "crash to next result, 3 workers", median(pauses), 500, unit="ms")
    with pooled(own_tools("jobs"), lab.fresh("engine"), workers=1) as engine:
        pauses = [_time_to_next(engine) for _ in range(lab.rounds)]
        yield at_most(
            "T13", "crash to next result, the only worker", median(pauses), 500, unit="ms"
        )


def _lost_neighbours(engine: Engine) -> int:
    """Let two neighbours run and two wait while the third worker dies."""
    running = [engine.submit("wait", seconds=_WAIT_S) for _ in range(2)]
    engine.submit("crash")
    waiting = [engine.submit("wait", seconds=_WAIT_S) for _ in range(2)]
    return sum(_failed(job) for job in (*running, *waiting))


def _failed(job: Pending) -> bool:
    try:
        job.result()
    except AshimError:
        return True
    return False


def _time_to_next(engine: Engine) -> float:
    """Give the milliseconds from a crash that was answered to the result of the next job."""
    with suppress(DecodeFailed):
        engine.run("crash")
    start = time.perf_counter()
    engine.run("nothing")
    return 1000 * (time.perf_counter() - start)
