"""How large a resized picture gets: the five ways to fit one rectangle to another."""

from typing import Literal, NamedTuple

from ashim_core.plugin import Size

Fit = Literal["cover", "contain", "fill", "inside", "outside"]


class Geometry(NamedTuple):
    """A resize worked out for one picture: scale all of it to `whole`, then cut or pad to `box`."""

    whole: Size
    box: Size


def fitted(size: Size, box: Size, fit: Fit, without_enlargement: bool) -> Geometry:
    """Fit a picture of `size` to a box, whose sides shrink to the picture's if asked to."""
    if without_enlargement:
        box = _within(box, size)
    if fit == "fill":
        return Geometry(box, box)
    across, down = box.width / size.width, box.height / size.height
    smaller = fit in ("contain", "inside")
    whole = scaled(size, min(across, down) if smaller else max(across, down))
    if without_enlargement:
        whole = _within(whole, size)
    return Geometry(whole, whole if fit in ("inside", "outside") else box)


def scaled(size: Size, factor: float) -> Size:
    """Multiply both sides; at least one pixel stays."""
    return Size(max(1, round(size.width * factor)), max(1, round(size.height * factor)))


def _within(size: Size, most: Size) -> Size:
    return Size(min(size.width, most.width), min(size.height, most.height))
