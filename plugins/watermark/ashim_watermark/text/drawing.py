"""Text to pixels: shaped by HarfBuzz, laid out in both directions by Pango, smoothed by Cairo."""

import math

import pyvips

from ashim_core.plugin import Colour, ToolError, canvas
from ashim_watermark.layers import faded
from ashim_watermark.text.faces import prepare
from ashim_watermark.text.typesetting import LONGEST, Style, inked, sketched

_PROBE = 24
"""The size, in pixels, at which it is found out how much room a text takes."""
_SLACK = 1.05
"""How far a probe may be off: whole pixels between letters are more of a small letter."""
_STEPS = 12
"""Halvings in the search for a size: finer than a thousandth."""
_LEAST = 1.0
"""Size, in pixels, below which no text gets; what doesn't fit even so is cut."""
_MOST = 16_000_000
"""Pixels that are drawn at most, as they are all in memory. Larger texts are enlarged."""


def draw(text: str, style: Style, width: int, height: int) -> pyvips.Image:
    """Draw a text that fits into a box: sRGB with alpha, cut to what is inked.

    Lines are broken between words where they would be too wide. If it is too high even so, or a
    single word too wide, it gets smaller until it fits, so that its pixels are never more than
    those of the box.
    """
    prepare(style.face, text)
    _refuse_invisible(text, style)
    size = _size(text, style, min(width, LONGEST) * _SLACK, min(height, LONGEST) * _SLACK)
    factor = max(1.0, math.sqrt(_area(text, style, size, width) / _MOST))
    ink = _fitted(text, style, size / factor, (int(width / factor), int(height / factor)))
    if factor > 1:
        ink = canvas.resampled(ink, int(ink.width * factor), int(ink.height * factor))
    return _painted(ink, style.colour)


def _painted(ink: pyvips.Image, colour: Colour) -> pyvips.Image:
    """Give the ink its colour; what came in colours keeps them."""
    if ink.bands == 1:
        ink = ink.new_from_image([*colour[:3]]).bandjoin(ink)
    return faded(ink.copy(interpretation="srgb"), 100 * colour.alpha / 255)


def _refuse_invisible(text: str, style: Style) -> None:
    if sketched(text, style, _PROBE, LONGEST) is None:
        raise ToolError(
            "Nothing of this text can be seen.",
            code="TEXT_INVISIBLE",
            details=[
                {
                    "field": "text",
                    "expected": "at least one character that can be seen",
                    "received": " ".join(f"U+{ord(character):04X}" for character in text[:8]),
                }
            ],
        )


def _size(text: str, style: Style, width: float, height: float) -> float:
    """Give about the largest size, up to the wished one, at which the text fits."""
    if _fits(text, style, style.size, width, height):
        return style.size
    least, most = 0.0, style.size
    for _ in range(_STEPS):
        size = (least + most) / 2
        if _fits(text, style, size, width, height):
            least = size
        else:
            most = size
    return max(least, _LEAST)


def _fits(text: str, style: Style, size: float, width: float, height: float) -> bool:
    """Say whether a text fits, by drawing it small: it is the same picture at another scale."""
    scale = _PROBE / size
    probe = sketched(text, style, _PROBE, width * scale)
    return not probe or (probe.width <= width * scale and probe.height <= height * scale)


def _area(text: str, style: Style, size: float, width: float) -> float:
    """Say about how many pixels a text takes at a size."""
    scale = _PROBE / size
    probe = sketched(text, style, _PROBE, width * scale)
    return probe.width * probe.height / scale**2 if probe else 0


def _fitted(text: str, style: Style, size: float, room: tuple[int, int]) -> pyvips.Image:
    """Draw a text at a size, or at the next smaller one at which all of it is in the room."""
    width, height = (max(1, min(side, LONGEST)) for side in room)
    nothing = pyvips.Image.black(1, 1)  # too small for a dot
    ink = inked(text, style, size, width) or nothing
    while (over := max(ink.width / width, ink.height / height)) > 1 and size > _LEAST:
        size = max(size * min(0.99, max(1 / over, 0.96)), _LEAST)
        del ink  # or there are two of them in memory
        ink = inked(text, style, size, width) or nothing
    return ink.crop(0, 0, min(ink.width, width), min(ink.height, height))
