"""Colours and sharpness in bare libvips, as one would write them for these settings alone."""

import pyvips

from tests.benchmarks.bare import Case, on_picture


def _light_and_colour(image: pyvips.Image) -> pyvips.Image:
    """Set brightness to 10, contrast to 10 and saturation to 20."""
    grey = pyvips.Image.new_from_array([[0.213, 0.715, 0.072]] * 3)
    matrix = grey * (1 - 1.2) + pyvips.Image.new_from_array([[1.2, 0, 0], [0, 1.2, 0], [0, 0, 1.2]])
    return image.linear([1.1 * 1.1], [128 - 1.1 * 128]).recomb(matrix).cast("uchar")


def _sharper_with_vignette(image: pyvips.Image) -> pyvips.Image:
    """Set sharpness to 10, with the effect vignette."""
    sharp = image.sharpen(sigma=1.45, m1=1, m2=3, x1=2, y2=12, y3=20)
    places = pyvips.Image.xyz(image.width, image.height) / [image.width / 2, image.height / 2] - 1
    squares = places * places
    distance = (squares[0] + squares[1]) / 2
    return (sharp * (1 - distance * distance * 0.6)).cast("uchar")


def _unsharp(image: pyvips.Image) -> pyvips.Image:
    """Add all that differs from a blur, in lightness."""
    light = image.colourspace("b-w")
    return (image + (light - light.gaussblur(1))).cast("uchar")


def _green_for_red(image: pyvips.Image) -> pyvips.Image:
    """Replace red within a tolerance of 30 by green."""
    red = pyvips.Image.black(1, 1).bandjoin([0, 0]).linear([1], [255, 0, 0])
    red = red.copy(interpretation="srgb")
    target = red.colourspace("lab").embed(0, 0, image.width, image.height, extend="copy")
    share = (image.colourspace("lab").dE76(target) * (-510 / 30) + 510).cast("uchar")
    return share.ifthenelse([0, 255, 0], image, blend=True)


CASES: tuple[Case, ...] = (
    Case(
        "color-adjustments",
        {"brightness": 10, "contrast": 10, "saturation": 20},
        on_picture(_light_and_colour),
    ),
    Case(
        "color-adjustments",
        {"sharpness": 10, "effects": ["vignette"]},
        on_picture(_sharper_with_vignette),
    ),
    Case(
        "sharpening",
        {},
        on_picture(lambda image: image.sharpen(sigma=1, m1=1, m2=3, x1=2, y2=12, y3=20)),
    ),
    Case("sharpening", {"mode": "unsharp"}, on_picture(_unsharp)),
    Case("replace-color", {"tolerance": 30}, on_picture(_green_for_red)),
)
