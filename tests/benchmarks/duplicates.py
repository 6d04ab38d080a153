"""Finding copies among 200 pictures of 2 megapixels, and decoding them at an eighth."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import pyvips

from tests.benchmarks import direct
from tests.benchmarks.engine import INSTALLED, inline
from tests.benchmarks.lab import Lab
from tests.benchmarks.pairing import Contender
from tests.benchmarks.report import Row, at_most, plain

_OURS, _DECODED = "ashim", "decoded"
_FILES, _SHRINK = 200, 8
_FEW = 20


def run(lab: Lab) -> Iterator[Row]:
    direct.prepare()
    files = _copies(lab.pictures.jpeg_2mp, lab.fresh("copies"))
    with inline(INSTALLED, lab.fresh("engine")) as engine:
        engine.run("find-duplicates", *files[:_FEW])
        before = _peak()
        pairs = lab.measure(
            Contender(_OURS, lambda: engine.run("find-duplicates", *files)),
            Contender(_DECODED, lambda: _decoded(files)),
            repeats=1,
        )
        grown = _peak() - before
    ratio = pairs.ratio(_OURS, _DECODED, "cpu")
    more = f"{1000 * pairs.cost(_OURS, 'cpu') / _FILES:.1f} ms for each"
    yield at_most("dup", "copies among 200 x 2 MP: CPU / decoding at 1/8", ratio, 1.3, more=more)
    yield plain("200 pictures after 20: growth of the process", f"{grown:.0f} MB")


def _copies(path: Path, folder: Path) -> list[Path]:
    return [Path(shutil.copy(path, folder / f"{number}.jpg")) for number in range(_FILES)]


def _decoded(files: Sequence[Path]) -> None:
    for path in files:
        pyvips.Image.jpegload(str(path), shrink=_SHRINK).copy_memory()


def _peak() -> float:
    return getrusage(RUSAGE_SELF).ru_maxrss / 1024
