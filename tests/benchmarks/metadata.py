"""T10: what it costs to take the metadata out of a 12 MP JPEG, and not to decode it for that."""

from collections.abc import Iterator
from pathlib import Path

import pyvips

from tests.benchmarks import direct
from tests.benchmarks.engine import INSTALLED, inline
from tests.benchmarks.lab import Lab
from tests.benchmarks.pairing import Contender
from tests.benchmarks.report import Row, at_most, plain

_OURS, _ENCODED = "ashim", "re-encoded"
_QUALITY = 90
_REPEATS = 5
_COMMENT = b"\xff\xfe\x00\x0ea comment..."


def run(lab: Lab) -> Iterator[Row]:
    direct.prepare()
    file = _commented(lab.pictures.jpeg_12mp, lab.fresh("metadata"))
    with inline(INSTALLED, lab.fresh("engine")) as engine:
        pairs = lab.measure(
            Contender(_OURS, lambda: engine.run("strip-metadata", file)),
            Contender(_ENCODED, lambda: _encoded(file)),
            repeats=_REPEATS,
        )
        size = engine.run("strip-metadata", file).outputs[0].size
    yield plain("bytes: with metadata, without", f"{file.stat().st_size}, {size}")
    more = f"{1000 * pairs.cost(_OURS, 'cpu'):.2f} ms, {1000 * pairs.cost(_ENCODED, 'cpu'):.0f} ms"
    ratio = pairs.ratio(_OURS, _ENCODED, "cpu")
    yield at_most("T10", "strip 12 MP: CPU / re-encoding it", ratio, 0.02, more=more)


def _commented(path: Path, folder: Path) -> Path:
    """Give a picture with something to take out, right behind its first two bytes."""
    data = path.read_bytes()
    target = folder / "commented.jpg"
    target.write_bytes(data[:2] + _COMMENT + data[2:])
    return target


def _encoded(path: Path) -> bytes:
    image = pyvips.Image.jpegload(str(path), access="sequential")
    return bytes(image.jpegsave_buffer(Q=_QUALITY, optimize_coding=True, **direct.BARE))
