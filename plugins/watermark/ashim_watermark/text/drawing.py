"""Text to pixels: shaped by HarfBuzz, laid out in both directions by Pango, smoothed by Cairo."""

import math
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

import pyvips

from ashim_core.plugin import Colour
from ashim_watermark.text.faces import Face, prepare
from ashim_watermark.text.wording import is_visible

Align = Literal["left", "center", "right"]
_ALIGNS = {"left": "low", "center": "centre", "right": "high"}

_PROBE = 24
"""The size, in pixels, at which it is found out how much room a text takes."""
_LONGEST = 16_000
"""Pixels per side that are drawn at most: Cairo's surfaces end at 32 767."""
_STEPS = 12
"""Halvings in the search for a size: finer than a thousandth."""


@dataclass(frozen=True)
class Style:
    """How a text looks. size: of the font, in pixels."""

    face: Face
    size: float
    colour: Colour
    align: Align = "left"


def draw(text: str, style: Style, width: int, height: int) -> pyvips.Image:
    """Draw a text that fits into a box: sRGB with alpha, cut to what is inked.

    Lines are broken where they would be too wide. If it is too high even so, or a single character
    too wide, it gets smaller until it fits, so that its pixels are never more than those of the
    box.
    """
    prepare(style.face, text)
    width, height = min(width, _LONGEST), min(height, _LONGEST)
    size = _fitting(text, style, width, height)
    width = _snug(text, style, size, width)
    colour = style.colour
    markup = f'<span foreground="#{colour.red:02x}{colour.green:02x}{colour.blue:02x}">'
    image = _drawn(f"{markup}{escape(text)}</span>", style, size, width, colour=True)
    image = image.crop(0, 0, min(image.width, width), min(image.height, height))
    return image.copy(interpretation="srgb")


def _fitting(text: str, style: Style, width: int, height: int) -> float:
    """Give the largest size up to the wished one at which the text fits."""
    if _fits(text, style, style.size, width, height):
        return style.size
    least, most = 0.0, style.size
    for _ in range(_STEPS):
        size = (least + most) / 2
        if _fits(text, style, size, width, height):
            least = size
        else:
            most = size
    return max(least, 1)


def _snug(text: str, style: Style, size: float, width: int) -> int:
    """Give the width of the longest line, if there are several: lines of both directions start at
    opposite sides, and that of the box may be far away.
    """
    lines = [line for line in text.split("\n") if is_visible(line)]
    if len(lines) < 2:
        return width
    scale = _PROBE / size
    probes = [_drawn(escape(line), style, _PROBE, width * scale, colour=False) for line in lines]
    longest = max(probe.width for probe in probes) / scale
    return min(width, math.ceil(longest + size / 2))  # side bearings aren't inked


def _fits(text: str, style: Style, size: float, width: int, height: int) -> bool:
    """Say whether a text fits, by drawing it small: it is the same picture at another scale."""
    scale = _PROBE / size
    probe = _drawn(escape(text), style, _PROBE, width * scale, colour=False)
    return probe.width <= width * scale and probe.height <= height * scale


def _drawn(markup: str, style: Style, size: float, width: float, *, colour: bool) -> pyvips.Image:
    return pyvips.Image.text(
        markup,
        font=f"{style.face} {size:.3f}",
        width=max(1, min(int(width), 2 * _LONGEST)),
        wrap="word-char",
        align=_ALIGNS[style.align],
        dpi=72,  # at which a point is a pixel
        rgba=colour,
    )
