"""Barcode Reader: what the symbols in a picture say, and where they are."""

import base64
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import pyvips
from pydantic import Field

from ashim_barcode.looks import effort, read
from ashim_barcode.marking import marked
from ashim_barcode.readers import available
from ashim_barcode.symbols import Point, Symbol, Symbology
from ashim_core.plugin import (
    Context,
    Encoding,
    FileTool,
    Outcome,
    Report,
    Tool,
    ToolSettings,
    about,
    hookimpl,
    result_name,
)

_ID = "barcode-read"
_MOST = 255


class ReadSettings(ToolSettings):
    try_harder: bool = Field(
        default=True,
        description="Look for symbols that are turned, inverted, small, faint or in a shadow, too, "
        "which takes longer.",
    )
    symbologies: Annotated[list[Symbology], Field(max_length=30)] = Field(
        default=[],
        description="Report these kinds and no others; all if none is named.",
        examples=[["QRCode", "EAN-13"]],
    )
    max: int = Field(default=_MOST, ge=1, le=_MOST, description="The most symbols to report.")


class BarcodeReadSettings(ReadSettings):
    annotated: bool = Field(
        default=False,
        description="Give the picture with numbered outlines in place of the report, which goes "
        "along as facts: the same as the action `annotate`.",
    )


class Corner(Report):
    """In pixels of the upright picture."""

    x: int
    y: int


class Corners(Report):
    """Of the symbol as it is printed: its top left may be anywhere in the picture."""

    top_left: Corner
    top_right: Corner
    bottom_right: Corner
    bottom_left: Corner


class Barcode(Report):
    """One symbol."""

    type: Symbology
    text: str
    bytes: str = Field(description="What it holds, in Base64.")
    position: Corners
    orientation: int = Field(ge=0, lt=360, description="Degrees that it is turned clockwise.")
    error_correction_level: str | None = Field(description="Where its kind has one.")
    readers: list[str] = Field(description="The libraries that have read it.")


class BarcodeReport(Report):
    """The symbols in a picture, from top to bottom and left to right."""

    filename: str = Field(description="What the caller called the file.")
    width: int = Field(description="Of the upright picture, in pixels.")
    height: int
    barcodes: list[Barcode] = Field(description="Empty if none was found.")
    count: int
    readers: list[str] = Field(description="The libraries that have looked.")


def barcode_read(context: Context[BarcodeReadSettings]) -> Outcome:
    """Read the barcodes and two-dimensional codes in a picture."""
    if context.settings.annotated:
        return annotate(context)
    image = _opened(context)
    return _reported(context, image, _found(context, image))


def annotate(context: Context[ReadSettings] | Context[BarcodeReadSettings]) -> Outcome:
    """Show in the picture where its barcodes are; what they say goes along."""
    image = _opened(context)
    found = _found(context, image)
    report = _reported(context, image, found).model_dump(by_alias=True, mode="json")
    context.tell(**{name: report[name] for name in ("barcodes", "count", "readers")})
    place = context.workdir / Path(result_name(context.inputs[0].name, "annotated", "png")).stem
    return [context.pictures.save(marked(image, found), place, Encoding("png"))]


def _opened(context: Context[ReadSettings] | Context[BarcodeReadSettings]) -> pyvips.Image:
    file = context.inputs[0]
    with about(file):
        return context.pictures.load(file.path)


def _found(
    context: Context[ReadSettings] | Context[BarcodeReadSettings], image: pyvips.Image
) -> list[Symbol]:
    settings = context.settings
    context.pictures.allow(effort(image.width, image.height))
    flat = image.flatten(background=[255]) if image.hasalpha() else image
    grey = flat.colourspace("b-w").copy_memory()
    found = read(grey, hard=settings.try_harder, most=_MOST)
    wanted = settings.symbologies
    return [item for item in found if not wanted or item.type in wanted][: settings.max]


def _reported(
    context: Context[ReadSettings] | Context[BarcodeReadSettings],
    image: pyvips.Image,
    found: list[Symbol],
) -> BarcodeReport:
    return BarcodeReport(
        filename=context.inputs[0].name,
        width=image.width,
        height=image.height,
        barcodes=[_described(symbol) for symbol in found],
        count=len(found),
        readers=available(),
    )


def _described(symbol: Symbol) -> Barcode:
    corners = [_corner(point) for point in symbol.corners]
    return Barcode(
        type=symbol.type,
        text=symbol.text,
        bytes=base64.b64encode(symbol.content).decode(),
        position=Corners(**dict(zip(Corners.model_fields, corners, strict=True))),
        orientation=symbol.orientation,
        error_correction_level=symbol.level,
        readers=list(symbol.readers),
    )


def _corner(point: Point) -> Corner:
    return Corner(x=round(point.x), y=round(point.y))


def _gives(settings: BarcodeReadSettings) -> Literal["picture", "report"]:
    return "picture" if settings.annotated else "report"


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool(
        _ID,
        barcode_read,
        BarcodeReadSettings,
        category="utilities",
        name="Barcode Reader",
        gives=_gives,
        report=BarcodeReport,
        actions=[
            FileTool("annotate", annotate, ReadSettings, category="utilities", gives="picture")
        ],
    )
