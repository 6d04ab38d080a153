"""Refusing codes that can't be read, with the likely reason and what helps.

A reason is found by trying: it is the one without which the same code can be read.
"""

from collections.abc import Mapping
from dataclasses import replace

from ashim_core.plugin import Colour, ToolError
from ashim_qr.contrast import on_white, ratio
from ashim_qr.drawing.drawing import Drawing, Look
from ashim_qr.drawing.finders import FrameStyle
from ashim_qr.drawing.paint import Gradient, colours
from ashim_qr.reading import reads
from ashim_qr.refusal import unreadable

_CONTRAST = 2.0
_LEAST: Mapping[FrameStyle, int] = {"square": 3, "rounded": 4, "extra-rounded": 5, "dot": 5}
"""Pixels that a module has to have: round frames are found less easily."""
_FIELDS = ("colorDark", "cornerColor", "cornerDotColor")
_QUIET = 4
"""Modules of the quiet zone that the standard wants."""


def check(drawing: Drawing, size: int) -> None:
    """Read a code that is drawn with so many pixels on a side. ToolError: QR_UNREADABLE."""
    _check_colours(drawing.look)
    _check_size(drawing, size)
    if not reads(drawing, size):
        raise _reason(drawing, size)


def _check_colours(look: Look) -> None:
    light = on_white(look.light)
    for field, paint in zip(_FIELDS, look.paints, strict=True):
        for colour in colours(paint):
            contrast = ratio(colour, light)
            if contrast < _CONTRAST:
                name = "gradient" if isinstance(paint, Gradient) else field
                raise _too_alike(name, colour, light, contrast)


def _too_alike(field: str, colour: Colour, light: Colour, contrast: float) -> ToolError:
    if contrast < 1:
        message = (
            f"Scanners expect dark on light, and {colour} is brighter than {light} behind it: "
            "many read no inverted code. Exchange the two colours."
        )
    else:
        message = (
            f"{colour} and {light} behind it are too much alike for scanners, the contrast is "
            f"{contrast:.2g}:1. Make the code darker or what is behind it lighter."
        )
    return unreadable(
        message, field, f"a contrast to colorLight of at least {_CONTRAST:g}:1", str(colour)
    )


def _check_size(drawing: Drawing, size: int) -> None:
    least = drawing.side * _LEAST[drawing.look.frames]
    if size < least:
        raise unreadable(
            f"A code of {drawing.side} modules on a side, its margin included, can't be read in "
            f"{size} pixels: it needs {least} of them, or less text.",
            "size",
            f"at least {least}",
            str(size),
        )


def _reason(drawing: Drawing, size: int) -> ToolError:
    """Find out what the matter is: the logo, the margin, or else the style."""
    if drawing.logo and reads(replace(drawing, logo=None), size):
        return unreadable(
            "What is on the logo keeps scanners from reading the code: a smaller logo, or a "
            "plainer one, helps.",
            "logoSize",
            f"less than {drawing.logo.share:g}",
            f"{drawing.logo.share:g}",
        )
    if drawing.margin < _QUIET and reads(replace(drawing, margin=_QUIET), size):
        return unreadable(
            f"Scanners can't tell the code from what is around it: a margin of {_QUIET} modules "
            "helps.",
            "margin",
            f"at least {_QUIET}",
            str(drawing.margin),
        )
    return unreadable(
        "The code can't be read in this style and size: another size, or "
        "cornerStyle=square and dotStyle=square, help.",
        "cornerStyle",
        "square",
        drawing.look.frames,
    )
