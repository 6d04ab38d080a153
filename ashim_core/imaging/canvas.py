"""What several tools do with a canvas: alpha, backgrounds, sizes, layers and round corners.

Pictures are 8-bit sRGB or grey, with alpha as the last band if there is any.
"""

import math
from collections.abc import Callable

import pyvips

from ashim_core.colour import TRANSPARENT, Colour

_READ_ONCE = "vips-sequential"
"""The metadata by which libvips says that pixels come from top to bottom, and once."""
_SLACK = 1e-6
"""Pixels that an angle may miss by being no exact number."""


def with_alpha(image: pyvips.Image) -> pyvips.Image:
    """Give the picture an opaque alpha band if it has none."""
    return image if image.hasalpha() else image.addalpha()


def fill_values(image: pyvips.Image, colour: Colour) -> list[float]:
    """Write a colour in the bands of `image`: grey or sRGB, with alpha if the picture has it."""
    values = [colour.luminance] if image.bands < 3 else [*colour[:3]]
    return [*values, colour.alpha] if image.hasalpha() else [*values]


def in_colour(image: pyvips.Image, colour: Colour) -> pyvips.Image:
    """Bring a grey picture to sRGB if `colour` is to be seen beside it."""
    if image.bands < 3 and not colour.red == colour.green == colour.blue:
        return image.colourspace("srgb")
    return image


def ready_for(image: pyvips.Image, colour: Colour) -> pyvips.Image:
    """Bring a picture into the bands that showing `colour` beside it takes."""
    image = in_colour(image, colour)
    return image if colour.opaque else with_alpha(image)


def place(image: pyvips.Image, width: int, height: int, background: Colour) -> pyvips.Image:
    """Put a picture in the middle of a box filled with a colour."""
    image = ready_for(image, background)
    return image.gravity(
        "centre",
        width,
        height,
        extend="background",
        background=fill_values(image, background),
    )


def premultiplied(image: pyvips.Image) -> pyvips.Image:
    """Weigh the colours by alpha, so that what is invisible doesn't bleed into what it meets."""
    return with_alpha(image).premultiply()


def premultiplied_values(image: pyvips.Image, colour: Colour) -> list[float]:
    """Write a colour in the bands of `image`, which is premultiplied."""
    *values, alpha = fill_values(image, colour)
    return [*(value * alpha / 255 for value in values), alpha]


def straight(image: pyvips.Image) -> pyvips.Image:
    """Undo `premultiplied`, and come back to 8 bits."""
    return image.unpremultiply().rint().cast("uchar")


def resampled(image: pyvips.Image, width: int, height: int) -> pyvips.Image:
    """Resample with Lanczos 3 to exactly this size; alpha is weighed in, so edges don't bleed."""
    if (image.width, image.height) == (width, height):
        return image
    across, down = width / image.width, height / image.height
    if not image.hasalpha():
        return image.resize(across, vscale=down)
    return straight(premultiplied(image).resize(across, vscale=down))


def turned(image: pyvips.Image, angle: float, background: Colour = TRANSPARENT) -> pyvips.Image:
    """Turn clockwise by degrees about the middle, onto the smallest canvas that holds it all.

    Multiples of 90 lose nothing. background: what the corners show that any other angle opens.
    """
    if angle % 90 == 0:
        return image.rot(f"d{round(angle) % 360}")
    image = in_colour(image, background)
    if background.opaque and not image.hasalpha():
        return _turned(image, angle, fill_values(image, background))
    image = premultiplied(image)
    return straight(_turned(image, angle, premultiplied_values(image, background)))


def _turned(image: pyvips.Image, angle: float, fill: list[float]) -> pyvips.Image:
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    width = math.ceil(image.width * abs(cos) + image.height * abs(sin) - _SLACK)
    height = math.ceil(image.width * abs(sin) + image.height * abs(cos) - _SLACK)
    # Pixels are points for the transform: the middle of four is 1.5.
    x, y = (image.width - 1) / 2, (image.height - 1) / 2
    return image.affine(
        [cos, -sin, sin, cos],
        interpolate=pyvips.Interpolate.new("bicubic"),
        oarea=[0, 0, width, height],
        odx=(width - 1) / 2 - (cos * x - sin * y),
        ody=(height - 1) / 2 - (sin * x + cos * y),
        background=fill,
        extend="background",
        premultiplied=True,
    )


