"""The everyday tools in bare libvips."""

from collections.abc import Sequence
from pathlib import Path

import pyvips

from tests.benchmarks.bare import Case, as_jpeg, on_picture

_SIDE = 24


def _turned(files: Sequence[Path]) -> bytes:
    # What is turned can't be read from top to bottom.
    return as_jpeg(pyvips.Image.jpegload(str(files[0])).rot90())


def _turned_a_little(files: Sequence[Path]) -> bytes:
    image = pyvips.Image.jpegload(str(files[0]))
    bicubic = pyvips.Interpolate.new("bicubic")
    return as_jpeg(image.rotate(30, interpolate=bicubic, background=[255]))


def _pixelated(image: pyvips.Image) -> pyvips.Image:
    blocks = image.shrink(_SIDE, _SIDE, ceil=True)
    return blocks.zoom(_SIDE, _SIDE).crop(0, 0, image.width, image.height)


CASES: tuple[Case, ...] = (
    Case("resize", {"width": 3000}, on_picture(lambda image: image.resize(3000 / image.width))),
    Case(
        "crop",
        {"left": 8, "top": 8, "width": 3900, "height": 2900},
        on_picture(lambda image: image.crop(8, 8, 3900, 2900)),
    ),
    Case("rotate", {"flip": "horizontal"}, on_picture(lambda image: image.fliphor())),
    Case("rotate", {"angle": 90}, _turned),
    Case("rotate", {"angle": 30, "background": "#ffffff"}, _turned_a_little),
    Case("compress", {"quality": 80}, on_picture(lambda image: image)),
    Case("pixelate", {"block": _SIDE}, on_picture(_pixelated)),
)
