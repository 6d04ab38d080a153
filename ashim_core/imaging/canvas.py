"""What several tools do with a canvas: alpha, backgrounds, sizes, layers and round corners.

Pictures are 8-bit sRGB or grey, with alpha as the last band if there is any.
"""

from math import ceil

import pyvips

from ashim_core.colour import Colour


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


def lay(
    image: pyvips.Image, layer: pyvips.Image, left: int, top: int, mode: str = "over"
) -> pyvips.Image:
    """Lay a picture onto another at a place, which may be partly or wholly outside.

    mode: how their colours meet, by its name in libvips; where the layer isn't, nothing changes.
    The result is grey only if both are, and has alpha if the lower one has.
    """
    across, down = max(left, 0), max(top, 0)
    width = min(left + layer.width, image.width) - across
    height = min(top + layer.height, image.height) - down
    if width <= 0 or height <= 0:
        return image
    if image.bands < 3 <= layer.bands:
        image = image.colourspace("srgb")
    # Only what is covered is computed: the rest of the picture passes as it is.
    under = image.crop(across, down, width, height)
    layer = layer.crop(across - left, down - top, width, height)
    met = under.composite2(layer, mode)
    if not image.hasalpha():
        met = met.extract_band(0, n=met.bands - 1)
    return image.insert(met, across, down)


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
    size = ceil(radius)
    inward = radius - 0.5 - pyvips.Image.xyz(size, size)
    inward = (inward > 0).ifthenelse(inward, 0)
    distance = (inward[0] ** 2 + inward[1] ** 2) ** 0.5
    corner = ((radius + 0.5 - distance) * 255).rint().cast("uchar").copy_memory()
    right, bottom = width - size, height - size
    mask = mask.insert(corner, 0, 0).insert(corner.fliphor(), right, 0)
    return mask.insert(corner.flipver(), 0, bottom).insert(corner.rot180(), right, bottom)
