"""T8, T9: a pipeline, decoded once and encoded once, beside the same tools one after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ashim_core.engine.task import Step
from tests.benchmarks import direct
from tests.benchmarks.engine import Engine, inline, own_tools
from tests.benchmarks.lab import Lab
from tests.benchmarks.pairing import Contender
from tests.benchmarks.report import Row, at_most, plain

_FUSED, _SINGLE = "fused", "single"
_FLIP = Step(tool_id="rotate", settings={"flip": "horizontal"})
_TURN = Step(tool_id="rotate", settings={"angle": 90})
_CROP = Step(tool_id="crop", settings={"left": 8, "top": 8, "width": 1400, "height": 1400})
_REDUCE = Step(tool_id="resize", settings={"width": 2000})
_CROP_LARGE = Step(tool_id="crop", settings={"left": 8, "top": 8, "width": 3900, "height": 2900})
_COMPRESS = Step(tool_id="compress", settings={"quality": 80})


@dataclass(frozen=True)
class Chain:
    """Steps, and how many times what they cost one by one they may cost together.

    limit: None where it is only a figure to compare with.
    """

    key: str
    what: str
    steps: tuple[Step, ...]
    limit: float | None


def run(lab: Lab) -> Iterator[Row]:
    direct.prepare()
    with inline(own_tools("photo", besides=True), lab.fresh("engine")) as engine:
        for chain in _chains():
            yield from _rows(lab, chain, engine)


def _chains() -> list[Chain]:
    twenty = (_REDUCE, *(_FLIP, _TURN) * 8, _FLIP, _CROP, _COMPRESS)
    return [
        Chain("T9", "flip, crop, compress, 12 MP", (_FLIP, _CROP_LARGE, _COMPRESS), 0.40),
        Chain("T9", "tone, mark, compress, quality 90 between", _photo(90), 0.40),
        Chain("-", "tone, mark, compress, quality 80 between", _photo(None), None),
        Chain("-", "compress three times, the least that can be", (_COMPRESS,) * 3, None),
        Chain("T8", f"{len(twenty)} steps, 12 MP to 2000 wide first", twenty, 0.35),
    ]


def _photo(quality: int | None) -> tuple[Step, ...]:
    """Give steps that leave pixels where they are. quality: of the first two, run as one tool."""
    settings = {} if quality is None else {"quality": quality}
    tone, mark = (Step(tool_id=tool, settings=settings) for tool in ("tone", "mark"))
    return tone, mark, _COMPRESS


def _rows(lab: Lab, chain: Chain, engine: Engine) -> Iterator[Row]:
    file = lab.pictures.jpeg_12mp
    pairs = lab.measure(
        Contender(_FUSED, lambda: engine.run_steps(chain.steps, file)),
        Contender(_SINGLE, lambda: _one_by_one(engine, chain.steps, file)),
        repeats=1,
    )
    cpu, wall = (pairs.ratio(_FUSED, _SINGLE, quantity) for quantity in ("cpu", "wall"))
    costs = ", ".join(f"{pairs.cost(name, 'cpu'):.2f} s" for name in (_FUSED, _SINGLE))
    what = f"{chain.what}: CPU / one tool after the other"
    if chain.limit is None:
        yield plain(what, f"{cpu:.3g} x ({costs})")
    else:
        yield at_most(chain.key, what, cpu, chain.limit, more=costs)
    yield plain(f"{chain.what}: wall time / the same", f"{wall:.2f} x")


def _one_by_one(engine: Engine, steps: Sequence[Step], file: Path) -> None:
    """Run each step as a task of its own on the file that the one before has left."""
    folders = []
    for step in steps:
        folders.append(folder := engine.new_folder())
        result = engine.submit(step.tool_id, file, folder=folder, **step.settings).result()
        file = Path(result.outputs[0].path)
    for folder in folders:
        folder.remove()
