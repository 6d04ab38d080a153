"""T14: how late a time-out kills, and how soon a cancelled caller is answered."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from statistics import median

from ashim_core.errors import Cancelled, TimedOut
from tests.benchmarks.engine import Engine, own_tools, pooled
from tests.benchmarks.lab import Lab
from tests.benchmarks.report import Row, at_most

_ALLOWED_S = 0.5
_BEFORE_CANCEL_S = 0.1


def run(lab: Lab) -> Iterator[Row]:
    with pooled(own_tools("jobs"), lab.fresh("engine")) as engine:
        engine.run("nothing")
        late = [_overshoot(engine) for _ in range(lab.rounds)]
        yield at_most("T14", "time-out to answer", median(late), 100, unit="ms", more=_worst(late))
        answers = [_cancel(engine) for _ in range(lab.rounds)]
        yield at_most(
            "T14", "cancel to answer", median(answers), 100, unit="ms", more=_worst(answers)
        )


def _overshoot(engine: Engine) -> float:
    """Give the milliseconds that a task got beyond what it was allowed."""
    start = time.perf_counter()
    with suppress(TimedOut):
        engine.submit("wait", seconds=30, seconds_allowed=_ALLOWED_S).result()
    return 1000 * (time.perf_counter() - start - _ALLOWED_S)


def _cancel(engine: Engine) -> float:
    """Give the milliseconds from a cancel to the end of the caller's wait."""
    job = engine.submit("wait", seconds=30)
    cancelled: list[float] = []

    def cancel() -> None:
        cancelled.append(time.perf_counter())
        job.cancel()

    timer = threading.Timer(_BEFORE_CANCEL_S, cancel)
    timer.start()
    with suppress(Cancelled):
        job.result()
    return 1000 * (time.perf_counter() - cancelled[0])


def _worst(values: list[float]) -> str:
    return f"worst {max(values):.0f}"
