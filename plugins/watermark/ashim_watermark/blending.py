"""How a layer meets what is below it: the sixteen modes of the web and `add`, with alpha of both.

Source of the formulas: W3C Compositing and Blending Level 1, sections 5 and 9. The modes of libvips
itself are not these: they count the alpha of what can be seen through twice.
"""

from functools import partial
from typing import Literal

import pyvips

from ashim_core.plugin import canvas
from ashim_watermark.mixing import NonSeparable, Separable, mixed
from ashim_watermark.squares import computed_once, in_squares, ready

Blend = Literal["over", Separable, NonSeparable]


def blended(
    image: pyvips.Image, layer: pyvips.Image, left: int, top: int, mode: Blend
) -> pyvips.Image:
    """Lay a picture onto another at a place, which may be partly or wholly outside.

    Where the layer isn't, nothing changes. The result is grey only if both are, and has alpha if
    the lower one has.
    """
    return canvas.lay(image, layer, left, top, partial(_met, mode))


def drawn_on(image: pyvips.Image, layer: pyvips.Image, left: int, top: int) -> pyvips.Image:
    """Lay what was drawn over a picture, as `blended` does; what is seen of it is computed now."""
    return canvas.lay(image, layer, left, top, lambda under, over: _met("over", under, ready(over)))


def _met(mode: Blend, under: pyvips.Image, over: pyvips.Image) -> pyvips.Image:
    under, over = computed_once(under), computed_once(over)
    if mode != "over":
        over = _mixed_where_both_are(under, over, mode)
    return in_squares(canvas.over(under, over))


def _mixed_where_both_are(
    under: pyvips.Image, over: pyvips.Image, mode: Separable | NonSeparable
) -> pyvips.Image:
    """Give the layer other colours, but for where there is nothing below to mix them with."""
    colours = canvas.colours_of(over)
    mix = mixed(canvas.colours_of(under), colours, mode)
    if under.hasalpha():
        mix = canvas.alpha_of(under).ifthenelse(mix, colours, blend=True)
    return mix.bandjoin(canvas.alpha_of(over)) if over.hasalpha() else mix
