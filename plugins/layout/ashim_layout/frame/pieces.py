"""Putting pictures side by side: every pixel of the result is computed once, row by row."""

from collections.abc import Iterable
from functools import reduce

import pyvips


def ringed(picture: pyvips.Image, around: pyvips.Image, left: int, top: int) -> pyvips.Image:
    """Put a picture into another one of the same kind, whose pixels below it are never computed."""
    right, bottom = left + picture.width, top + picture.height
    row = beside(
        (
            part(around, 0, top, left, picture.height),
            picture,
            part(around, right, top, around.width - right, picture.height),
        )
    )
    return below(
        (
            part(around, 0, 0, around.width, top),
            row,
            part(around, 0, bottom, around.width, around.height - bottom),
        )
    )


def part(image: pyvips.Image, left: int, top: int, width: int, height: int) -> pyvips.Image | None:
    """Cut a part out of a picture, None if it has no pixels."""
    return image.crop(left, top, width, height) if width and height else None


def beside(parts: Iterable[pyvips.Image | None]) -> pyvips.Image:
    """Join parts of one height from left to right."""
    return _joined(parts, "horizontal")


def below(parts: Iterable[pyvips.Image | None]) -> pyvips.Image:
    """Join parts of one width from top to bottom."""
    return _joined(parts, "vertical")


def _joined(parts: Iterable[pyvips.Image | None], direction: str) -> pyvips.Image:
    there = (item for item in parts if item is not None)
    return reduce(lambda first, second: first.join(second, direction), there)
