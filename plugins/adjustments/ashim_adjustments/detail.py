"""Sharpening: detail is what smoothing takes away, and a table says what is added for it.

Only lightness is looked at, and all channels get the same, so edges get no coloured seams. Where
there is alpha, neighbours count as much as they are seen, so what is invisible doesn't shine
through.
"""

from collections.abc import Callable, Sequence
from math import ceil, erf, sqrt

import pyvips

from ashim_adjustments.mix import WEIGHTS
from ashim_adjustments.rows import shared

BINOMIAL = {3: (1, 2, 1), 5: (1, 4, 6, 4, 1)}
"""Weights that smooth over 3 or 5 pixels."""
_PARTS = 128
"""libvips is fast with whole numbers for weights, and exact with those that it holds in 7 bits."""
_REACH = 3
"""How many sigmas away from the middle a bell is looked at."""
_LARGEST = 255
_FINE = 257
"""What makes 16 bits of 8, so that little is lost where next to nothing is seen."""
_LIGHT = 2.55
"""How far apart values are whose L* differs by 1, about."""


def sharpened(
    colours: pyvips.Image,
    alpha: pyvips.Image | None,
    weights: Sequence[int],
    added: Callable[[int], float],
) -> pyvips.Image:
    """Add to each pixel what `added` gives for its detail, -255 to 255, in lightness.

    weights: those of the neighbours along a line, for smoothing, as whole numbers.
    """
    colours = shared(colours)
    light = _lightness(colours)
    blurred = _smooth(light, weights) if alpha is None else _seen(light, alpha, weights)
    # 255 more than the detail: a place in the table, and never less than 0.
    place = light + blurred.invert()
    table = [round(added(detail)) for detail in range(-_LARGEST, _LARGEST + 1)]
    return colours + place.maplut(pyvips.Image.new_from_array([table]).cast("short"))


def bell(sigma: float) -> tuple[int, ...]:
    """Give the weights of a Gaussian blur: the shares of the bell over each pixel, as whole parts.

    What is further away than it reaches counts for its last pixel, so nothing gets lighter.
    """
    weights = _parts(sigma, _PARTS)
    # A weight of more than half leaves fewer bits for the others.
    return weights if max(weights) <= _PARTS // 2 else _parts(sigma, _PARTS // 2)


def _parts(sigma: float, total: int) -> tuple[int, ...]:
    reach = ceil(_REACH * sigma)
    bounds = [erf((place + 0.5) / (sigma * sqrt(2))) for place in range(reach)]
    # Rounding where the shares end, not the shares, leaves no more than one part to the middle.
    ends = [round(total * (1 - bound) / 2) for bound in bounds]
    half = [outer - inner for outer, inner in zip(ends, [*ends[1:], 0], strict=True)]
    side = [share for share in half if share]
    return (*reversed(side), total - 2 * sum(side), *side)


def adaptive(m1: float, m2: float, x1: float, y2: float, y3: float) -> Callable[[int], float]:
    """Add `m1` times the detail up to `x1`, `m2` times what is beyond, within `y2` and `y3`.

    x1, y2, y3 are in units of L*, of which there are 100 from black to white: at most `y2` is made
    lighter and `y3` darker.
    """

    def added(value: int) -> float:
        size = abs(value) / _LIGHT
        more = m1 * min(size, x1) + m2 * max(size - x1, 0)
        return _LIGHT * (min(more, y2) if value > 0 else -min(more, y3))

    return added


def _lightness(colours: pyvips.Image) -> pyvips.Image:
    if colours.bands == 1:
        light = colours
    else:
        light = colours.recomb(pyvips.Image.new_from_array([list(WEIGHTS)]))
    if light.format != "uchar":
        light = light.rint().cast("uchar")
    return shared(light)


def _smooth(image: pyvips.Image, weights: Sequence[int]) -> pyvips.Image:
    line = pyvips.Image.new_from_array([list(weights)], scale=sum(weights))
    return image.convsep(line, precision="integer")


def _seen(light: pyvips.Image, alpha: pyvips.Image, weights: Sequence[int]) -> pyvips.Image:
    """Smooth, with each pixel counting as much as its alpha says."""
    total = _smooth(light * alpha, weights)
    seen = _smooth((alpha * _FINE).cast("ushort"), weights)
    return (total * _FINE / seen).rint().cast("uchar")
