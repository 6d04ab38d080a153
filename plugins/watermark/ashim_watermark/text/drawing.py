"""Text to pixels: shaped by HarfBuzz, laid out in both directions by Pango, smoothed by Cairo."""

import math
from collections.abc import Callable

import pyvips

from ashim_core.plugin import Colour, ToolError, canvas
from ashim_watermark.layers import faded
from ashim_watermark.text.faces import prepare
from ashim_watermark.text.typesetting import LONGEST, Style, extent, inked

_PROBE = 24
"""The size, in pixels, at which it is found out how much room a text takes."""
_SLACK = 1.05
"""How far a probe may be off: whole pixels between letters are more of a small letter."""
_FINE = 500
"""The search for a size ends at so small a part of it."""
_STEP, _STRIDE = 0.99, 0.96
"""The least and the most that a size which doesn't fit after all gets smaller at first."""
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
    if extent(text, style, _PROBE, LONGEST) is None:
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
    while most > _LEAST and most - least > most / _FINE:
        size = (least + most) / 2
        if _fits(text, style, size, width, height):
            least = size
        else:
            most = size
    return max(least, _LEAST)


def _fits(text: str, style: Style, size: float, width: float, height: float) -> bool:
    """Say whether a text fits, by drawing it small: that is the same picture at another scale."""
    scale = _PROBE / size
    across, down = extent(text, style, _PROBE, width * scale) or (0, 0)
    return across <= width * scale and down <= height * scale


def _area(text: str, style: Style, size: float, width: float) -> float:
    """Say about how many pixels a text takes at a size."""
    scale = _PROBE / size
    across, down = extent(text, style, _PROBE, width * scale) or (0, 0)
    return across * down / scale**2


def _fitted(text: str, style: Style, size: float, room: tuple[int, int]) -> pyvips.Image:
    """Draw a text at a size, or at the next smaller one at which all of it is in the room."""
    width, height = (max(1, min(side, LONGEST)) for side in room)

    def drawn(size: float) -> pyvips.Image:
        ink = inked(text, style, size, width)
        return ink or pyvips.Image.black(1, 1)  # too small for a dot

    def over(ink: pyvips.Image) -> float:
        return max(ink.width / width, ink.height / height)

    ink, too_large, pace = drawn(size), 0.0, 1
    while (share := over(ink)) > 1 and size > _LEAST:
        del ink  # or there are two of them in memory
        too_large = size
        size = max(size * min(_STEP**pace, max(1 / share, _STRIDE**pace)), _LEAST)
        pace *= 2  # some texts hardly get smaller, and to each size the fonts are loaded anew
        ink = drawn(size)
    if share <= 1 and size < too_large * _STRIDE:
        del ink
        size = _largest(lambda size: over(drawn(size)) <= 1, size, too_large)
        ink = drawn(size)
    return ink.crop(0, 0, min(ink.width, width), min(ink.height, height))


def _largest(fits: Callable[[float], bool], size: float, too_large: float) -> float:
    """Give about the largest size that fits, between one that does and one that does not."""
    while size < too_large * _STRIDE:
        middle = math.sqrt(size * too_large)
        if fits(middle):
            size = middle
        else:
            too_large = middle
    return size
