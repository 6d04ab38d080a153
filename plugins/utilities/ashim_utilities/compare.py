"""Compare: two pictures beside each other, over each other, or what differs between them."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import pyvips
from pydantic import Field

from ashim_core.plugin import (
    TRANSPARENT,
    Colour,
    Context,
    Encoding,
    Extra,
    FileTool,
    FormatName,
    Outcome,
    Report,
    Size,
    Tool,
    ToolSettings,
    about,
    canvas,
    hookimpl,
    result_name,
)
from ashim_utilities.likeness.difference import Difference, area, difference
from ashim_utilities.likeness.pair import Pair, paired
from ashim_utilities.likeness.ssim import ssim

_ID = "compare"
_RED = [255, 0, 0]
_FAINT = 128
"""How opaque what didn't change is in a picture of the differences."""
_STRONG = 3
"""How many times more opaque than it differs what did change is."""

Mode = Literal["side-by-side", "overlay", "diff"]


class MeasureSettings(ToolSettings):
    diff_threshold: int = Field(
        default=10,
        ge=0,
        le=255,
        description="How much a pixel may differ, as the mean over red, green and blue from 0 to "
        "255, and still count as equal.",
    )


class CompareSettings(MeasureSettings):
    mode: Mode = Field(
        default="diff",
        description="diff: what differs is red, the stronger the more, and all else is faint. "
        "side-by-side: one beside the other. overlay: the second over the first.",
    )
    opacity: float = Field(
        default=50, ge=0, le=100, description="Percent, of the second picture of mode=overlay."
    )
    gap: int = Field(
        default=0, ge=0, le=500, description="Pixels between the pictures of mode=side-by-side."
    )
    background: Colour = Field(
        default=TRANSPARENT,
        description="Of the gap; what is transparent is white in a format without alpha.",
    )
    format: FormatName = Field(default="png", description="The format of the result.")
    quality: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="Quality of a lossy format; its own default if not given.",
        examples=[85],
    )


class Box(Report):
    """A part of a picture, in pixels from the top left."""

    left: int
    top: int
    width: int
    height: int


class Dimensions(Report):
    """In pixels."""

    width: int
    height: int


class CompareReport(Report):
    """How alike two pictures are."""

    similarity: float = Field(
        ge=0, le=100, description="Percent: 100 less the mean difference of all pixels."
    )
    ssim: float = Field(
        ge=-1, le=1, description="Structural similarity of their brightness: 1 for equal ones."
    )
    changed: float = Field(
        ge=0, le=100, description="Percent of the pixels that differ by more than the threshold."
    )
    changed_area: Box | None = Field(description="What holds all of these; null if there are none.")
    dimensions: Dimensions = Field(description="At which they were compared: the larger of both.")
    same_size: bool = Field(description="Neither had to be stretched to that.")


def compare(context: Context[CompareSettings]) -> Outcome:
    """Show two pictures side by side, over each other, or what differs; say how alike they are."""
    settings, pictures = context.settings, context.pictures
    encoding = Encoding(settings.format, quality=settings.quality)
    if settings.mode == "diff":
        encoding = encoding.keeping_alpha()
    sources = _opened(context)
    pair = paired(*sources)
    pictures.check(*_result_size(pair.size, settings), encoding)
    found = difference(pair)
    report = _measured(pair, found, settings.diff_threshold, sources)
    context.tell(**report.model_dump(by_alias=True, mode="json"))
    place = context.workdir / Path(result_name(context.inputs[0].name, _ID, "png")).stem
    return [pictures.save(_drawn(pair, found, settings), place, encoding)]


def measure(context: Context[MeasureSettings]) -> Outcome:
    """Report how alike two pictures are, without a picture of it."""
    sources = _opened(context)
    pair = paired(*sources)
    return _measured(pair, difference(pair), context.settings.diff_threshold, sources)


def _opened(context: Context[CompareSettings] | Context[MeasureSettings]) -> list[pyvips.Image]:
    opened = []
    second = context.extra("target")  # noqa: S610 - a file, not a query
    for file in (context.inputs[0], second):
        with about(file):
            opened.append(context.pictures.load(file.path))
        context.progress(30 * len(opened), file.name)
    return opened


def _measured(
    pair: Pair, found: Difference, threshold: int, sources: Sequence[pyvips.Image]
) -> CompareReport:
    share, box = area(found.beyond(threshold))
    return CompareReport(
        similarity=round(found.similarity, 2),
        ssim=round(ssim(pair), 4),
        changed=round(share, 4),
        changed_area=Box(**dict(zip(Box.model_fields, box, strict=True))) if box else None,
        dimensions=Dimensions(width=pair.size.width, height=pair.size.height),
        same_size=len({(image.width, image.height) for image in sources}) == 1,
    )


def _result_size(size: Size, settings: CompareSettings) -> Size:
    if settings.mode == "side-by-side":
        return Size(2 * size.width + settings.gap, size.height)
    return size


def _drawn(pair: Pair, found: Difference, settings: CompareSettings) -> pyvips.Image:
    match settings.mode:
        case "side-by-side":
            return _beside(pair, settings)
        case "overlay":
            return _over(pair, settings.opacity / 100)
        case "diff":
            return _changes(pair.first, found, settings.diff_threshold)


def _beside(pair: Pair, settings: CompareSettings) -> pyvips.Image:
    colour = settings.background
    first, second = (canvas.ready_for(image, colour) if settings.gap else image for image in pair)
    fill = canvas.fill_values(first, colour)
    return first.join(second, "horizontal", shim=settings.gap, background=fill)


def _over(pair: Pair, opacity: float) -> pyvips.Image:
    """Mix both: where one is transparent, the other counts for more."""
    if not pair.first.hasalpha():
        return (pair.first * (1 - opacity) + pair.second * opacity).rint().cast("uchar")
    first, second = (canvas.premultiplied(image) for image in pair)
    return canvas.straight(first * (1 - opacity) + second * opacity)


def _changes(image: pyvips.Image, found: Difference, threshold: int) -> pyvips.Image:
    """Make what differs red, the stronger the more, and the rest faint."""
    colours, there = image[:3], image[3] if image.hasalpha() else None
    faint = there * (_FAINT / 255) if there is not None else image.new_from_image(_FAINT)[0]
    strong = (found.levels * _STRONG).cast("uchar")
    mask = found.beyond(threshold)
    shown = mask.ifthenelse(_RED, colours).bandjoin(mask.ifthenelse(strong, faint.cast("uchar")))
    return shown.copy(interpretation="srgb")


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    second = Extra("target", description="The picture to compare with.")
    yield FileTool(
        _ID,
        compare,
        CompareSettings,
        category="utilities",
        name="Image Compare",
        gives="picture",
        extras=[second],
        actions=[
            FileTool(
                "measure",
                measure,
                MeasureSettings,
                category="utilities",
                gives="report",
                report=CompareReport,
                extras=[second],
            )
        ],
    )
