"""T16: what handing a task to a worker and its result back takes."""

from collections.abc import Callable, Iterator

from tests.benchmarks.endpoint import SETTLE_S
from tests.benchmarks.engine import Engine, inline, own_tools, pooled
from tests.benchmarks.lab import Lab
from tests.benchmarks.pairing import Contender
from tests.benchmarks.report import Row, at_most, plain

_HERE, _POOL = "here", "pool"
_REPEATS = 100


def run(lab: Lab) -> Iterator[Row]:
    tools = own_tools("jobs")
    here, pool = inline(tools, lab.fresh("engine")), pooled(tools, lab.fresh("engine"))
    with here as local, pool as engine:
        pairs = lab.measure(
            Contender(_HERE, _nothing(local, lab)),
            Contender(_POOL, _nothing(engine, lab), engine.cpu, SETTLE_S),
            repeats=_REPEATS,
        )
    wall = 1000 * pairs.difference(_POOL, _HERE, "wall")
    yield at_most("T16", "task that does nothing: pool p50 - in process", wall, 1, unit="ms")
    cpu = 1000 * pairs.difference(_POOL, _HERE, "cpu")
    yield plain("the same, CPU of all processes", f"{cpu:.2f} ms")
    alone = 1000 * pairs.cost(_HERE, "wall")
    yield plain("the same task in process, p50", f"{alone:.2f} ms")


def _nothing(engine: Engine, lab: Lab) -> Callable[[], object]:
    """Make an act that is only the task: its folder is there before, and stays."""
    folders = iter([engine.new_folder() for _ in range(_REPEATS * (lab.rounds + 1))])
    return lambda: engine.submit("nothing", folder=next(folders)).result()
