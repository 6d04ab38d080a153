"""The three large squares by which a code is found, each a frame and a middle.

A line through the middle meets dark and light in the proportions 1:1:3:1:1 whatever the style, as
readers look for that, and a frame has flat sides of two modules at least, as ZBar lays the grid by
them: with circles it reads half of the small codes. Source: ISO/IEC 18004:2015, section 6.3.3.
"""

from collections.abc import Mapping
from typing import Literal

from ashim_qr.drawing.dots import Modules, arc

FrameStyle = Literal["square", "rounded", "dot", "extra-rounded"]
MiddleStyle = Literal["square", "rounded", "dot"]

SIDE = 7
ROUND: frozenset[FrameStyle] = frozenset({"extra-rounded", "dot"})
"""Frames that ZBar can't be relied on to find without the alignment pattern of version 2."""
_INNER, _MIDDLE = 5, 3
_FRAMES: Mapping[FrameStyle, float] = {"square": 0, "rounded": 1, "extra-rounded": 2}
"""Radii of the outer corners in modules; those of the inner ones are one module less."""
_MIDDLES: Mapping[MiddleStyle, float] = {"square": 0, "rounded": 0.75, "dot": _MIDDLE / 2}
_FLAT = 0.8
"""How far the handles of a Bezier curve reach, as a share of half of the side. 0.55: a circle."""


def places(side: int) -> tuple[tuple[int, int], ...]:
    """Give the top left corners of the three, in a code of so many modules on a side."""
    far = side - SIDE
    return (0, 0), (far, 0), (0, far)


def without(modules: Modules) -> Modules:
    """Take the three out of a code, as they are drawn by themselves."""
    side = len(modules)
    found = {
        (x + across, y + down)
        for x, y in places(side)
        for across in range(SIDE)
        for down in range(SIDE)
    }
    return [
        [dark and (x, y) not in found for x, dark in enumerate(row)]
        for y, row in enumerate(modules)
    ]


def frame(x: int, y: int, style: FrameStyle) -> str:
    """Write the frame of one as a path that is to be filled where it is met an odd time."""
    inset = (SIDE - _INNER) / 2
    if style == "dot":
        return _nearly_round(x, y, SIDE) + _nearly_round(x + inset, y + inset, _INNER)
    radius = _FRAMES[style]
    inner = _square(x + inset, y + inset, _INNER, max(0, radius - inset))
    return _square(x, y, SIDE, radius) + inner


def middle(x: int, y: int, style: MiddleStyle) -> str:
    """Write the middle of one as a path."""
    inset = (SIDE - _MIDDLE) / 2
    return _square(x + inset, y + inset, _MIDDLE, _MIDDLES[style])


def _square(x: float, y: float, side: float, radius: float) -> str:
    """Go clockwise around a square with round corners."""
    straight = f"{side - 2 * radius:g}"
    corners = ((1, 1), (-1, 1), (-1, -1), (1, -1))
    first, second, third, fourth = (arc(radius, right, down) for right, down in corners)
    return (
        f"M{x + radius:g} {y:g}h{straight}{first}v{straight}{second}"
        f"h-{straight}{third}v-{straight}{fourth}z"
    )


def _nearly_round(x: float, y: float, side: float) -> str:
    """Go clockwise around a circle that is flat where it is highest, lowest and widest."""
    half = side / 2
    reach, rest = half * _FLAT, half * (1 - _FLAT)
    curves = (
        (0, -reach, rest, -half, half, -half),
        (reach, 0, half, rest, half, half),
        (0, reach, -rest, half, -half, half),
        (-reach, 0, -half, -rest, -half, -half),
    )
    steps = "".join(f"c{' '.join(f'{value:g}' for value in curve)}" for curve in curves)
    return f"M{x:g} {y + half:g}{steps}z"
