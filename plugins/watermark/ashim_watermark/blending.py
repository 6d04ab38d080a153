"""How the colours of a layer meet those below it: the sixteen modes of the web, and add.

Source of the formulas that libvips doesn't have: W3C Compositing and Blending Level 1, section 10.2
(non-separable blend modes), on colours from 0 to 1 in sRGB.
"""

from collections.abc import Callable
from typing import Literal

import pyvips

from ashim_core.plugin import canvas

Blend = Literal[
    "over",
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
    "hue",
    "saturation",
    "color",
    "luminosity",
    "add",
]

_IN_LIBVIPS: dict[Blend, str] = {
    "over": "over",
    "multiply": "multiply",
    "screen": "screen",
    "overlay": "overlay",
    "darken": "darken",
    "lighten": "lighten",
    "color-dodge": "colour-dodge",
    "color-burn": "colour-burn",
    "hard-light": "hard-light",
    "soft-light": "soft-light",
    "difference": "difference",
    "exclusion": "exclusion",
}
_WEIGHTS = (0.3, 0.59, 0.11)
"""How much red, green and blue make for the luminosity of a colour."""

_Mix = Callable[[pyvips.Image, pyvips.Image], pyvips.Image]
"""Makes the blended colours of those below and those of the layer, as three bands, 0 to 255."""


def blended(
    image: pyvips.Image, layer: pyvips.Image, left: int, top: int, mode: Blend
) -> pyvips.Image:
    """Lay a picture with alpha onto another; where it isn't, nothing changes."""
    if mode in _IN_LIBVIPS:
        return canvas.lay(image, layer, left, top, _IN_LIBVIPS[mode])
    covered = canvas.overlap(image, layer, left, top)
    if covered is None:
        return image
    left, top, under, over = covered
    if image.bands < 3:
        image, under = image.colourspace("srgb"), under.colourspace("srgb")
    met = _met(under, over.colourspace("srgb"), _MIXES[mode])
    return image.insert(met, left, top)


def _met(under: pyvips.Image, over: pyvips.Image, mix: _Mix) -> pyvips.Image:
    """Blend where both are, and show each where the other isn't (section 9.1 of the source)."""
    below = canvas.with_alpha(under)
    colours, alpha = _parts(over)
    backdrop, backdrop_alpha = _parts(below)
    share = backdrop_alpha / 255
    source = colours * (1 - share) + mix(backdrop, colours) * share
    layer = source.rint().cast("uchar").bandjoin(alpha).copy(interpretation="srgb")
    met = below.composite2(layer, "over")
    return met if under.hasalpha() else met.extract_band(0, n=3)


def _parts(image: pyvips.Image) -> tuple[pyvips.Image, pyvips.Image]:
    return image.extract_band(0, n=3), image[3]


def _hue(backdrop: pyvips.Image, source: pyvips.Image) -> pyvips.Image:
    return _with_luminosity(_with_saturation(source, _saturation(backdrop)), _luminosity(backdrop))


def _saturated(backdrop: pyvips.Image, source: pyvips.Image) -> pyvips.Image:
    return _with_luminosity(_with_saturation(backdrop, _saturation(source)), _luminosity(backdrop))


def _coloured(backdrop: pyvips.Image, source: pyvips.Image) -> pyvips.Image:
    return _with_luminosity(source, _luminosity(backdrop))


def _lit(backdrop: pyvips.Image, source: pyvips.Image) -> pyvips.Image:
    return _with_luminosity(backdrop, _luminosity(source))


def _added(backdrop: pyvips.Image, source: pyvips.Image) -> pyvips.Image:
    total = backdrop + source
    return (total > 255).ifthenelse(255, total)


_MIXES: dict[Blend, _Mix] = {
    "hue": _hue,
    "saturation": _saturated,
    "color": _coloured,
    "luminosity": _lit,
    "add": _added,
}


def _luminosity(colours: pyvips.Image) -> pyvips.Image:
    return colours.recomb(pyvips.Image.new_from_array([[*_WEIGHTS]]))


def _saturation(colours: pyvips.Image) -> pyvips.Image:
    return _rank(colours, 2) - _rank(colours, 0)


def _rank(colours: pyvips.Image, index: int) -> pyvips.Image:
    """Give the least (0) or the largest (2) of the three bands of every pixel."""
    red, green, blue = colours.bandsplit()
    return red.bandrank([green, blue], index=index)


def _with_saturation(colours: pyvips.Image, saturation: pyvips.Image) -> pyvips.Image:
    """Stretch colours so that their largest band is `saturation` above their least, which is 0."""
    least = _rank(colours, 0)
    span = _rank(colours, 2) - least
    return (colours - least) * saturation / span  # libvips makes 0 of a division by 0


def _with_luminosity(colours: pyvips.Image, luminosity: pyvips.Image) -> pyvips.Image:
    """Shift colours to a luminosity, then pull what is out of range towards grey."""
    shifted = colours + (luminosity - _luminosity(colours))
    least, largest = _rank(shifted, 0), _rank(shifted, 2)
    below = luminosity + (shifted - luminosity) * luminosity / (luminosity - least)
    shifted = (least < 0).ifthenelse(below, shifted)
    room = 255 - luminosity
    above = luminosity + (shifted - luminosity) * room / (largest - luminosity)
    return (largest > 255).ifthenelse(above, shifted)
