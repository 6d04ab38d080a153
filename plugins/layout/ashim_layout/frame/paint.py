"""What a border is painted with: two colours, in a gradient or a pattern.

Where each of the two shows is a picture of its own: the share of the second colour, 0 to 1.
"""

from math import ceil, cos, radians, sin, sqrt
from typing import Literal

import pyvips

from ashim_core.plugin import Colour, canvas

Pattern = Literal["stripes", "checks", "dots"]


def gradient(width: int, height: int, degrees: float) -> pyvips.Image:
    """Give shares from 0 in one corner or side to 1 in the opposite one.

    degrees: the direction clockwise, 0 is from left to right.
    """
    across, down = cos(radians(degrees)), sin(radians(degrees))
    length = (width - 1) * abs(across) + (height - 1) * abs(down)
    begin = (width - 1) * min(across, 0) + (height - 1) * min(down, 0)
    weights = pyvips.Image.new_from_array([[across / length, down / length]])
    position = pyvips.Image.xyz(width, height).recomb(weights)
    return position - begin / length


def pattern(name: Pattern, size: int) -> pyvips.Image:
    """Give the shares of one tile of a pattern, which fits to itself on all sides."""
    middles = pyvips.Image.xyz(size, size) + 0.5
    if name == "stripes":
        return _stripes(middles, size)
    return _checks(middles, size) if name == "checks" else _dots(middles, size)


def mixed(share: pyvips.Image, one: Colour, other: Colour, like: pyvips.Image) -> pyvips.Image:
    """Mix two colours by the share of the other one, in the bands of the picture `like`."""
    if one.opaque and other.opaque:
        blend = _between(share, canvas.fill_values(like, one), canvas.fill_values(like, other))
        return blend.rint().cast("uchar").copy(interpretation=like.interpretation)
    first = canvas.premultiplied_values(like, one)
    blend = _between(share, first, canvas.premultiplied_values(like, other))
    return canvas.straight(blend.copy(interpretation=like.interpretation))


def tiled(tile: pyvips.Image, width: int, height: int) -> pyvips.Image:
    """Repeat a tile over a picture of this size, from its top left corner."""
    tile = tile.copy_memory()
    whole = tile.replicate(ceil(width / tile.width), ceil(height / tile.height))
    return whole.crop(0, 0, width, height)


def _between(share: pyvips.Image, one: list[float], other: list[float]) -> pyvips.Image:
    return share.linear([b - a for a, b in zip(one, other, strict=True)], one)


def _stripes(middles: pyvips.Image, size: int) -> pyvips.Image:
    """Draw one stripe of each colour, from bottom left to top right."""
    along = (middles[0] + middles[1] + size / 4) % size
    # Pixels to the nearest edge of a stripe, across the stripe: more than 0 in the first colour.
    inside = (size / 4 - (along - size / 2).abs()) / sqrt(2)
    return _within(0.5 - inside)


def _checks(middles: pyvips.Image, size: int) -> pyvips.Image:
    """Draw two by two fields, the first one in the first colour."""
    first = _within(middles * -1 + (size / 2 + 0.5))
    across, down = first[0], first[1]
    return across + down - across * down * 2


def _dots(middles: pyvips.Image, size: int) -> pyvips.Image:
    """Draw a disc of the second colour, half as wide as the tile, in the middle of it."""
    away = middles - size / 2
    return _within(size / 4 + 0.5 - (away[0] ** 2 + away[1] ** 2) ** 0.5)


def _within(values: pyvips.Image) -> pyvips.Image:
    values = (values > 0).ifthenelse(values, 0)
    return (values < 1).ifthenelse(values, 1)
