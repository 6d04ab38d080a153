"""The vignette: corners that fade into the dark, in the shape of the picture."""

import pyvips

_CORNER = 0.4
"""How much of the light is left in the corners."""


def vignette(colours: pyvips.Image) -> pyvips.Image:
    """Darken towards the corners: nearly nothing at the middle, the most at the very ends.

    What is left at a distance of r from the middle is 1 - 0.6 r^4, with r = 1 in the corners; along
    an ellipse as wide and high as the picture it is 0.85.
    """
    across = _squares(pyvips.Image.xyz(colours.width, 1)[0], colours.width)
    down = _squares(pyvips.Image.xyz(1, colours.height)[1], colours.height)
    box = (0, 0, colours.width, colours.height)
    square = across.embed(*box, extend="copy") + down.embed(*box, extend="copy")
    return colours * (1 - square * square * (1 - _CORNER))


def _squares(positions: pyvips.Image, side: int) -> pyvips.Image:
    """Give half the square of the distance from the middle, where that of an edge is 1."""
    distance = (positions + 0.5) / (side / 2) - 1
    return (distance * distance / 2).copy_memory()
