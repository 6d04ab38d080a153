"""In which order pixels are computed, and how long they are kept for those who read them again.

Everything here is in squares of the size in which libvips turns pictures. Whole rows would be kept
by every operation, which is a lot where a picture is wide and the operations are many.
"""

import math

import pyvips

_SIDE = 128
_HELD = 64 * 1024 * 1024
"""Bytes of a layer that are held in memory beside everything else."""


def ready(layer: pyvips.Image) -> pyvips.Image:
    """Compute a layer now if it is small enough, since it may be read repeatedly.

    Of a large one perhaps little is seen, and only that is computed, when it is.
    """
    size = layer.width * layer.height * layer.bands
    return layer.copy_memory() if size <= _HELD else layer


def in_squares(image: pyvips.Image) -> pyvips.Image:
    """Have a picture computed square by square, and kept until the rows that it makes are read."""
    return _kept(image, 2 * math.ceil(image.width / _SIDE) + 2)


def computed_once(image: pyvips.Image) -> pyvips.Image:
    """Keep the last square, where several operations read it and their result is `in_squares`."""
    return _kept(image, 2)


def along_diagonals(image: pyvips.Image) -> pyvips.Image:
    """Keep the squares of a picture that is turned until the next row of the result needs them."""
    return _kept(image, 3 * math.ceil((image.width + image.height) / _SIDE))


def _kept(image: pyvips.Image, squares: int) -> pyvips.Image:
    return image.tilecache(tile_width=_SIDE, tile_height=_SIDE, max_tiles=squares)
