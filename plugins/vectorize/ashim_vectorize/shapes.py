"""A picture as flat areas: each pixel has one of few colours, or none."""

from typing import TYPE_CHECKING, Any

import pyvips

from ashim_core.plugin import TooComplex, from_numpy

if TYPE_CHECKING:
    import numpy
    import numpy.typing

    Areas = numpy.typing.NDArray[numpy.uint32]
    """Each pixel as one number: 255, blue, green and red from the highest byte; 0 for none."""
    Labels = numpy.typing.NDArray[numpy.int32]
    Mask = numpy.typing.NDArray[numpy.bool_]
    Rgb = numpy.typing.NDArray[numpy.uint8]

_FARTHEST = 200
"""Pixels that an area grows at most over specks beside it."""
_REMEDY = "a higher filterSpeckle, a lower colorPrecision or a lower maxSide"


def packed(rgb: "Rgb", seen: "Mask | None") -> "Areas":
    """Give colours, an array of shape (height, width, 3), as areas. seen: what isn't is none."""
    import numpy

    areas = numpy.empty(rgb.shape[:2], numpy.uint32)
    channels = areas.view(numpy.uint8).reshape(*areas.shape, 4)
    channels[:, :, :3] = rgb
    channels[:, :, 3] = 255
    if seen is not None:
        areas[~seen] = 0
    return areas


def picture(areas: "Areas") -> pyvips.Image:
    """Give areas as a picture: sRGB with alpha."""
    return from_numpy(areas.view("uint8").reshape(*areas.shape, 4))


def without_specks(areas: "Areas", least: int) -> "Areas":
    """Have areas of fewer pixels than `least` become part of those around them."""
    return _without(areas, _labels(areas), least) if least > 1 else areas


def few_enough(areas: "Areas", most: int, largest: int = 0) -> "Areas":
    """Leave specks out, larger and larger ones, until there are no more areas than can be traced.

    largest: pixels that a speck has at most. TooComplex if it doesn't do to leave those out.
    """
    least = 2
    while (count := int((labels := _labels(areas)).max())) > most:
        if least > largest:
            raise too_complex(f"{count} areas", f"at most {most}")
        areas = _without(areas, labels, least)
        least *= 2
    return areas


def _without(areas: "Areas", labels: "Labels", least: int) -> "Areas":
    import numpy

    counts: Any = numpy.bincount(labels.ravel())
    known = counts[labels] >= least
    return areas if known.all() or not known.any() else _grown(areas, known)


def _grown(areas: "Areas", known: "Mask") -> "Areas":
    """Spread what is known over its neighbours until all is known."""
    result = areas.copy()
    for _ in range(_FARTHEST):
        if known.all():
            break
        before, known = known, known.copy()
        for here, there in _NEIGHBOURS:
            taken = before[there] & ~known[here]
            result[here][taken] = result[there][taken]
            known[here] |= taken
    return result


_ALL, _BUT_LAST, _BUT_FIRST = slice(None), slice(None, -1), slice(1, None)
_NEIGHBOURS = (
    ((_BUT_FIRST, _ALL), (_BUT_LAST, _ALL)),
    ((_BUT_LAST, _ALL), (_BUT_FIRST, _ALL)),
    ((_ALL, _BUT_FIRST), (_ALL, _BUT_LAST)),
    ((_ALL, _BUT_LAST), (_ALL, _BUT_FIRST)),
)
"""Pixels, and those beside them: above, below, on the left, on the right."""


def too_complex(what: str, expected: str) -> TooComplex:
    """Say what there is too much of, and what helps."""
    return TooComplex(
        f"The drawing would have {what}: expected {expected}. What helps is {_REMEDY}.",
        details=[
            {"field": "filterSpeckle", "expected": "a higher one", "received": what},
            {"field": "colorPrecision", "expected": "a lower one", "received": what},
        ],
    )


def _labels(areas: "Areas") -> "Labels":
    """Number all areas, from 1: pixels side by side, or one below the other, of one colour."""
    height, width = areas.shape
    image = pyvips.Image.new_from_memory(areas.tobytes(), width, height, 1, "uint")
    labels: Any = image.labelregions().numpy()
    found: Labels = labels.reshape(height, width)
    return found
