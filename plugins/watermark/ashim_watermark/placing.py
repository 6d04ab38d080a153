"""Where a layer goes: at one of nine places, at a point, or everywhere."""

import math
from collections.abc import Callable
from typing import Literal

import pyvips

from ashim_watermark.layers import turned

Position = Literal[
    "top-left",
    "top",
    "top-right",
    "left",
    "center",
    "right",
    "bottom-left",
    "bottom",
    "bottom-right",
]

_TILE = 512
"""Pixels per side of what is repeated, about."""
_SHARES: dict[Position, tuple[float, float]] = {
    "top-left": (0, 0),
    "top": (0.5, 0),
    "top-right": (1, 0),
    "left": (0, 0.5),
    "center": (0.5, 0.5),
    "right": (1, 0.5),
    "bottom-left": (0, 1),
    "bottom": (0.5, 1),
    "bottom-right": (1, 1),
}
"""How much of the room beside a layer is on its left, and above it."""


def usual_margin(image: pyvips.Image, size: float) -> int:
    """Give the pixels between a text and the edges that it is at. size: of its font."""
    return round(min(size / 2, min(image.width, image.height) / 10))


def corner(
    image: pyvips.Image, layer: pyvips.Image, position: Position, margin: int
) -> tuple[int, int]:
    """Give the left and top of a layer. margin: pixels to the edges that it is at."""
    across, down = _SHARES[position]
    return (
        margin + round((image.width - layer.width - 2 * margin) * across),
        margin + round((image.height - layer.height - 2 * margin) * down),
    )


def turned_within(
    draw: Callable[[int, int, float], pyvips.Image], angle: float, width: int, height: int
) -> pyvips.Image:
    """Draw a layer and turn it clockwise by degrees, so that it fits into a room even then.

    draw: takes the most that the layer may be wide and high, and what its sizes are multiplied by.
    """
    width, height = max(width, 1), max(height, 1)
    radians = math.radians(angle)
    upright = abs(math.cos(radians)) >= abs(math.sin(radians))
    layer = draw(*((width, height) if upright else (height, width)), 1.0)
    leaning = turned(layer, angle)
    over = max(leaning.width / width, leaning.height / height)
    if over <= 1:
        return leaning
    smaller = max(int(layer.width / over), 1), max(int(layer.height / over), 1)
    return turned(draw(*smaller, 1 / over), angle)


def tiled(image: pyvips.Image, layer: pyvips.Image, spacing: int) -> pyvips.Image:
    """Repeat a layer over the whole picture, every second row moved by half a step.

    The middle of the picture is the middle of a layer. spacing: pixels between two of them.
    """
    width, height = layer.width + spacing, layer.height + spacing
    row = layer.gravity("centre", width, height, extend="background", background=[0])
    moved = row.wrap(x=width // 2, y=0)
    pair = row.join(moved, "vertical")
    across, down = _odd(image.width, width), _odd(image.height, 2 * height)
    # libvips copies tile by tile, so small ones are made larger first; odd counts keep the middle.
    many, high = min(across, _TILE // width | 1), min(down, _TILE // (2 * height) | 1)
    if many * high > 1 and height <= _TILE:
        pair = pair.replicate(many, high).copy_memory()
        across, down = -(-across // many) | 1, -(-down // high) | 1
    field = pair.replicate(across, down)
    left = (field.width - image.width) // 2
    # The middle of the field is the seam of the middle pair; half a row up is a layer's middle.
    top = (field.height - image.height - height) // 2
    return field.crop(left, top, image.width, image.height)


def _odd(side: int, step: int) -> int:
    """Say how many steps cover a side, with one of them in its middle and some to spare."""
    return 2 * (side // (2 * step) + 1) + 1
