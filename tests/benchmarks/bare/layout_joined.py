"""Collages and rows of pictures, written in bare libvips."""

from collections.abc import Sequence
from pathlib import Path

import pyvips

from tests.benchmarks import direct
from tests.benchmarks.bare import Bare, Case

_QUALITY = 90
_COLLAGE = (2400, 1800)
_GAP = 8


def _as_jpeg(image: pyvips.Image) -> bytes:
    return bytes(image.jpegsave_buffer(Q=_QUALITY, optimize_coding=True, **direct.BARE))


def _collage(columns: int, rows: int) -> Bare:
    """Make thumbnails of one size and lay them out in a grid."""
    width = (_COLLAGE[0] - _GAP * (columns + 1)) // columns
    height = (_COLLAGE[1] - _GAP * (rows + 1)) // rows

    def bare(files: Sequence[Path]) -> bytes:
        cells = [
            pyvips.Image.thumbnail(
                str(file), width, height=height, crop="centre", fail_on="warning"
            )
            for file in files
        ]
        grid = pyvips.Image.arrayjoin(cells, across=columns, shim=_GAP, background=[255])
        return _as_jpeg(grid.embed(_GAP, _GAP, *_COLLAGE, background=[255], extend="background"))

    return bare


def _side_by_side(files: Sequence[Path]) -> bytes:
    """Join pictures that are equally high."""
    pictures = [_opened(file) for file in files]
    return _as_jpeg(pyvips.Image.arrayjoin(pictures, across=len(pictures)))


def _one_below_another(files: Sequence[Path]) -> bytes:
    """Join pictures that are equally wide, with a gap between them."""
    pictures = [_opened(file) for file in files]
    return _as_jpeg(pyvips.Image.arrayjoin(pictures, across=1, shim=20, background=[255]))


def _opened(file: Path) -> pyvips.Image:
    return pyvips.Image.jpegload(str(file), access="sequential", fail_on="warning")


CASES: tuple[Case, ...] = (
    Case(
        "collage",
        {"template": "4-grid", "outputFormat": "jpeg"},
        _collage(2, 2),
        files=4,
    ),
    Case("collage", {"outputFormat": "jpeg"}, _collage(4, 3), files=12),
    Case("stitch", {"format": "jpeg"}, _side_by_side, files=3),
    Case(
        "stitch",
        {"direction": "vertical", "gap": 20, "format": "jpeg"},
        _one_below_another,
        files=3,
    ),
)
