"""What the header of a picture costs to read, which every task does before anything else."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pyvips

from ashim_core.imaging.header import read_header
from ashim_core.limits import Limits
from tests.benchmarks import direct
from tests.benchmarks.lab import Lab
from tests.benchmarks.pairing import Contender
from tests.benchmarks.report import Row, plain

_REPEATS = 50
_OURS, _BARE = "ashim", "libvips"
_LOADERS: Mapping[str, Callable[[str], pyvips.Image]] = {
    "jpg": pyvips.Image.jpegload,
    "png": pyvips.Image.pngload,
    "tif": pyvips.Image.tiffload,
    "webp": pyvips.Image.webpload,
    "gif": pyvips.Image.gifload,
    "avif": pyvips.Image.heifload,
}


def run(lab: Lab) -> Iterator[Row]:
    direct.prepare()
    image = pyvips.Image.new_from_file(str(lab.pictures.jpeg_2mp)).copy_memory()
    folder = lab.fresh("headers")
    for extension, load in _LOADERS.items():
        path = folder / f"2mp.{extension}"
        image.write_to_file(str(path))
        yield _row(lab, path, load)


def _row(lab: Lab, path: Path, load: Callable[[str], pyvips.Image]) -> Row:
    pairs = lab.measure(
        Contender(_OURS, partial(read_header, path, Limits())),
        Contender(_BARE, partial(load, str(path))),
        repeats=_REPEATS,
    )
    ours, bare = (1000 * pairs.cost(name, "cpu") for name in (_OURS, _BARE))
    return plain(
        f"header of a 2 MP {path.suffix.removeprefix('.').upper()}: CPU",
        f"{ours:.2f} ms; libvips alone {bare:.2f} ms",
    )
