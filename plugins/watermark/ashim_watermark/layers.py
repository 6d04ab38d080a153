"""What is done to a layer before it is laid: fading, turning, a shadow below it."""

import pyvips

from ashim_core.plugin import Colour, canvas
from ashim_watermark.blending import blended
from ashim_watermark.squares import along_diagonals, ready


def faded(layer: pyvips.Image, opacity: float) -> pyvips.Image:
    """Make a layer see-through. opacity: percent of what it is."""
    if opacity == 100:
        return layer
    if not layer.hasalpha():
        return layer.bandjoin(round(255 * opacity / 100))
    factors = [1.0] * (layer.bands - 1) + [opacity / 100]
    half = [0.0] * (layer.bands - 1) + [0.5]  # libvips cuts off what is behind the point
    return layer.linear(factors, half, uchar=True)


def turned(layer: pyvips.Image, angle: float) -> pyvips.Image:
    """Turn a layer clockwise by degrees about its middle, onto a transparent canvas."""
    if not angle % 360:
        return layer
    if angle % 90:
        layer = along_diagonals(layer)
    return ready(canvas.turned(layer, angle))


def shadowed(
    layer: pyvips.Image, colour: Colour, blur: float, across: int, down: int, *, glass: int = 255
) -> tuple[pyvips.Image, int, int]:
    """Put a soft shadow below a layer, moved to the right and down.

    blur: of its edge, in pixels, the standard deviation of a Gaussian is half of that.
    glass: the alpha of the layer's body. What can be seen through has its shadow beside it, not
        below it, where it would darken it.
    Gives the larger layer, and where in it the old one begins.
    """
    room = int(blur * 1.5) + 1 if blur else 0
    left, top = max(room - across, 0), max(room - down, 0)
    width = layer.width + left + max(room + across, 0)
    height = layer.height + top + max(room + down, 0)
    body = canvas.alpha_of(layer).maplut(_reaching(glass))
    alpha = body.embed(left + across, top + down, width, height)
    if blur:
        alpha = alpha.gaussblur(blur / 2)
    if glass < 255:
        alpha = body.embed(left, top, width, height).ifthenelse(0, alpha, blend=True)
    alpha = alpha.linear([colour.alpha / 255], [0], uchar=True)
    shade = alpha.new_from_image([*colour[:3]]).copy(interpretation="srgb").bandjoin(alpha)
    return blended(shade, layer, left, top, "over"), left, top


def _reaching(glass: int) -> pyvips.Image:
    """Make a table that stretches the alphas up to that of a body, so that the body is solid."""
    table = pyvips.Image.identity().linear([255 / max(glass, 1)], [0])
    return (table > 255).ifthenelse(255, table).rint().cast("uchar")


def boxed(
    layer: pyvips.Image, background: Colour | None, padding: int, radius: float
) -> pyvips.Image:
    """Put a box behind a layer. padding: pixels around it. radius: of the box's corners."""
    width, height = layer.width + 2 * padding, layer.height + 2 * padding
    if background is None:
        return layer.embed(padding, padding, width, height)
    mask = canvas.round_mask(width, height, min(radius, min(width, height) / 2))
    alpha = mask.linear([background.alpha / 255], [0], uchar=True)
    box = alpha.new_from_image([*background[:3]]).copy(interpretation="srgb").bandjoin(alpha)
    return blended(box, layer, padding, padding, "over")


def like(image: pyvips.Image, layer: pyvips.Image) -> pyvips.Image:
    """Bring a layer without colours to the bands of the picture, so that grey stays grey."""
    return layer.colourspace("b-w") if image.bands < 3 else layer


def scaled(layer: pyvips.Image, width: int, most: int) -> pyvips.Image:
    """Bring a layer to a width, its proportions kept; less wide if it would be too high.

    most: pixels that it may be high.
    """
    factor = min(width / layer.width, most / layer.height)
    return canvas.resampled(
        layer, max(1, round(layer.width * factor)), max(1, round(layer.height * factor))
    )
