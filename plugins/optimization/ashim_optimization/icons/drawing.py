"""Drawing an icon: a picture on a square, with space around it and round corners."""

from dataclasses import dataclass
from typing import Literal

import pyvips

from ashim_core.plugin import TRANSPARENT, Colour

MASTER = 1024
"""The side that pictures are brought to, if they are larger; the largest icon has half of it."""

Fit = Literal["cover", "contain"]


@dataclass(frozen=True)
class Look:
    """What an icon looks like. padding, radius: in parts of its side."""

    padding: float = 0
    radius: float = 0
    background: Colour = TRANSPARENT


def prepared(picture: pyvips.Image, fit: Fit) -> pyvips.Image:
    """Bring a picture into sRGB with alpha, weighed by it, and to a size that is enough.

    fit: cover cuts it to the largest square in its middle, contain leaves its shape.
    """
    if picture.bands < 3:
        picture = picture.colourspace("srgb")
    if not picture.hasalpha():
        picture = picture.addalpha()
    if fit == "cover":
        square = min(picture.width, picture.height)
        left, top = (picture.width - square) // 2, (picture.height - square) // 2
        picture = picture.crop(left, top, square, square)
    return _within_square(picture.premultiply(), MASTER, enlarge=False).copy_memory()


def icon(picture: pyvips.Image, side: int, look: Look) -> pyvips.Image:
    """Draw an icon of a prepared picture: 8-bit sRGB with alpha."""
    space = min(round(side * look.padding), (side - 1) // 2)
    shown = _within_square(picture, side - 2 * space)
    opacity = look.background.alpha / 255
    *colour, alpha = (value * opacity for value in (*look.background[:3], 255))
    under = pyvips.Image.black(side, side, bands=4).linear([1], [*colour, alpha])
    canvas = shown.gravity("centre", side, side, extend="black")
    over = canvas + under * (1 - canvas[3] / 255)
    if look.radius:
        over *= _coverage(side, side * look.radius)
    straight = over.copy(interpretation="srgb").unpremultiply()
    return straight.rint().cast("uchar").copy_memory()


def _within_square(picture: pyvips.Image, side: int, *, enlarge: bool = True) -> pyvips.Image:
    """Bring a picture to the largest size that fits into a square."""
    scale = side / max(picture.width, picture.height)
    if scale == 1 or not (enlarge or scale < 1):
        return picture
    wide, high = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return _resized(picture, wide / picture.width, high / picture.height)


def _resized(picture: pyvips.Image, across: float, down: float) -> pyvips.Image:
    smaller = picture.resize(across, vscale=down)
    # The filter overshoots at sharp edges, and no colour is brighter than its alpha allows.
    alpha = _within(smaller[3], 255)
    return _within(smaller.extract_band(0, n=3), alpha).bandjoin(alpha)


def _within(values: pyvips.Image, most: pyvips.Image | float) -> pyvips.Image:
    values = (values > 0).ifthenelse(values, 0)
    return (values < most).ifthenelse(values, most)


def _coverage(side: int, radius: float) -> pyvips.Image:
    """Say how much of each pixel lies inside of a square with round corners, 0 to 1."""
    middle = pyvips.Image.xyz(side, side) + (0.5 - side / 2)
    beyond = middle.abs() - (side / 2 - radius)
    beyond = (beyond > 0).ifthenelse(beyond, 0)
    squares = beyond * beyond  # three times as quick as a power
    distance = (squares[0] + squares[1]) ** 0.5 - radius
    return _within(0.5 - distance, 1)
