"""What several tools do with the canvas: alpha in, alpha out, backgrounds and round corners."""

from math import ceil

import pyvips

from ashim_core.plugin import Colour, Size


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


def place(image: pyvips.Image, box: Size, background: Colour) -> pyvips.Image:
    """Put a picture in the middle of a box filled with a colour."""
    image = ready_for(image, background)
    return image.gravity(
        "centre",
        box.width,
        box.height,
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


def round_corners(image: pyvips.Image, radius: float, background: Colour) -> pyvips.Image:
    """Show the background in the corners; half the shorter side as radius gives a circle."""
    image = in_colour(image, background)
    mask = _round_mask(image.width, image.height, radius)
    if background.opaque and not image.hasalpha():
        return mask.ifthenelse(image, fill_values(image, background), blend=True)
    image = premultiplied(image)
    return straight(mask.ifthenelse(image, premultiplied_values(image, background), blend=True))


def _round_mask(width: int, height: int, radius: float) -> pyvips.Image:
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
