"""Where a picture goes on its page. All lengths are in points, and one pixel is one point."""

from typing import Literal, NamedTuple

from ashim_core.plugin import Size
from ashim_optimization.pdf.document import numbers

PageSize = Literal["A3", "A4", "A5", "Letter", "Legal", "Tabloid", "Original"]
Orientation = Literal["portrait", "landscape", "auto"]
FitMode = Literal["shrink", "contain", "cover", "fill", "actual"]

SIDES: dict[str, tuple[float, float]] = {
    "A3": (841.89, 1190.55),
    "A4": (595.28, 841.89),
    "A5": (419.53, 595.28),
    "Letter": (612, 792),
    "Legal": (612, 1008),
    "Tabloid": (792, 1224),
}
"""Width and height of a page that stands upright."""
_LONGEST, _SHORTEST = 14_400, 3
"""What readers take for the side of a page."""

_UPRIGHT: dict[int, tuple[int, int, int, int, int, int]] = {
    1: (1, 0, 0, 1, 0, 0),
    2: (-1, 0, 0, 1, 1, 0),
    3: (-1, 0, 0, -1, 1, 1),
    4: (1, 0, 0, -1, 0, 1),
    5: (0, -1, -1, 0, 1, 1),
    6: (0, -1, 1, 0, 0, 1),
    7: (0, 1, 1, 0, 0, 0),
    8: (0, 1, -1, 0, 1, 0),
}
"""For each EXIF orientation the matrix that turns the unit square upright."""


class Rectangle(NamedTuple):
    """A place on a page, from its lower left corner."""

    left: float
    bottom: float
    width: float
    height: float


class Layout(NamedTuple):
    """A page: its size, the part inside of the margins, and where the picture is."""

    width: float
    height: float
    inside: Rectangle
    picture: Rectangle


def lay_out(
    picture: Size, page: PageSize, orientation: Orientation, margin: float, fit: FitMode
) -> Layout:
    """Place a picture, whose size is as it is seen, on a page."""
    if page == "Original":
        return _around(picture, margin)
    width, height = SIDES[page]
    if orientation == "landscape" or (orientation == "auto" and picture.width > picture.height):
        width, height = height, width
    inside = Rectangle(margin, margin, width - 2 * margin, height - 2 * margin)
    across, down = _scales(picture, inside, fit)
    wide, high = picture.width * across, picture.height * down
    place = Rectangle((width - wide) / 2, (height - high) / 2, wide, high)
    return Layout(width, height, inside, place)


def _around(picture: Size, margin: float) -> Layout:
    """Make a page that is as large as the picture and its margins."""
    scale = min(1, (_LONGEST - 2 * margin) / max(picture))
    wide, high = picture.width * scale, picture.height * scale
    width, height = max(_SHORTEST, wide + 2 * margin), max(_SHORTEST, high + 2 * margin)
    place = Rectangle((width - wide) / 2, (height - high) / 2, wide, high)
    return Layout(width, height, place, place)


def _scales(picture: Size, inside: Rectangle, fit: FitMode) -> tuple[float, float]:
    across, down = inside.width / picture.width, inside.height / picture.height
    scale = {
        "shrink": min(1, across, down),
        "contain": min(across, down),
        "cover": max(across, down),
        "actual": 1.0,
    }
    return (across, down) if fit == "fill" else (scale[fit], scale[fit])


def content(layout: Layout, orientation: int) -> bytes:
    """Write what draws the picture `/P`; orientation: how it is stored, as in EXIF."""
    left, bottom, width, height = layout.picture
    a, b, c, d, e, f = _UPRIGHT[orientation]
    matrix = numbers(
        a * width, b * height, c * width, d * height, left + e * width, bottom + f * height
    )
    inside = layout.inside
    overhangs = width > inside.width + 0.001 or height > inside.height + 0.001
    clip = f"{numbers(*inside)} re W n\n" if overhangs else ""
    return f"q\n{clip}{matrix} cm\n/P Do\nQ\n".encode()
