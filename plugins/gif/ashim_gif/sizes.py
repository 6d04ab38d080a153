"""How large frames get, and how they lie in a size."""

from typing import Literal, NamedTuple

import pyvips

from ashim_core.plugin import Colour, Size, canvas

Fit = Literal["inside", "outside", "cover", "contain", "fill"]


class Plan(NamedTuple):
    """All of a frame is scaled to `whole`; of that `box` is what is seen, or more than that."""

    whole: Size
    box: Size


def fitted(size: Size, width: int | None, height: int | None, fit: Fit) -> Plan:
    """Fit frames into a size; a side that is not given follows the other one."""
    across = width / size.width if width else None
    down = height / size.height if height else None
    if across is None or down is None:
        whole = scaled(size, across or down or 1)
        return Plan(whole, whole)
    box = Size(width or 1, height or 1)
    if fit == "fill":
        return Plan(box, box)
    smaller = fit in ("inside", "contain")
    whole = scaled(size, min(across, down) if smaller else max(across, down))
    return Plan(whole, whole if fit in ("inside", "outside") else box)


def scaled(size: Size, factor: float) -> Size:
    """Multiply both sides; at least one pixel stays."""
    return Size(max(1, round(size.width * factor)), max(1, round(size.height * factor)))


def laid(frame: pyvips.Image, plan: Plan, background: Colour) -> pyvips.Image:
    """Bring a frame to a size: scaled, then cut off or filled up around its middle."""
    frame = canvas.resampled(frame, *plan.whole)
    if plan.whole == plan.box:
        return frame
    if plan.whole.width <= plan.box.width and plan.whole.height <= plan.box.height:
        return canvas.place(frame, *plan.box, background)
    left = (plan.whole.width - plan.box.width) // 2
    top = (plan.whole.height - plan.box.height) // 2
    return frame.crop(left, top, *plan.box)
