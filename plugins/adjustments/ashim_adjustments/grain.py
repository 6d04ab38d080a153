"""Grain: taken away by the median of each pixel and its neighbours."""

import pyvips

from ashim_adjustments.rows import shared

Three = tuple[pyvips.Image, pyvips.Image, pyvips.Image]


def without_grain(colours: pyvips.Image, alpha: pyvips.Image | None, size: int) -> pyvips.Image:
    """Take the median of a square of pixels, but not where any of them is invisible."""
    colours = shared(colours)
    median = median_of_nine(colours) if size == 3 else _ranked(colours, size, size * size // 2)
    if alpha is None:
        return median
    return (_ranked(alpha, size, 0) > 0).ifthenelse(median, colours)


def _ranked(image: pyvips.Image, size: int, index: int) -> pyvips.Image:
    """Take one of the sorted pixels of a square; what is outside is like the edge.

    libvips adds the outside itself, but wants no square that is larger than the picture.
    """
    wide, high, room = image.width, image.height, size // 2
    larger = image.embed(room, room, wide + 2 * room, high + 2 * room, extend="copy")
    return larger.rank(size, size, index).crop(room, room, wide, high)


def median_of_nine(image: pyvips.Image) -> pyvips.Image:
    """Take the median of 3 by 3 pixels: what libvips does in twenty times the time.

    Of three sorted columns it is the median of the largest of the least, the median of the medians
    and the least of the largest. Each column is sorted once, for the three squares that it is in.
    """
    above, here, below = _side_by_side(shared(image), 0, 1)
    least = shared(above.minpair(here).minpair(below))
    middle = shared(_median(above, here, below))
    most = shared(above.maxpair(here).maxpair(below))
    one, two, three = _side_by_side(least, 1, 0)
    largest = one.maxpair(two).maxpair(three)
    one, two, three = _side_by_side(most, 1, 0)
    smallest = one.minpair(two).minpair(three)
    return _median(largest, _median(*_side_by_side(middle, 1, 0)), smallest)


def _median(one: pyvips.Image, two: pyvips.Image, three: pyvips.Image) -> pyvips.Image:
    return one.minpair(two).maxpair(one.maxpair(two).minpair(three))


def _side_by_side(image: pyvips.Image, across: int, down: int) -> Three:
    """Give a picture moved by one pixel one way, as it is, and moved the other way."""
    size = image.width, image.height
    wide = image.embed(1, 1, size[0] + 2, size[1] + 2, extend="copy")
    return wide.crop(1 - across, 1 - down, *size), image, wide.crop(1 + across, 1 + down, *size)
