"""What of a frame differs from what is seen already."""

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ashim_gif.encoder.packed import Mask, Packed


class Box(NamedTuple):
    """A part of the canvas, in pixels."""

    left: int
    top: int
    width: int
    height: int


class Change(NamedTuple):
    """What has to be drawn for a frame to be seen.

    part: all pixels of the box. changed: which of them have to be drawn, the rest may be.
    clears: the box is empty again before the next frame.
    """

    box: Box
    part: "Packed"
    changed: "Mask"
    clears: bool


def change(canvas: "Packed | None", now: "Packed", following: "Packed | None") -> Change:
    """Say what brings a canvas to a frame.

    canvas: what is seen before; None at the beginning, when the whole frame has to be drawn.
    following: the next frame. If a pixel has to vanish for it, this frame ends with an empty
    canvas, as nothing that is drawn over a pixel of a GIF takes it away.
    """
    changed = now != canvas if canvas is not None else now != 0
    clears = following is not None and bool(((following == 0) & (now != 0)).any())
    if canvas is None:
        box = Box(0, 0, now.shape[1], now.shape[0])
    else:
        # What is to be cleared has to be in the box.
        box = _around((changed | (now != 0)) if clears else changed)
    area = (
        slice(box.top, box.top + box.height),
        slice(box.left, box.left + box.width),
    )
    return Change(box, now[area], changed[area], clears)


def _around(mask: "Mask") -> Box:
    """Give the smallest box with all that is set; a pixel if nothing is."""
    rows, columns = _set(mask.any(axis=1)), _set(mask.any(axis=0))
    if not len(rows):
        return Box(0, 0, 1, 1)
    left, top = int(columns[0]), int(rows[0])
    return Box(left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1)


def _set(flags: Any) -> Any:
    """Give the places of what is set in a row."""
    return flags.nonzero()[0]


def touched(part: "Packed", changed: "Mask") -> "Mask":
    """Add to what has changed the rest of every run of one colour in a row that it is a part of.

    A run that is not interrupted takes fewer codes.
    """
    import numpy

    begins = numpy.ones(part.shape, bool)
    begins[:, 1:] = part[:, 1:] != part[:, :-1]
    runs = begins.ravel().cumsum(dtype=numpy.uint32) - 1
    hit = numpy.zeros(int(runs[-1]) + 1, bool)
    hit[runs[changed.ravel()]] = True
    drawn: Mask = hit[runs].reshape(part.shape) & (part != 0)
    return drawn
