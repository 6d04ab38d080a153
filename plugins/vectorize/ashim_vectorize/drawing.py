"""A drawing put together: paths in the pixels of the picture, whatever size was traced."""

from collections.abc import Iterable, Iterator, Sequence
from math import dist
from typing import NamedTuple

from ashim_core.plugin import Size
from ashim_vectorize.paths import Grid, traced, written

_COARSE, _FINE = 5, 0.4
"""Pixels of the picture for each traced one: from the first on whole numbers will do, up to the
second two decimals are kept."""
_BLACK = "#000000"


class Tracing(NamedTuple):
    """What the tracer has drawn.

    size: of what was traced, in pixels. above: rows above the picture, besides. palette: the
    colours that there are; the tracer mixes those of what it draws as one.
    """

    svg: str
    size: Size
    above: int = 0
    palette: Sequence[Sequence[int]] = ()


class Path(NamedTuple):
    """A shape: its colour, and its outlines."""

    fill: str
    data: str


def paths_of(tracing: Tracing, size: Size) -> Iterator[Path]:
    """Give the paths that can be seen. size: of the picture."""
    scale = size.width / tracing.size.width
    decimals = 0 if scale >= _COARSE else 2 if scale <= _FINE else 1
    down = size.height / tracing.size.height
    grid = Grid(scale, down, tracing.above, decimals)
    for path in traced(tracing.svg):
        if data := written(path, grid):
            yield Path(_nearest(path.fill, tracing.palette), data)


def _nearest(fill: str, palette: Sequence[Sequence[int]]) -> str:
    """Give the nearest colour of a palette; the colour itself if there is none."""
    if not palette:
        return fill
    channels = [int(fill[at : at + 2], 16) for at in (1, 3, 5)]
    found = min(palette, key=lambda colour: dist(colour, channels))
    return "#" + "".join(f"{channel:02x}" for channel in found)


def document(paths: Iterable[Path], size: Size) -> bytes:
    """Write paths as an SVG of a size; black is what they are if nothing is said."""
    width, height = size
    shapes = "\n".join(
        f'<path d="{path.data}"/>'
        if path.fill == _BLACK
        else f'<path fill="{path.fill}" d="{path.data}"/>'
        for path in paths
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">\n{shapes}\n</svg>\n'
    ).encode()
