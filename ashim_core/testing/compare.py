"""Comparing pictures by distance: codecs differ from version to version, bytes prove nothing."""

import pyvips


def distance(one: pyvips.Image, other: pyvips.Image) -> float:
    """Give the mean absolute difference per channel, 0 to 255."""
    return float((one.cast("float") - other.cast("float")).abs().avg())


def assert_image_close(actual: pyvips.Image, expected: pyvips.Image, within: float = 2) -> None:
    """Fail unless both pictures have one shape and differ by `within` of 255 or less."""
    shapes = [(image.width, image.height, image.bands) for image in (actual, expected)]
    assert shapes[0] == shapes[1], f"expected the shape {shapes[1]}, got {shapes[0]}"
    found = distance(actual, expected)
    assert found <= within, f"expected a mean difference of at most {within}, got {found:.2f}"
