"""T8, T9: a pipeline, decoded once and encoded once, beside the same tools one after the other."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ashim_core.engine.task import Step
from tests.benchmarks import direct
from tests.benchmarks.engine import INSTALLED, Engine, inline
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
_THREE = (_FLIP, _CROP_LARGE, _COMPRESS)
_TWENTY = (_REDUCE, *(_FLIP, _TURN) * 8, _FLIP, _CROP, _COMPRESS)


def run(lab: Lab) -> Iterator[Row]:
    direct.prepare()
    file = lab.pictures.jpeg_12mp
    with inline(INSTALLED, lab.fresh("engine")) as engine:
        for key, steps, limit, what in (
            ("T9", _THREE, 0.40, "3 steps of full size, 12 MP"),
            ("T8", _TWENTY, 0.35, f"{len(_TWENTY)} steps, 12 MP to 2000 wide first"),
        ):
            pairs = lab.measure(
                Contender(_FUSED, lambda: engine.run_steps(steps, file)),  # noqa: B023 - called here
                Contender(_SINGLE, lambda: _one_by_one(engine, steps, file)),  # noqa: B023
                repeats=1,
            )
            ratio = pairs.ratio(_FUSED, _SINGLE, "cpu")
            more = f"{pairs.cost(_FUSED, 'cpu'):.2f} s, {pairs.cost(_SINGLE, 'cpu'):.2f} s"
            yield at_most(key, f"{what}: CPU / one tool after the other", ratio, limit, more=more)
            wall = pairs.ratio(_FUSED, _SINGLE, "wall")
            yield plain(f"{what}: wall time / one tool after the other", f"{wall:.2f} x")


def _one_by_one(engine: Engine, steps: Sequence[Step], file: Path) -> None:
    """Run each step as a task of its own on the file that the one before has left."""
    folders = []
    for step in steps:
        folders.append(folder := engine.new_folder())
        result = engine.submit(step.tool_id, file, folder=folder, **step.settings).result()
        file = Path(result.outputs[0].path)
    for folder in folders:
        folder.remove()
