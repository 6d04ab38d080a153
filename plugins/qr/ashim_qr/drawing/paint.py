"""What a code is painted with: one colour, or a gradient of two."""

from math import cos, radians, sin, sqrt
from typing import Literal, NamedTuple

from ashim_core.plugin import Colour

GradientType = Literal["linear", "radial"]
_ID = "gradient"


class Gradient(NamedTuple):
    """Two colours that pass into each other.

    linear: in the direction of so many degrees, clockwise, 0 is from left to right; both are
        reached in the corners, or on the sides, of the code.
    radial: from the middle to the corners.
    """

    type: GradientType
    start: Colour
    end: Colour
    rotation: float = 0


Paint = Colour | Gradient


def colours(paint: Paint) -> tuple[Colour, ...]:
    """Give the colours of a paint that are farthest from each other."""
    return (paint.start, paint.end) if isinstance(paint, Gradient) else (paint,)


def fill(paint: Paint) -> str:
    """Write a paint as the attribute of an element. There is one gradient in a drawing."""
    return f'fill="url(#{_ID})"' if isinstance(paint, Gradient) else f'fill="{paint}"'


def definition(gradient: Gradient, side: int) -> str:
    """Write a gradient over a code of so many modules on a side."""
    stops = (
        f'<stop offset="0" stop-color="{gradient.start}"/>'
        f'<stop offset="1" stop-color="{gradient.end}"/>'
    )
    if gradient.type == "radial":
        middle, radius = side / 2, side / sqrt(2)
        element, line = "radialGradient", f'cx="{middle:g}" cy="{middle:g}" r="{radius:.6g}"'
    else:
        element, line = "linearGradient", _line(side, gradient.rotation)
    units = 'gradientUnits="userSpaceOnUse"'
    return f'<defs><{element} id="{_ID}" {units} {line}>{stops}</{element}></defs>'


def _line(side: int, degrees: float) -> str:
    """Lay a line through the middle, as long as a square is in this direction."""
    across, down = cos(radians(degrees)), sin(radians(degrees))
    half = side / 2 * (abs(across) + abs(down))
    x, y = half * across, half * down
    middle = side / 2
    ends = {"x1": middle - x, "y1": middle - y, "x2": middle + x, "y2": middle + y}
    return " ".join(f'{name}="{value:.6g}"' for name, value in ends.items())
