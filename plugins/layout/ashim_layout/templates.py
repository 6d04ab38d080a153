"""The templates of collages: which cells there are, and how much room each of them gets."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, isqrt
from types import MappingProxyType
from typing import Literal, NamedTuple

TemplateId = Literal[
    "1-single",
    "2-h-equal",
    "2-v-equal",
    "2-h-left-large",
    "2-h-right-large",
    "2-v-top-large",
    "2-v-bottom-large",
    "3-h-equal",
    "3-v-equal",
    "3-left-large",
    "3-right-large",
    "3-top-large",
    "3-bottom-large",
    "4-grid",
    "4-h-equal",
    "4-v-equal",
    "4-left-large",
    "4-right-large",
    "4-top-large",
    "4-bottom-large",
    "5-top2-bottom3",
    "5-top3-bottom2",
    "5-left-large",
    "5-right-large",
    "5-top-large",
    "5-bottom-large",
    "5-center-large",
    "6-grid-2x3",
    "6-grid-3x2",
    "6-top-large",
    "7-mosaic",
    "8-mosaic",
    "9-grid",
    "10-grid-5x2",
    "12-grid-4x3",
    "16-grid",
    "20-grid-5x4",
    "25-grid",
]


class _Entry(NamedTuple):
    """A template as it is written down.

    columns, rows: their shares of the width and of the height.
    cells: columns x rows of each, counted from 1, in the order of the files; where nothing is
        said, every place of the grid is a cell, row by row.
    """

    columns: str
    rows: str
    cells: str = ""


TEMPLATES: Mapping[TemplateId, _Entry] = MappingProxyType(
    {
        "1-single": _Entry("1", "1"),
        "2-h-equal": _Entry("1 1", "1"),
        "2-v-equal": _Entry("1", "1 1"),
        "2-h-left-large": _Entry("2 1", "1"),
        "2-h-right-large": _Entry("1 2", "1"),
        "2-v-top-large": _Entry("1", "2 1"),
        "2-v-bottom-large": _Entry("1", "1 2"),
        "3-h-equal": _Entry("1 1 1", "1"),
        "3-v-equal": _Entry("1", "1 1 1"),
        "3-left-large": _Entry("2 1", "1 1", "1x1-2 2x1 2x2"),
        "3-right-large": _Entry("1 2", "1 1", "1x1 1x2 2x1-2"),
        "3-top-large": _Entry("1 1", "2 1", "1-2x1 1x2 2x2"),
        "3-bottom-large": _Entry("1 1", "1 2", "1x1 2x1 1-2x2"),
        "4-grid": _Entry("1 1", "1 1"),
        "4-h-equal": _Entry("1 1 1 1", "1"),
        "4-v-equal": _Entry("1", "1 1 1 1"),
        "4-left-large": _Entry("2 1", "1 1 1", "1x1-3 2x1 2x2 2x3"),
        "4-right-large": _Entry("1 2", "1 1 1", "1x1 1x2 1x3 2x1-3"),
        "4-top-large": _Entry("1 1 1", "2 1", "1-3x1 1x2 2x2 3x2"),
        "4-bottom-large": _Entry("1 1 1", "1 2", "1x1 2x1 3x1 1-3x2"),
        "5-top2-bottom3": _Entry("1 1 1 1 1 1", "1 1", "1-3x1 4-6x1 1-2x2 3-4x2 5-6x2"),
        "5-top3-bottom2": _Entry("1 1 1 1 1 1", "1 1", "1-2x1 3-4x1 5-6x1 1-3x2 4-6x2"),
        "5-left-large": _Entry("2 1", "1 1 1 1", "1x1-4 2x1 2x2 2x3 2x4"),
        "5-right-large": _Entry("1 2", "1 1 1 1", "1x1 1x2 1x3 1x4 2x1-4"),
        "5-top-large": _Entry("1 1 1 1", "2 1", "1-4x1 1x2 2x2 3x2 4x2"),
        "5-bottom-large": _Entry("1 1 1 1", "1 2", "1x1 2x1 3x1 4x1 1-4x2"),
        "5-center-large": _Entry("1 2 1", "1 1", "1x1 2x1-2 3x1 1x2 3x2"),
        "6-grid-2x3": _Entry("1 1", "1 1 1"),
        "6-grid-3x2": _Entry("1 1 1", "1 1"),
        "6-top-large": _Entry("1 1 1 1 1", "2 1", "1-5x1 1x2 2x2 3x2 4x2 5x2"),
        "7-mosaic": _Entry("1 1 1", "1 1 1", "1-2x1 3x1 1x2 2x2 3x2 1x3 2-3x3"),
        "8-mosaic": _Entry("1 1 1 1", "1 1 1", "1-2x1 3x1 4x1 1x2 2x2 3-4x2 1-2x3 3-4x3"),
        "9-grid": _Entry("1 1 1", "1 1 1"),
        "10-grid-5x2": _Entry("1 1 1 1 1", "1 1"),
        "12-grid-4x3": _Entry("1 1 1 1", "1 1 1"),
        "16-grid": _Entry("1 1 1 1", "1 1 1 1"),
        "20-grid-5x4": _Entry("1 1 1 1 1", "1 1 1 1"),
        "25-grid": _Entry("1 1 1 1 1", "1 1 1 1 1"),
    }
)
PLAINEST: tuple[TemplateId, ...] = (
    "1-single",
    "2-h-equal",
    "3-h-equal",
    "4-grid",
    "5-top2-bottom3",
    "6-grid-3x2",
    "7-mosaic",
    "8-mosaic",
    "9-grid",
)
"""For 1 to 9 files, where no template is asked for."""


class Span(NamedTuple):
    """The first and the last of the columns, or rows, that a cell covers, counted from 0."""

    first: int
    last: int


class Cell(NamedTuple):
    """A place for one picture."""

    columns: Span
    rows: Span


@dataclass(frozen=True)
class Grid:
    """A template that was read.

    columns, rows: their shares of the width and of the height.
    cells: in the order of the files.
    """

    columns: tuple[int, ...]
    rows: tuple[int, ...]
    cells: tuple[Cell, ...]


def grid_of(template: TemplateId) -> Grid:
    """Read a template."""
    entry = TEMPLATES[template]
    columns, rows = _shares(entry.columns), _shares(entry.rows)
    if not entry.cells:
        return Grid(columns, rows, _row_by_row(len(columns), len(rows)))
    return Grid(columns, rows, tuple(_cell(text) for text in entry.cells.split()))


def grid_for(count: int) -> Grid:
    """Choose a grid for so many files: the plainest template, or one as square as possible."""
    if count <= len(PLAINEST):
        return grid_of(PLAINEST[count - 1])
    columns = squarest(count)
    rows = ceil(count / columns)
    return Grid((1,) * columns, (1,) * rows, _row_by_row(columns, rows))


def squarest(count: int) -> int:
    """Give the columns of a grid for so many files that has no more rows than columns."""
    return isqrt(count - 1) + 1


def _shares(text: str) -> tuple[int, ...]:
    return tuple(int(share) for share in text.split())


def _row_by_row(columns: int, rows: int) -> tuple[Cell, ...]:
    return tuple(
        Cell(Span(column, column), Span(row, row))
        for row in range(rows)
        for column in range(columns)
    )


def _cell(text: str) -> Cell:
    columns, _, rows = text.partition("x")
    return Cell(_span(columns), _span(rows))


def _span(text: str) -> Span:
    first, _, last = text.partition("-")
    return Span(int(first) - 1, int(last or first) - 1)
