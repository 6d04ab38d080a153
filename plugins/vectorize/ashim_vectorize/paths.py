"""Paths written anew: in the pixels of the picture, relative, rounded, straight where they are so.

Source of the syntax: SVG 1.1, section 8.3.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy
    import numpy.typing

    Points = numpy.typing.NDArray[numpy.float64]

_PATH = re.compile(
    r'<path d="([^"]*)" fill="(#[0-9A-Fa-f]{6})" transform="translate\(([^,]+),([^)]+)\)"/>'
)
_PART = re.compile(r"M([^MZ]*)Z")
_STRAIGHT = 0.5
"""How far, in steps of the grid, a curve may be from the line between its ends to be written so."""


_LEAST_LINES = 2
"""Lines, besides the one that closes a path, around anything that can be seen."""


class Traced(NamedTuple):
    """A path as the tracer gives it: its colour, its data, and how far that is moved."""

    fill: str
    data: str
    left: float
    top: float


@dataclass(frozen=True)
class Grid:
    """Where paths go.

    across, down: pixels of the picture for each traced one. above: traced rows above the picture.
    decimals: of every number.
    """

    across: float
    down: float
    above: int
    decimals: int


def traced(svg: str) -> Iterator[Traced]:
    """Give the paths of a drawing of the tracer."""
    for data, fill, left, top in _PATH.findall(svg):
        yield Traced(fill.lower(), data, float(left), float(top))


def written(path: Traced, grid: Grid) -> str:
    """Give the data of a path as it is to be written; empty if nothing of it can be seen."""
    return "".join(_part(part, path, grid) for part in _PART.findall(path.data))


def _part(text: str, path: Traced, grid: Grid) -> str:
    """Write one closed line of a path, an outline or a hole."""
    points = _points(text, path, grid)
    start, segments = points[0], points[1:].reshape(-1, 3 if "C" in text else 1, 2)
    pens = [start, *segments[:, -1]][: len(segments)]
    steps = [*_steps(segments, pens)]
    if steps and steps[-1][0] != "c" and (segments[-1, -1] == start).all():
        steps.pop()  # a path is closed by a line
    if len(steps) < _LEAST_LINES and all(letter != "c" for letter, _ in steps):
        return ""
    return f"M{_joined(start.tolist(), grid.decimals)}{_commands(steps, grid.decimals)}z"


def _points(text: str, path: Traced, grid: Grid) -> "Points":
    """Give all points of a part in steps of the grid."""
    import numpy

    numbers = numpy.array(text.translate(_SPACES).split(), numpy.float64).reshape(-1, 2)
    corner = numpy.array([path.left, path.top - grid.above])
    steps = numpy.array([grid.across, grid.down]) * 10**grid.decimals
    placed: Points = ((numbers + corner) * steps).round()
    return placed


_SPACES = str.maketrans("CL,", "   ")
Step = tuple[str, list[float]]
"""A command and its numbers, in steps of the grid."""


def _steps(segments: "Points", pens: "list[Any]") -> Iterator[Step]:
    """Say how the pen goes from each point to the next."""
    import numpy

    if not len(segments):
        return
    ways = segments - numpy.array(pens)[:, None]
    straight = _are_straight(ways)
    for way, line in zip(ways.tolist(), straight.tolist(), strict=True):
        across, down = way[-1]
        if not line:
            yield "c", [number for point in way for number in point]
        elif across and down:
            yield "l", [across, down]
        elif across or down:
            yield ("h", [across]) if across else ("v", [down])


def _are_straight(ways: "Points") -> "Any":
    """Say which segments are lines: every point of them is on the way to their end."""
    chords = ways[:, -1]
    lengths = (chords**2).sum(axis=1)
    along = (ways * chords[:, None]).sum(axis=2)
    beside = abs(ways[:, :, 0] * chords[:, None, 1] - ways[:, :, 1] * chords[:, None, 0])
    near = (beside <= _STRAIGHT * lengths[:, None] ** 0.5).all(axis=1)
    between = ((along >= 0) & (along <= lengths[:, None])).all(axis=1)
    still = (lengths == 0) & (abs(ways).max(axis=(1, 2)) > 0)
    return near & between & ~still


def _commands(steps: Iterable[Step], decimals: int) -> str:
    """Write commands; one that repeats itself is only written once."""
    parts, last = [], ""
    for letter, numbers in steps:
        text = _joined(numbers, decimals)
        if letter != last:
            parts.append(letter)
        elif not text.startswith("-"):
            parts.append(" ")
        parts.append(text)
        last = letter
    return "".join(parts)


def _joined(numbers: Iterable[float], decimals: int) -> str:
    """Write numbers; a minus sign parts them as well as a space does."""
    texts = " ".join(_number(int(number), decimals) for number in numbers)
    return texts.replace(" -", "-")


@lru_cache(maxsize=20_000)
def _number(steps: int, decimals: int) -> str:
    """Write a number of steps of the grid as short as can be."""
    if not decimals:
        return str(steps)
    text = f"{steps / 10**decimals:.{decimals}f}".rstrip("0").rstrip(".")
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
