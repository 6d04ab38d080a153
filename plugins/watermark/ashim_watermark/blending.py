"""How a layer meets what is below it: the sixteen modes of the web and `add`, with alpha of both.

Source of the formulas: W3C Compositing and Blending Level 1, sections 5 and 9. The modes of libvips
itself are not these: they count the alpha of what can be seen through twice.
"""

from typing import Literal

import pyvips

from ashim_core.plugin import canvas
from ashim_watermark.mixing import NonSeparable, Separable, mixed
from ashim_watermark.squares import computed_once, in_squares

Blend = Literal["over", Separable, NonSeparable]

_IN_ORDER = "vips-sequential"
"""How libvips marks pictures that are read from top to bottom."""


def blended(
    image: pyvips.Image, layer: pyvips.Image, left: int, top: int, mode: Blend
) -> pyvips.Image:
    """Lay a picture onto another at a place, which may be partly or wholly outside.

    Where the layer isn't, nothing changes. The result is grey only if both are, and has alpha if
    the lower one has.
    """
    image = _going_on(image)
    covered = canvas.overlap(image, layer, left, top)
    if covered is None:
        return image
    under, over = covered.under, covered.over
    if under.bands < 3 <= over.bands:
        image, under = image.colourspace("srgb"), under.colourspace("srgb")
    elif over.bands < 3 <= under.bands:
        over = over.colourspace("srgb")
    met = in_squares(_met(computed_once(under), computed_once(over), mode))
    # Only what is covered is computed: the rest of the picture passes as it is.
    return image.insert(met, covered.left, covered.top)


def _going_on(image: pyvips.Image) -> pyvips.Image:
    """Have a picture that is read from top to bottom go on below what is inserted.

    Some way past that, libvips would let go of all that it was made of, which is the picture
    itself, with rows that were read and are still needed.
    """
    if not image.get_typeof(_IN_ORDER):
        return image
    image = image.copy()
    image.remove(_IN_ORDER)
    return image


def _met(under: pyvips.Image, over: pyvips.Image, mode: Blend) -> pyvips.Image:
    if under.hasalpha():
        return _met_on_glass(under, canvas.with_alpha(over), mode)
    colours = _colours(over)
    mix = colours if mode == "over" else mixed(under, colours, mode)
    return _alpha(over).ifthenelse(mix, under, blend=True) if over.hasalpha() else mix


def _met_on_glass(under: pyvips.Image, over: pyvips.Image, mode: Blend) -> pyvips.Image:
    """Blend where both are, and show each where the other isn't."""
    backdrop, below = _colours(under), _alpha(under)
    source, above = _colours(over), _alpha(over)
    if mode != "over":
        source = below.ifthenelse(mixed(backdrop, source, mode), source, blend=True)
    alpha = 255 - (255 - below) * (255 - above) / 255
    share = above / alpha  # libvips makes 0 of a division by 0
    colours = backdrop + (source - backdrop) * share
    return colours.bandjoin(alpha).rint().cast("uchar")


def _colours(image: pyvips.Image) -> pyvips.Image:
    return image.extract_band(0, n=image.bands - 1) if image.hasalpha() else image


def _alpha(image: pyvips.Image) -> pyvips.Image:
    return image[image.bands - 1]
