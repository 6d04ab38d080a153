"""The ways in which a picture is looked at: as it is, and so that more can be made out in it."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pyvips

from ashim_barcode.readers import Grey, by_zbar, by_zxing, grey
from ashim_barcode.symbols import Point, Symbol, merged

_MEGA = 1_000_000
_LARGE = 16_000_000
"""Pixels that are looked at in one go: of larger pictures, fewer in each direction."""
_SMALL = 1_000_000
"""Pixels up to which a picture is enlarged, too."""
_TIMES = 3
_TURNS = (45.0, 22.5, -22.5)
"""Degrees: bars are found along lines that go straight across or down, and a little beside."""
_AGAIN = 4_000_000
"""Pixels of a picture that is looked at in another way than it is: what is hard to see is large."""
_LOW, _HIGH = 2, 98
"""Percent of the pixels that are darker than black and brighter than white after stretching."""

Back = Callable[[Point], Point]


@dataclass(frozen=True)
class _Look:
    """One way to see a picture. back: from its pixels to those of the picture."""

    image: pyvips.Image
    back: Back


def read(image: pyvips.Image, *, hard: bool, most: int) -> list[Symbol]:
    """Read all symbols in a picture of one band. hard: look at it in every way, which is slow."""
    found: list[Symbol] = []
    for look in _looks(image, hard):
        found += _seen(look, hard=hard, most=most)
    return merged(found)[:most]


def effort(width: int, height: int) -> float:
    """Say about how many CPU seconds it takes to look at a picture in every way."""
    pixels = width * height
    return 0.3 * min(pixels, _LARGE) / _MEGA + 2.5 * min(pixels, _AGAIN) / _MEGA + 1


def _seen(look: _Look, *, hard: bool, most: int) -> Iterator[Symbol]:
    picture: Grey = grey(look.image)
    for symbol in (*by_zxing(picture, hard=hard, most=most), *by_zbar(picture, most=most)):
        corners = tuple(look.back(corner) for corner in symbol.corners)
        yield replace(symbol, corners=corners)  # type: ignore[arg-type]


def _looks(image: pyvips.Image, hard: bool) -> Iterator[_Look]:
    yield _bounded(image, _LARGE)
    if not hard:
        return
    plain = _bounded(image, _AGAIN)
    yield _Look(_stretched(plain.image), plain.back)
    yield _Look(plain.image.invert(), plain.back)
    yield _Look(_levelled(plain.image), plain.back)
    if image.width * image.height <= _SMALL:
        yield _scaled(image, _TIMES)
    for degrees in _TURNS:
        turned = _turned(plain, degrees)
        yield turned
        yield _Look(turned.image.invert(), turned.back)


def _bounded(image: pyvips.Image, pixels: int) -> _Look:
    return _scaled(image, min(1.0, math.sqrt(pixels / (image.width * image.height))))


def _scaled(image: pyvips.Image, factor: float) -> _Look:
    if factor == 1:
        return _Look(image, lambda point: point)
    scaled = image.resize(factor, kernel="linear" if factor < 1 else "cubic").copy_memory()
    across, down = image.width / scaled.width, image.height / scaled.height
    return _Look(scaled, lambda point: Point(point.x * across, point.y * down))


def _stretched(image: pyvips.Image) -> pyvips.Image:
    """Make of faint greys black and white."""
    low, high = image.percent(_LOW), image.percent(_HIGH)
    if high <= low:
        return image
    factor = 255 / (high - low)
    return ((image - low) * factor).cast("uchar")


def _levelled(image: pyvips.Image) -> pyvips.Image:
    """Take out shadows: each pixel against what is around it."""
    around = max(3.0, min(image.width, image.height) / 20)
    small = max(1.0, around / 4)
    # What is that blurred needs no more pixels.
    blurred = image.shrink(small, small).gaussblur(around / small)
    blurred = blurred.resize(image.width / blurred.width, vscale=image.height / blurred.height)
    return ((image.cast("short") - blurred) * 2 + 160).cast("uchar")


def _turned(base: _Look, degrees: float) -> _Look:
    """Turn a picture clockwise about its middle, onto white."""
    turned = base.image.rotate(degrees, background=[255]).copy_memory()
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    middle = (turned.width / 2, turned.height / 2)
    before = (base.image.width / 2, base.image.height / 2)

    def back(point: Point) -> Point:
        x, y = point.x - middle[0], point.y - middle[1]
        return base.back(Point(x * cos + y * sin + before[0], -x * sin + y * cos + before[1]))

    return _Look(turned, back)
