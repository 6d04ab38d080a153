"""Black and white: what is dark, as one shape."""

from typing import TYPE_CHECKING, Any

import pyvips

from ashim_core.plugin import canvas, to_numpy

if TYPE_CHECKING:
    from ashim_vectorize.shapes import Areas

BLACK, _WHITE = 0xFF000000, 0xFFFFFFFF
_SEEN = 128
"""The alpha from which on a pixel is traced."""


def enlarged(image: pyvips.Image, factor: int) -> pyvips.Image:
    """Enlarge a picture, so that a threshold finds its edges between the pixels."""
    if factor == 1:
        return image
    # Pixels are points for the transform: half of one lies before the first.
    offset = (factor - 1) / 2
    picture = canvas.premultiplied(image) if image.hasalpha() else image
    large = picture.affine(
        [factor, 0, 0, factor],
        interpolate=pyvips.Interpolate.new("bicubic"),
        oarea=[0, 0, image.width * factor, image.height * factor],
        odx=offset,
        ody=offset,
        extend="copy",
    )
    return canvas.straight(large) if image.hasalpha() else large


def silhouette(image: pyvips.Image, threshold: int, *, invert: bool) -> "Areas":
    """Give what is darker than a threshold as black, the rest as white, nothing as nothing.

    threshold: 0 to 255, of the luminance.  invert: what is lighter, or as light, becomes black.
    """
    import numpy

    grey: Any = to_numpy(canvas.colours_of(image).colourspace("b-w"))[:, :, 0]
    dark = (grey < threshold) != invert
    areas = numpy.where(dark, numpy.uint32(BLACK), numpy.uint32(_WHITE))
    if image.hasalpha():
        areas[to_numpy(canvas.alpha_of(image))[:, :, 0] < _SEEN] = _WHITE
    return areas
