"""Image to SVG: a picture as a drawing that stays sharp at any size."""

from collections.abc import Iterable, Mapping
from pathlib import Path as File
from pathlib import PurePosixPath
from typing import Literal

import pyvips
from pydantic import Field

from ashim_core.plugin import (
    Context,
    DecodeFailed,
    FileTool,
    InputFile,
    Size,
    Tool,
    ToolSettings,
    canvas,
    hookimpl,
    safe_name,
)
from ashim_vectorize.drawing import Tracing, document, paths_of
from ashim_vectorize.posterised import posterised
from ashim_vectorize.shapes import too_complex, without_specks
from ashim_vectorize.silhouette import enlarged, silhouette
from ashim_vectorize.tracing import PathMode, traced_black, traced_colours

_MEGA = 1_000_000
_MOST_BYTES = 10 * _MEGA
_SECONDS = 6
"""CPU seconds for a megapixel that is traced, of a noisy photograph."""
_USUAL_SIDES = {"bw": 2000, "color": 1000}
_LARGEST = 4
"""How many times a small picture is enlarged before it becomes black and white."""
_CURVED = 3
"""Pixels below which nothing can be a curve."""
_SHORTEST = 4
"""Pixels of the shortest piece of a curve, where nothing is enlarged."""


class VectorizeSettings(ToolSettings):
    example = {"colorMode": "color"}

    color_mode: Literal["bw", "color"] = Field(
        default="bw",
        description="bw: what is dark, in black on nothing. color: areas of few colours.",
    )
    threshold: int = Field(
        default=128,
        ge=0,
        le=255,
        description="The luminance below which a pixel counts as dark with colorMode=bw.",
    )
    invert: bool = Field(
        default=False, description="Draw what is light instead of what is dark. colorMode=bw."
    )
    color_precision: int = Field(
        default=6,
        ge=1,
        le=8,
        description="How many colours there may be with colorMode=color: 2 to the power of this, "
        "so 6 means 64.",
    )
    layer_difference: int = Field(
        default=16,
        ge=1,
        le=128,
        description="How much colours, of 0 to 255, have to differ not to be drawn as one. Higher "
        "means fewer and larger areas. colorMode=color.",
    )
    filter_speckle: int = Field(
        default=4,
        ge=0,
        le=128,
        description="What is left out as noise. bw: spots and holes of fewer pixels than this. "
        "color: areas of fewer pixels than a square of this side; what looks like a photograph is "
        "smoothed before. 0: nothing.",
    )
    path_mode: PathMode = Field(
        default="spline",
        description="spline: curves. polygon: straight lines. none: along the edges of the pixels.",
    )
    corner_threshold: int = Field(
        default=60,
        ge=0,
        le=180,
        description="The turn in degrees from which on a corner stays one with pathMode=spline; "
        "what turns less becomes round.",
    )
    max_side: int | None = Field(
        default=None,
        ge=16,
        le=2000,
        description="Pixels of the longer side that are traced at most; a larger picture is "
        "reduced before. The drawing has the size of the picture all the same. If not given, 2000 "
        "with colorMode=bw and 1000 with color.",
        examples=[1500],
    )


Job = Context[VectorizeSettings]
_IGNORED: Mapping[str, tuple[str, ...]] = {
    "bw": ("color_precision", "layer_difference"),
    "color": ("threshold", "invert"),
}


def vectorize(context: Job) -> list[File]:
    """Draw a picture as an SVG: what is dark as black shapes, or areas of few colours."""
    settings, file = context.settings, context.inputs[0]
    _say_what_is_ignored(context)
    size = Size(*context.pictures.header(file.path).upright)
    image = _opened(context, file, size)
    context.pictures.allow(_SECONDS * image.width * image.height / _MEGA)
    context.progress(20, "Tracing")
    tracing = (
        _in_black(settings, image) if settings.color_mode == "bw" else _in_colours(settings, image)
    )
    context.progress(80, "Writing")
    paths = [*paths_of(tracing, size)]
    svg = document(paths, size)
    if len(svg) > _MOST_BYTES:
        raise too_complex(f"{len(svg)} bytes", f"at most {_MOST_BYTES}")
    context.tell(paths=len(paths), colors=len({path.fill for path in paths}))
    result = context.workdir / PurePosixPath(safe_name(file.name)).with_suffix(".svg").name
    result.write_bytes(svg)
    return [result]


def _say_what_is_ignored(context: Job) -> None:
    settings = context.settings
    for name in _IGNORED[settings.color_mode]:
        if name in settings.model_fields_set:
            wire = type(settings).model_fields[name].alias
            context.note(f"{wire}: ignored with colorMode={settings.color_mode}")
    if settings.path_mode != "spline" and "corner_threshold" in settings.model_fields_set:
        context.note(f"cornerThreshold: ignored with pathMode={settings.path_mode}")


def _most(settings: VectorizeSettings) -> int:
    """Give the longest side that is traced, in pixels."""
    return settings.max_side or _USUAL_SIDES[settings.color_mode]


def _opened(context: Job, file: InputFile, size: Size) -> pyvips.Image:
    """Decode a picture no larger than it is traced; damage shows here."""
    scale = min(1, _most(context.settings) / max(size))
    width, height = (max(1, round(side * scale)) for side in size)
    try:
        image = context.pictures.open(file.path, shrink=1 / scale).frames[0]
        image = canvas.resampled(image, width, height).copy_memory()
    except pyvips.Error as error:
        if "out of memory" in str(error):
            raise
        raise DecodeFailed(
            f"The picture '{file.name}' can't be decoded: it is damaged or cut off."
        ) from error
    if scale < 1:
        context.note(f"size: traced at {width} x {height} pixels")
    return image


def _in_black(settings: VectorizeSettings, image: pyvips.Image) -> Tracing:
    """Trace what is dark. A small picture is enlarged, so that edges lie between its pixels."""
    factor = max(1, min(_LARGEST, _most(settings) // max(image.width, image.height)))
    if settings.path_mode == "none":
        factor = 1
    areas = silhouette(enlarged(image, factor), settings.threshold, invert=settings.invert)
    areas = without_specks(areas, settings.filter_speckle * factor**2)
    svg = traced_black(
        areas,
        mode=settings.path_mode,
        corner=settings.corner_threshold,
        long=_SHORTEST * min(factor, 2),
    )
    return Tracing(svg, Size(image.width * factor, image.height * factor))


def _in_colours(settings: VectorizeSettings, image: pyvips.Image) -> Tracing:
    """Trace areas of few colours."""
    difference, shorter = settings.layer_difference, min(image.width, image.height)
    # Of a tiny picture something shall be left.
    speckle = min(settings.filter_speckle, shorter // 2)
    poster = posterised(
        image, precision=settings.color_precision, difference=difference, smooth=speckle > 0
    )
    areas = without_specks(poster.areas, speckle**2) if poster.drawing else poster.areas
    svg, above = traced_colours(
        areas,
        mode=settings.path_mode if shorter >= _CURVED else "none",
        corner=settings.corner_threshold,
        difference=0 if poster.drawing else difference,
        speckle=speckle,
    )
    return Tracing(svg, Size(image.width, image.height), above, poster.palette.tolist())


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool(
        "vectorize",
        vectorize,
        VectorizeSettings,
        category="format",
        name="Image to SVG",
        gives="image/svg+xml",
    )
