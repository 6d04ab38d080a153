"""The modules of a code as one path, their corners round where their style says so.

All of them are one path, as shapes beside each other that are filled one by one show their seams.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Literal, NamedTuple

DotStyle = Literal["square", "rounded", "dots", "classy", "classy-rounded", "extra-rounded"]
Modules = Sequence[Sequence[bool]]


class Corners(NamedTuple):
    """Radii of the four corners of a module, in modules: 0, a half or 1."""

    top_left: float = 0
    top_right: float = 0
    bottom_right: float = 0
    bottom_left: float = 0


class Around(NamedTuple):
    """Which of the four modules beside one are dark."""

    up: bool
    right: bool
    down: bool
    left: bool


def outlines(modules: Modules, style: DotStyle, rows: range) -> str:
    """Write the outlines of the dark modules in some rows, one module being 1 x 1."""
    shapes = _runs(modules, rows) if style == "square" else _dots(modules, style, rows)
    return "".join(shapes)


def _runs(modules: Modules, rows: range) -> Iterator[str]:
    """Give a rectangle for all that are dark in a row."""
    for y in rows:
        start = None
        for x, dark in enumerate((*modules[y], False)):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                yield f"M{start} {y}h{x - start}v1h{start - x}z"
                start = None


def _dots(modules: Modules, style: DotStyle, rows: range) -> Iterator[str]:
    dark = partial(_is_dark, modules)
    for y in rows:
        for x, is_dark in enumerate(modules[y]):
            if is_dark:
                beside = Around(dark(x, y - 1), dark(x + 1, y), dark(x, y + 1), dark(x - 1, y))
                yield _outline(x, y, _CORNERS[style](beside))


def _is_dark(modules: Modules, x: int, y: int) -> bool:
    return 0 <= y < len(modules) and 0 <= x < len(modules) and modules[y][x]


def _rounded(beside: Around) -> Corners:
    """Round what stands out by a half."""
    return Corners(*(0.5 * free for free in _free(beside)))


def _extra_rounded(beside: Around) -> Corners:
    """Round what stands out by a half, and by a whole module where a line turns."""
    turning = sum(beside) == 2
    return Corners(*((1 if turning else 0.5) * free for free in _free(beside)))


def _classy(beside: Around) -> Corners:
    """Round two of the corners that stand out by a half, top left and bottom right."""
    free = _free(beside)
    return Corners(top_left=0.5 * free[0], bottom_right=0.5 * free[2])


def _classy_rounded(beside: Around) -> Corners:
    """Round them by a whole module: one that stands alone looks like a leaf."""
    free = _free(beside)
    return Corners(top_left=float(free[0]), bottom_right=float(free[2]))


def _free(beside: Around) -> tuple[bool, bool, bool, bool]:
    """Say which corners stand out: neither of the modules beside them is dark."""
    up, right, down, left = beside
    return not (up or left), not (up or right), not (down or right), not (down or left)


_CORNERS: dict[DotStyle, Callable[[Around], Corners]] = {
    "rounded": _rounded,
    "extra-rounded": _extra_rounded,
    "classy": _classy,
    "classy-rounded": _classy_rounded,
    "dots": lambda beside: Corners(0.5, 0.5, 0.5, 0.5),
}


def _outline(x: int, y: int, corners: Corners) -> str:
    return f"M{x + corners.top_left:g} {y}{_around(corners)}"


@cache
def _around(corners: Corners) -> str:
    """Go clockwise around a module, from the end of its top left corner."""
    tl, tr, br, bl = corners
    return (
        f"h{1 - tl - tr:g}{arc(tr, 1, 1)}v{1 - tr - br:g}{arc(br, -1, 1)}"
        f"h{br + bl - 1:g}{arc(bl, -1, -1)}v{bl + tl - 1:g}{arc(tl, 1, -1)}z"
    )


def arc(radius: float, right: int, down: int) -> str:
    """Turn clockwise by a quarter of a circle."""
    return f"a{radius:g} {radius:g} 0 0 1{radius * right:g} {radius * down:g}" if radius else ""
