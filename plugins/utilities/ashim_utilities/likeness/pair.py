"""Two pictures of one size, so that each pixel has one to be compared with."""

from typing import NamedTuple

import pyvips

from ashim_core.plugin import Size


class Pair(NamedTuple):
    """What is compared, in sRGB; both have alpha or neither has."""

    first: pyvips.Image
    second: pyvips.Image

    @property
    def size(self) -> Size:
        return Size(self.first.width, self.first.height)


def paired(first: pyvips.Image, second: pyvips.Image) -> Pair:
    """Stretch both to the larger width and the larger height of the two."""
    width, height = max(first.width, second.width), max(first.height, second.height)
    alpha = first.hasalpha() or second.hasalpha()
    return Pair(*(_prepared(image, width, height, alpha) for image in (first, second)))


def _prepared(image: pyvips.Image, width: int, height: int, alpha: bool) -> pyvips.Image:
    image = image.colourspace("srgb") if image.interpretation != "srgb" else image
    if alpha and not image.hasalpha():
        image = image.addalpha()
    if (image.width, image.height) == (width, height):
        return image
    return image.thumbnail_image(width, height=height, size="force")
