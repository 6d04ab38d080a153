"""Colours in a space in which equal distances look equal.

Source: Björn Ottosson, "A perceptual color space for image processing", 2020; IEC 61966-2-1.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Floats = NDArray[numpy.float64]
    Bytes = NDArray[numpy.uint8]

_TO_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def to_oklab(colours: "Floats") -> "Floats":
    """Turn sRGB, 0 to 255 of shape (n, 3), into lightness 0 to 1 and two axes of colour."""
    import numpy

    share = colours / 255
    linear = numpy.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    lab: Floats = numpy.cbrt(linear @ numpy.transpose(_TO_CONES)) @ numpy.transpose(_TO_LAB)
    return lab


def from_oklab(lab: "Floats") -> "Bytes":
    """Turn it back, to the nearest colour of sRGB."""
    import numpy

    cones = (lab @ numpy.linalg.inv(numpy.transpose(_TO_LAB))) ** 3
    linear = (cones @ numpy.linalg.inv(numpy.transpose(_TO_CONES))).clip(0, 1)
    share = numpy.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return (255 * share).round().astype(numpy.uint8)
