"""What the blend modes make of two colours that can't be seen through.

Source of the formulas: W3C Compositing and Blending Level 1, section 10, on colours from 0 to 1 in
sRGB. Those that look at one channel at a time are worked out once for all pairs of 8-bit values,
which is exact, and as quick for the difficult ones as for the simple ones.
"""

import math
from collections.abc import Callable
from functools import cache
from typing import Literal

import pyvips

from ashim_watermark.squares import computed_once

Separable = Literal[
    "multiply",
    "screen",
    "overlay",
    "darken",
    "lighten",
    "color-dodge",
    "color-burn",
    "hard-light",
    "soft-light",
    "difference",
    "exclusion",
    "add",
]
NonSeparable = Literal["hue", "saturation", "color", "luminosity"]

_Channel = Callable[[float, float], float]
"""Makes one channel of the colour below and that of the colour above into a new one."""

_RED, _GREEN, _BLUE = 0.3, 0.59, 0.11
"""How much red, green and blue make for the luminosity of a colour."""


def mixed(below: pyvips.Image, above: pyvips.Image, mode: Separable | NonSeparable) -> pyvips.Image:
    """Mix two pictures of one size, both grey or both sRGB, without alpha."""
    if mode in ("hue", "saturation", "color", "luminosity"):
        return _mixed_as_colours(below, above, mode)
    pairs = (below.cast("ushort") << 8) | above
    return pairs.maplut(_table(mode))


def _screen(below: float, above: float) -> float:
    return below + above - below * above


def _hard_light(below: float, above: float) -> float:
    return 2 * below * above if above <= 0.5 else _screen(below, 2 * above - 1)


def _overlay(below: float, above: float) -> float:
    return _hard_light(above, below)


def _color_dodge(below: float, above: float) -> float:
    if below == 0:
        return 0
    return min(1, below / (1 - above)) if above < 1 else 1


def _color_burn(below: float, above: float) -> float:
    if below == 1:
        return 1
    return 1 - min(1, (1 - below) / above) if above > 0 else 0


def _soft_light(below: float, above: float) -> float:
    if above <= 0.5:
        return below - (1 - 2 * above) * below * (1 - below)
    low = ((16 * below - 12) * below + 4) * below
    lit = low if below <= 0.25 else math.sqrt(below)
    return below + (2 * above - 1) * (lit - below)


_FORMULAS: dict[Separable, _Channel] = {
    "multiply": lambda below, above: below * above,
    "screen": _screen,
    "overlay": _overlay,
    "darken": min,
    "lighten": max,
    "color-dodge": _color_dodge,
    "color-burn": _color_burn,
    "hard-light": _hard_light,
    "soft-light": _soft_light,
    "difference": lambda below, above: abs(below - above),
    "exclusion": lambda below, above: below + above - 2 * below * above,
    "add": lambda below, above: min(1, below + above),
}


@cache
def _table(mode: Separable) -> pyvips.Image:
    """List the results of a mode; the value below is the higher byte of the index."""
    formula, steps = _FORMULAS[mode], [value / 255 for value in range(256)]
    results = bytes(round(255 * formula(below, above)) for below in steps for above in steps)
    return pyvips.Image.new_from_memory(results, len(results), 1, 1, "uchar")


def _mixed_as_colours(below: pyvips.Image, above: pyvips.Image, mode: NonSeparable) -> pyvips.Image:
    """Take hue, saturation and luminosity each from one of two colours.

    Every one of these modes moves a colour away from the grey of the wanted luminosity: as far as
    the wanted saturation says, but no farther than to where a channel leaves its range.
    """
    light = above if mode == "luminosity" else below
    if below.bands < 3:  # greys have neither hue nor saturation
        return light
    tint = above if mode in ("hue", "color") else below
    wanted = computed_once(_luminosity(light))
    own = wanted if tint is light else computed_once(_luminosity(tint))
    least, largest = computed_once(_rank(tint, 0)), computed_once(_rank(tint, 2))
    most = below.new_from_image(1)
    if mode in ("hue", "saturation"):
        model = below if mode == "hue" else above
        most = (_rank(model, 2) - _rank(model, 0)) / (largest - least)
    # libvips makes 0 of a division by 0, which is right for greys.
    room = [wanted / (own - least), (255 - wanted) / (largest - own)]
    factor = computed_once(most.bandrank(room, index=0))
    rest = computed_once(wanted - own * factor)
    # Band by band, as libvips is slow with pictures that differ in their numbers of bands.
    red, green, blue = ((band * factor + rest).rint().cast("uchar") for band in tint.bandsplit())
    return red.bandjoin(green).bandjoin(blue)


def _luminosity(colours: pyvips.Image) -> pyvips.Image:
    red, green, blue = colours.bandsplit()
    return red * _RED + green * _GREEN + blue * _BLUE


def _rank(colours: pyvips.Image, index: int) -> pyvips.Image:
    """Give the least (0) or the largest (2) of the three bands of every pixel."""
    red, green, blue = colours.bandsplit()
    return red.bandrank([green, blue], index=index)
