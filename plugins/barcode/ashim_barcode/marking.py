"""Showing in a picture where symbols are: numbered outlines in six colours."""

from collections.abc import Sequence

import pyvips

from ashim_barcode.symbols import Symbol
from ashim_core.plugin import canvas, draw_svg

_COLOURS = ("#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4", "#008080")
_MOST_PIXELS = 2_000_000
"""Of a drawing for one symbol; a larger one is enlarged."""
_LABEL = 0.13
"""Of the size of a symbol, the radius of what its number stands on."""
_SMALLEST_LABEL = 10
_STROKES = {
    "0": "M0 0H2V4H0Z",
    "1": "M1 0V4",
    "2": "M0 0H2V2H0V4H2",
    "3": "M0 0H2V4H0M0 2H2",
    "4": "M0 0V2H2M2 0V4",
    "5": "M2 0H0V2H2V4H0",
    "6": "M2 0H0V4H2V2H0",
    "7": "M0 0H2V4",
    "8": "M0 0H2V4H0ZM0 2H2",
    "9": "M2 2H0V0H2V4H0",
}
"""Digits of straight lines, 2 wide and 4 high: a machine may have no typefaces."""
_ADVANCE = 3.4


def marked(image: pyvips.Image, symbols: Sequence[Symbol]) -> pyvips.Image:
    """Draw an outline with a number from 1 on around each symbol."""
    image = image.colourspace("srgb") if image.bands < 3 else image
    for number, symbol in enumerate(symbols, 1):
        image = _with(image, symbol, number)
    return image


def _with(image: pyvips.Image, symbol: Symbol, number: int) -> pyvips.Image:
    radius = max(_LABEL * symbol.size, _SMALLEST_LABEL)
    across = [corner.x for corner in symbol.corners]
    down = [corner.y for corner in symbol.corners]
    left, top = max(0, int(min(across) - radius)), max(0, int(min(down) - radius))
    right = min(image.width, int(max(across) + radius) + 1)
    bottom = min(image.height, int(max(down) + radius) + 1)
    if right <= left or bottom <= top:
        return image
    width, height = right - left, bottom - top
    layer = _drawn(symbol, number, (left, top, width, height), radius)
    part = canvas.over(image.crop(left, top, width, height), layer)
    return image.insert(part, left, top)


def _drawn(
    symbol: Symbol, number: int, box: tuple[int, int, int, int], radius: float
) -> pyvips.Image:
    left, top, width, height = box
    factor = min(1.0, (_MOST_PIXELS / (width * height)) ** 0.5)
    colour = _COLOURS[(number - 1) % len(_COLOURS)]
    points = " ".join(f"{corner.x:.1f},{corner.y:.1f}" for corner in symbol.corners)
    stroke = max(2.0, symbol.size / 60)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{max(1, round(width * factor))}" '
        f'height="{max(1, round(height * factor))}" viewBox="{left} {top} {width} {height}" '
        f'preserveAspectRatio="none"><polygon points="{points}" fill="{colour}" '
        f'fill-opacity=".25" stroke="{colour}" stroke-width="{stroke:.1f}" '
        f'stroke-linejoin="round"/>{_label(symbol, number, colour, radius)}</svg>'
    )
    return canvas.resampled(draw_svg(svg.encode()), width, height)


def _label(symbol: Symbol, number: int, colour: str, radius: float) -> str:
    digits = str(number)
    x, y = symbol.middle
    scale = radius / 3.6 / max(1, len(digits) - 0.6)
    begin = -(_ADVANCE * len(digits) - (_ADVANCE - 2)) / 2
    places = ((digit, f"{begin + _ADVANCE * at:.2f} -2") for at, digit in enumerate(digits))
    paths = "".join(
        f'<path d="{_STROKES[digit]}" transform="translate({place})"/>' for digit, place in places
    )
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}"/>'
        f'<g transform="translate({x:.1f} {y:.1f}) scale({scale:.3f})" fill="none" stroke="#fff" '
        f'stroke-width=".8" stroke-linecap="round" stroke-linejoin="round">{paths}</g>'
    )
