"""Round corners of cells and of whole results."""

import pyvips

from ashim_core.plugin import Colour, canvas


def rounded(picture: pyvips.Image, radius: float, background: Colour) -> pyvips.Image:
    """Show the background in the corners. radius: at most half the shorter side is used."""
    radius = min(radius, picture.width / 2, picture.height / 2)
    if radius <= 0:
        return picture
    if background.alpha:
        return canvas.round_corners(picture, radius, background)
    # Where nothing shows, nothing has to be mixed, which takes several times as long.
    mask = canvas.round_mask(picture.width, picture.height, radius)
    if not picture.hasalpha():
        return picture.bandjoin(mask)
    alpha = (picture[-1] * mask / 255).rint().cast("uchar")
    return picture.extract_band(0, n=picture.bands - 1).bandjoin(alpha)
