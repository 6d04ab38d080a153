"""A picture that is drawn, not shipped: something to try the tools on before one's own photos."""

import sys

import pyvips

from ashim_core.colour import Colour

_SKY_TOP, _SKY_LOW = Colour(52, 78, 138), Colour(246, 170, 106)
_SUN = Colour(255, 240, 205)
_VALLEY = Colour(22, 24, 46)
_RIDGES = (
    # height of the line (share of the picture), its swing, waves across, phase, colour
    (0.58, 0.08, 1.7, 40, Colour(150, 108, 126)),
    (0.70, 0.07, 2.9, 200, Colour(98, 80, 112)),
    (0.82, 0.06, 4.3, 95, Colour(52, 52, 84)),
)


def landscape(width: int, height: int) -> pyvips.Image:
    """Draw mountains at sunset as 8-bit sRGB; the same on every machine."""
    # What depends on one coordinate is worked out for one row or column, and repeated.
    row = pyvips.Image.xyz(width, 1)[0].cast("float") / width
    column = pyvips.Image.xyz(1, height)[1].cast("float") / height
    down = column.replicate(width, 1).copy_memory()
    sky = _mix(_plain(column, _SKY_TOP), _SKY_LOW, _clamp(column * 1.6))
    picture = sky.replicate(width, 1)
    across = (row - 0.68).replicate(1, height)
    from_sun = (across**2 + ((down - 0.42) * height / width) ** 2) ** 0.5
    from_sun = from_sun.cast("float").copy_memory()
    picture = _mix(picture, _SUN, _clamp(1 - from_sun * 4) ** 3 * 0.7)
    picture = _mix(picture, _SUN, _clamp((0.05 - from_sun) * width))
    for level, swing, waves, phase, colour in _RIDGES:
        line = _outline(row * 360 * waves + phase) * swing + level
        below = (down - line.cast("float").copy_memory().replicate(1, height)).copy_memory()
        ridge = _mix(_plain(below, colour), _VALLEY, _clamp(below * 3))
        picture = _blend(picture, ridge, _clamp(below * height))
    return picture.cast("uchar").copy(interpretation="srgb")


def _plain(like: pyvips.Image, colour: Colour) -> pyvips.Image:
    """Make a picture of one colour, as large as another."""
    pixel = pyvips.Image.black(1, 1, bands=3).linear([1, 1, 1], [*colour[:3]])
    return pixel.cast("float").embed(0, 0, like.width, like.height, extend="copy")


def _mix(image: pyvips.Image, colour: Colour, share: pyvips.Image) -> pyvips.Image:
    """Paint a share, 0 to 1 for each pixel, of a colour over a picture."""
    return _blend(image, _plain(image, colour), share)


def _blend(lower: pyvips.Image, upper: pyvips.Image, share: pyvips.Image) -> pyvips.Image:
    """Mix two pictures. The result is computed at once: what reads it twice would do so twice."""
    return (lower + (upper - lower) * share).cast("float").copy_memory()


def _outline(degrees: pyvips.Image) -> pyvips.Image:
    """Add up waves, so that the line looks grown; -1 to 1."""
    return degrees.sin() * 0.62 + (degrees * 2.7).sin() * 0.28 + (degrees * 9.1).sin() * 0.1


def _clamp(image: pyvips.Image) -> pyvips.Image:
    return (image < 0).ifthenelse(0, (image > 1).ifthenelse(1, image))


if __name__ == "__main__":
    landscape(1600, 1067).jpegsave(sys.argv[1], Q=88)
