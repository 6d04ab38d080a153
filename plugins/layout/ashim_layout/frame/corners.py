"""Round corners, in which something else shows."""

from math import ceil

import pyvips

from ashim_core.plugin import canvas
from ashim_layout.frame.pieces import beside, part


def rounded(picture: pyvips.Image, under: pyvips.Image, radius: float) -> pyvips.Image:
    """Round the corners of a picture; what lies under it, as large and of one kind, shows there.

    radius: in pixels, at most half the shorter side.
    """
    if radius <= 0:
        return picture
    width, height = picture.width, picture.height
    mask = canvas.round_mask(width, height, radius)
    left = ceil(radius)
    right = min(left, width - left)

    # Columns as high as the picture: libvips forgets rows that it has read from top to bottom once
    # a part of the result that ends further up is done, and the others may still need them.
    def column(begin: int, columns: int) -> pyvips.Image | None:
        if not columns:
            return None
        box = begin, 0, columns, height
        return _mixed(picture.crop(*box), under.crop(*box), mask.crop(*box))

    middle = part(picture, left, 0, width - left - right, height)
    return beside((column(0, left), middle, column(width - right, right)))


def _mixed(picture: pyvips.Image, under: pyvips.Image, mask: pyvips.Image) -> pyvips.Image:
    if not picture.hasalpha():
        return mask.ifthenelse(picture, under, blend=True)
    upper, lower = canvas.premultiplied(picture), canvas.premultiplied(under)
    return canvas.straight(mask.ifthenelse(upper, lower, blend=True))
