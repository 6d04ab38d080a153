"""How often each level of brightness is there, and what follows from that."""

import math
from collections.abc import Sequence

import pyvips

_LEVELS = 256
_GREY, _COLOURS, _ALPHA = ("grey",), ("red", "green", "blue"), "alpha"


def counts(image: pyvips.Image) -> dict[str, list[int]]:
    """Count the pixels of each level from 0 to 255, for every channel of an 8-bit picture."""
    colours = _COLOURS if image.bands - image.hasalpha() >= len(_COLOURS) else _GREY
    names = (*colours, *([_ALPHA] if image.hasalpha() else []))
    found = image.hist_find()
    levels = found.width
    flat = [int(value) for value in _numbers(found)]
    rows = (flat[band :: found.bands] for band in range(found.bands))
    return {name: [*row, *[0] * (_LEVELS - levels)] for name, row in zip(names, rows, strict=True)}


def _numbers(image: pyvips.Image) -> Sequence[int]:
    return memoryview(image.cast("uint").write_to_memory()).cast("I")


def spread(levels: Sequence[int]) -> tuple[int, int, float, float]:
    """Give the least and the greatest level, their mean and their standard deviation."""
    total = sum(levels)
    there = [level for level, count in enumerate(levels) if count]
    mean = sum(level * count for level, count in enumerate(levels)) / total
    squares = sum(count * (level - mean) ** 2 for level, count in enumerate(levels))
    return there[0], there[-1], mean, math.sqrt(squares / total)


def binned(levels: Sequence[int], bins: int) -> list[int]:
    """Put the levels into so many bins of about equal width. bins: 0 to 256."""
    found = [0] * bins
    for level, count in enumerate(levels if bins else ()):
        found[level * bins // _LEVELS] += count
    return found
