"""How well two colours can be told apart.

Source: WCAG 2.2, the definitions of "relative luminance" and "contrast ratio".
"""

from ashim_core.plugin import WHITE, Colour


def luminance(colour: Colour) -> float:
    """Give the relative luminance of an opaque colour, 0 to 1."""
    red, green, blue = (_linear(value / 255) for value in colour[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(dark: Colour, light: Colour) -> float:
    """Give the contrast of two opaque colours, 1 to 21; below 1 if the first one is brighter."""
    return (luminance(light) + 0.05) / (luminance(dark) + 0.05)


def on_white(colour: Colour) -> Colour:
    """Give what is seen of a colour on white."""
    share = colour.alpha / 255
    pairs = zip(colour[:3], WHITE[:3], strict=True)
    return Colour(*(round(value * share + white * (1 - share)) for value, white in pairs))


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
