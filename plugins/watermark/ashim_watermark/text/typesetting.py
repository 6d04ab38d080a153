"""One text at one size: lines broken, aligned in both directions, drawn."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from xml.sax.saxutils import escape

import pyvips

from ashim_core.plugin import WHITE, Colour
from ashim_watermark.text.faces import Face
from ashim_watermark.text.wording import is_plain

LONGEST = 16_000
"""Pixels per side that are drawn at most: Cairo's surfaces end at 32 767."""

Align = Literal["left", "center", "right"]
_WORD = 40
"""Letters up to which a word gets smaller as a whole rather than to be broken."""
_ALIGNS: dict[Align, str] = {"left": "low", "center": "centre", "right": "high"}
_OPPOSITE: dict[Align, Align] = {"left": "right", "center": "center", "right": "left"}

_NOTHING = "no text to render"
"""What libvips says about texts without a dot of ink."""


@dataclass(frozen=True)
class Style:
    """How a text looks. size: of the font, in pixels."""

    face: Face
    size: float
    colour: Colour
    align: Align = "left"


def extent(text: str, style: Style, size: float, width: float) -> tuple[int, int] | None:
    """Give width and height of a text's ink; None if there is none. width: of the lines."""
    return _extent(text, style.face, style.align, size, _whole(width))


@lru_cache(maxsize=1024)  # all frames of an animation ask the same
def _extent(text: str, face: Face, align: Align, size: float, width: int) -> tuple[int, int] | None:
    ink = _drawn(text, Style(face, size, WHITE, align), size, width, "")
    return (ink.width, ink.height) if ink else None


def inked(text: str, style: Style, size: float, width: float) -> pyvips.Image | None:
    """Draw how much ink there is, in one band, or in four if a text may have colours of its own.

    None if there is none. width: of the lines.
    """
    width = _snug(text, style, size, width)
    if is_plain(text):
        return _drawn(text, style, size, width, "")
    return _drawn(text, style, size, width, f'foreground="{Colour(*style.colour[:3])}"')


def _drawn(text: str, style: Style, size: float, width: float, colour: str) -> pyvips.Image | None:
    align = style.align
    if all(_runs_left(line) for line in _lines(text)):
        align = _OPPOSITE[align]  # Pango's left is where a line begins
    try:
        return pyvips.Image.text(
            f'<span insert_hyphens="false" {colour}>{escape(text)}</span>',
            font=f"{style.face} {size:.3f}",
            width=_whole(width),
            wrap="word-char" if _unbreakable(text) > _WORD else "word",
            align=_ALIGNS[align],
            dpi=72,  # at which a point is a pixel
            rgba=bool(colour),
        )
    except pyvips.Error as error:
        if _NOTHING in str(error):
            return None
        raise


def _snug(text: str, style: Style, size: float, width: float) -> float:
    """Give the width of the longest line, if there are lines of both directions: they start at
    opposite sides, and that of the box may be far away.
    """
    lines = _lines(text)
    if len({_runs_left(line) for line in lines}) < 2:
        return width
    extents = [extent(line, style, size, width) for line in lines]
    longest = max((found[0] for found in extents if found), default=width)
    return min(width, longest + size / 2)  # side bearings aren't inked


def _whole(width: float) -> int:
    """Give a width that the library takes."""
    return max(1, min(int(width), 2 * LONGEST))


def _unbreakable(text: str) -> int:
    """Give the length of the longest word."""
    return max(map(len, text.split()), default=0)


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def _runs_left(line: str) -> bool:
    """Say whether a line begins at the right: its first letter with a direction decides."""
    directions = (unicodedata.bidirectional(character) for character in line)
    return next((way in ("R", "AL") for way in directions if way in ("L", "R", "AL")), False)
