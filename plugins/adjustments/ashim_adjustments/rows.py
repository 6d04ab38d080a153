"""A picture in parts that are read more than once."""

import pyvips

_TOGETHER = 16


def shared(image: pyvips.Image) -> pyvips.Image:
    """Keep the last rows for whoever else reads them; each would be computed anew for every reader.

    However the picture came about: it may be the end of a long pipeline.
    """
    return image.linecache(tile_height=_TOGETHER, access="sequential")


def parts(image: pyvips.Image) -> tuple[pyvips.Image, pyvips.Image | None]:
    """Take a picture apart: its colours, and its alpha if it has any."""
    if not image.hasalpha():
        return image, None
    image, last = shared(image), image.bands - 1
    return image.extract_band(0, n=last), image[last]