Meet = Callable[[pyvips.Image, pyvips.Image], pyvips.Image]
"""Makes what is seen of a part of a picture and of a layer that covers all of it."""


def lay(
    image: pyvips.Image, layer: pyvips.Image, left: int, top: int, meet: Meet | None = None
) -> pyvips.Image:
    """Lay a picture onto another at a place, which may be partly or wholly outside.

    meet: how; `over` if not given. Both pictures are grey or both are not, and its result has the
    bands of the first. Where the layer isn't, nothing changes. The result is grey only if both are,
    and has alpha if the lower one has.
    """
    across, down = max(left, 0), max(top, 0)
    width = min(left + layer.width, image.width) - across
    height = min(top + layer.height, image.height) - down
    if width <= 0 or height <= 0:
        return image
    streamed = image.get_typeof(_READ_ONCE) != 0
    image, layer = _alike(image.copy(), layer)
    if streamed:
        # Some way past a part of such a picture, libvips drops all that the part was made of, which
        # is the picture itself, with rows that were read and are still needed.
        image.remove(_READ_ONCE)
    under = image.crop(across, down, width, height)
    met = (meet or over)(under, layer.crop(across - left, down - top, width, height))
    # Only what is covered is computed: the rest of the picture passes as it is.
    result = image.insert(met, across, down).copy()
    if streamed:
        result.set_type(pyvips.GValue.gint_type, _READ_ONCE, 1)
    return result


def _alike(image: pyvips.Image, layer: pyvips.Image) -> tuple[pyvips.Image, pyvips.Image]:
    """Bring both to sRGB if only one is grey."""
    if image.bands < 3 <= layer.bands:
        image = image.colourspace("srgb")
    elif layer.bands < 3 <= image.bands:
        layer = layer.colourspace("srgb")
    return image, layer


def over(under: pyvips.Image, layer: pyvips.Image) -> pyvips.Image:
    """Cover a picture with another one of its size, as far as the alpha of that one says.

    Source of the formula: W3C Compositing and Blending Level 1, section 5.1.
    """
    if not under.hasalpha():
        colours = colours_of(layer)
        if not layer.hasalpha():
            return colours
        return alpha_of(layer).ifthenelse(colours, under, blend=True)
    layer = with_alpha(layer)
    above, below = alpha_of(layer), alpha_of(under)
    alpha = 255 - (255 - below) * (255 - above) / 255
    share = above / alpha  # libvips makes 0 of a division by 0
    colours = colours_of(under) + (colours_of(layer) - colours_of(under)) * share
    return colours.bandjoin(alpha).rint().cast("uchar")


def colours_of(image: pyvips.Image) -> pyvips.Image:
    """Give a picture without its alpha."""
    return image.extract_band(0, n=image.bands - 1) if image.hasalpha() else image


def alpha_of(image: pyvips.Image) -> pyvips.Image:
    """Give the alpha of a picture that has it."""
    return image[image.bands - 1]


def round_corners(image: pyvips.Image, radius: float, background: Colour) -> pyvips.Image:
    """Show the background in the corners; half the shorter side as radius gives a circle."""
    image = in_colour(image, background)
    mask = round_mask(image.width, image.height, radius)
    if background.opaque and not image.hasalpha():
        return mask.ifthenelse(image, fill_values(image, background), blend=True)
    image = premultiplied(image)
    return straight(mask.ifthenelse(image, premultiplied_values(image, background), blend=True))


def round_mask(width: int, height: int, radius: float) -> pyvips.Image:
    """Draw a rectangle with round corners, 255 inside, its edge smoothed over one pixel."""
    mask = pyvips.Image.black(width, height).invert()
    if radius <= 0:
        return mask
    size = math.ceil(radius)
    inward = radius - 0.5 - pyvips.Image.xyz(size, size)
    inward = (inward > 0).ifthenelse(inward, 0)
    squares = inward * inward  # three times as quick as a power, and the same
    distance = (squares[0] + squares[1]) ** 0.5
    corner = ((radius + 0.5 - distance) * 255).rint().cast("uchar").copy_memory()
    right, bottom = width - size, height - size
    mask = mask.insert(corner, 0, 0).insert(corner.fliphor(), right, 0)
    return mask.insert(corner.flipver(), 0, bottom).insert(corner.rot180(), right, bottom)
