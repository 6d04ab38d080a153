"""What each tool costs on 12 MP, beside the bare libvips operations that it consists of."""

from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import direct
from tests.benchmarks.bare import (
    Case,
    adjustments,
    essentials,
    layout_frames,
    layout_joined,
    watermark_pictures,
    watermark_text,
)
from tests.benchmarks.engine import INSTALLED, Engine, inline
from tests.benchmarks.lab import Lab
from tests.benchmarks.pairing import Contender
from tests.benchmarks.report import Row, at_most

_OURS, _BARE = "ashim", "libvips"
_MOST = 1.5

CASES: tuple[Case, ...] = (
    *essentials.CASES,
    *adjustments.CASES,
    *layout_frames.CASES,
    *layout_joined.CASES,
    *watermark_pictures.CASES,
    *watermark_text.CASES,
)


def run(lab: Lab) -> Iterator[Row]:
    direct.prepare()
    with inline(INSTALLED, lab.fresh("engine")) as engine:
        for case in CASES:
            yield _row(lab, engine, case)


def _row(lab: Lab, engine: Engine, case: Case) -> Row:
    files: list[Path] = [lab.pictures.jpeg_12mp] * case.files
    pairs = lab.measure(
        Contender(_OURS, lambda: engine.run(case.tool, *files, **case.settings)),
        Contender(_BARE, lambda: case.bare(files)),
        repeats=1,
    )
    costs = ", ".join(f"{1000 * pairs.cost(name, 'cpu'):.0f} ms" for name in (_OURS, _BARE))
    given = ", ".join(f"{name} {value}" for name, value in case.settings.items())
    what = f"{case.tool} ({given}), 12 MP: CPU / bare libvips"
    return at_most("-", what, pairs.ratio(_OURS, _BARE, "cpu"), _MOST, more=costs)
