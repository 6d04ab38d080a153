"""What several tools do with the canvas: alpha in, alpha out, and placing on a background."""

import pyvips
from ashim_core.plugin import Colour, Size


def with_alpha(image: pyvips.Image) -> pyvips.Image:
    """Give the picture an opaque alpha band if it has none."""
    return image if image.hasalpha() else image.addalpha()


def fill_values(image: pyvips.Image, colour: Colour) -> list[float]:
    """Write a colour in the bands of `image`: grey or sRGB, with alpha if the picture has it."""
    grey = image.bands < 3
    if grey:
        values = [round(0.299 * colour.red + 0.587 * colour.green + 0.114 * colour.blue)]
    else:
        values = [colour.red, colour.green, colour.blue]
    return [*values, colour.alpha] if image.hasalpha() else [*values]


def ready_for(image: pyvips.Image, colour: Colour) -> pyvips.Image:
    """Bring a picture into the bands that showing `colour` beside it takes."""
    if image.bands < 3 and not colour.red == colour.green == colour.blue:
        image = image.colourspace("srgb")
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
