"""Frames around pictures and pictures in tiles, in bare libvips."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyvips

from tests.benchmarks import direct
from tests.benchmarks.bare import Case, on_picture

_WIDTH, _PADDING, _RADIUS, _BLUR, _DOWN = 40, 20, 60, 20, 8
_PARTS = 3
_QUALITY = 90
_PNG: dict[str, Any] = {"compression": 6, "filter": "paeth", **direct.BARE}


def _framed(image: pyvips.Image) -> pyvips.Image:
    image = _enlarged(image, _PADDING, 255)
    return _enlarged(image, _WIDTH, 26)


def _enlarged(image: pyvips.Image, by: int, value: int) -> pyvips.Image:
    width, height = image.width + 2 * by, image.height + 2 * by
    fill = [float(value)] * image.bands
    return image.embed(by, by, width, height, extend="background", background=fill)


def _graded(image: pyvips.Image) -> pyvips.Image:
    """Lay the picture on a gradient from left to right, drawn at its full size."""
    width, height = image.width + 2 * _WIDTH, image.height + 2 * _WIDTH
    ramp = pyvips.Image.xyz(width, height)[0] * (255 / (width - 1))
    others: list[pyvips.Image | int | float] = [255 - ramp, 128]
    under = ramp.bandjoin(others).cast("uchar").copy(interpretation="srgb")
    return under.insert(image, _WIDTH, _WIDTH)


def _shape(width: int, height: int) -> pyvips.Image:
    """Draw a rectangle with round corners."""
    right, bottom = width - 1 - _RADIUS, height - 1 - _RADIUS
    shape = pyvips.Image.black(width, height)
    shape = shape.draw_rect([255], _RADIUS, 0, width - 2 * _RADIUS, height, fill=True)
    shape = shape.draw_rect([255], 0, _RADIUS, width, height - 2 * _RADIUS, fill=True)
    for left, top in ((_RADIUS, _RADIUS), (right, _RADIUS), (_RADIUS, bottom), (right, bottom)):
        shape = shape.draw_circle([255], left, top, _RADIUS, fill=True)
    return shape


def _shaded(files: Sequence[Path]) -> bytes:
    """Put a rounded picture on the blur of its own shape."""
    image = pyvips.Image.jpegload(str(files[0]), access="sequential")
    image = _enlarged(image, _PADDING, 255)
    shape = _shape(image.width, image.height)
    reach = 2 * _BLUR
    width, height = image.width + 2 * reach, image.height + 2 * reach
    soft = shape.embed(reach, reach + _DOWN, width, height).gaussblur(_BLUR / 2)
    black = pyvips.Image.black(width, height, bands=3).copy(interpretation="srgb")
    shadow = black.bandjoin((soft * 0.4).cast("uchar"))
    whole = shadow.composite2(image.bandjoin(shape), "over", x=reach, y=reach).cast("uchar")
    return bytes(whole.pngsave_buffer(**_PNG))


def _tiles(files: Sequence[Path]) -> list[bytes]:
    """Decode once into memory, then write each part."""
    image = pyvips.Image.jpegload(str(files[0])).copy_memory()
    width, height = image.width // _PARTS, image.height // _PARTS
    return [
        bytes(
            image.crop(column * width, row * height, width, height).jpegsave_buffer(
                Q=_QUALITY, optimize_coding=True, **direct.BARE
            )
        )
        for row in range(_PARTS)
        for column in range(_PARTS)
    ]


CASES: tuple[Case, ...] = (
    Case(
        "border",
        {"width": _WIDTH, "color": "#1a1a1a", "padding": _PADDING},
        on_picture(_framed),
    ),
    Case(
        "border",
        {
            "width": _WIDTH,
            "style": "gradient",
            "angle": 0,
            "color": "#00ff80",
            "secondColor": "#ff0080",
        },
        on_picture(_graded),
    ),
    Case(
        "border",
        {
            "width": 0,
            "padding": _PADDING,
            "borderRadius": _RADIUS,
            "shadow": True,
            "shadowBlur": _BLUR,
            "shadowOffsetY": _DOWN,
        },
        _shaded,
    ),
    Case("split", {"rows": _PARTS, "cols": _PARTS}, _tiles),
)
