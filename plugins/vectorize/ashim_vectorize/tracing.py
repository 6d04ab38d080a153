"""Areas to curves, by VTracer, which is given pixels of ours and nothing of a stranger's file."""

from typing import TYPE_CHECKING, Any, Literal

import pyvips

from ashim_vectorize.shapes import few_enough, picture, too_complex

if TYPE_CHECKING:
    from ashim_vectorize.shapes import Areas

PathMode = Literal["none", "polygon", "spline"]

_MOST_AREAS = 300_000
"""Each takes some hundred bytes of memory in the tracer, and more of them much time."""
_MOST_OF_TWO = 60_000
"""The tracer numbers those of black and white with 16 bits."""
_FINE = 2
"""Decimals that the tracer writes: more than are kept."""
_PANIC = "PanicException"
"""What the tracer raises where it gives up; it isn't an `Exception`."""


def traced_colours(
    areas: "Areas", *, mode: PathMode, corner: int, difference: int, speckle: int
) -> tuple[str, int]:
    """Trace areas of colours: the largest ones first, smaller ones on top of them.

    Gives the drawing, and how many rows of it are above the picture.
    """
    import numpy

    areas = few_enough(areas, _MOST_AREAS, speckle**2)
    above = 0 if areas.all() else 1
    # By such a row the tracer sees that there is something transparent, however little it is.
    row = numpy.zeros((above, areas.shape[1]), numpy.uint32)
    svg = _traced(
        picture(numpy.concatenate([row, areas])),
        colormode="color",
        hierarchical="stacked",
        mode=mode,
        corner_threshold=corner,
        color_precision=8,
        layer_difference=difference,
        filter_speckle=speckle,
    )
    return svg, above


def traced_black(areas: "Areas", *, mode: PathMode, corner: int, long: int) -> str:
    """Trace what is black. long: the shortest piece of a curve, in pixels."""
    areas = few_enough(areas, _MOST_OF_TWO)
    return _traced(
        picture(areas),
        colormode="binary",
        mode=mode,
        corner_threshold=corner,
        filter_speckle=0,
        length_threshold=long,
    )


def _traced(image: pyvips.Image, **options: Any) -> str:
    import vtracer

    png = image.pngsave_buffer(compression=0)
    try:
        svg: str = vtracer.convert_raw_image_to_svg(png, "png", path_precision=_FINE, **options)
    except BaseException as error:
        if type(error).__name__ != _PANIC:
            raise
        raise too_complex("more shapes than the tracer takes", "fewer") from error
    return svg
