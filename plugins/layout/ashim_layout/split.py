"""Image Splitting: one picture in tiles, by their number or by their size."""

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, Self

import pyvips
from pydantic import Field, ValidationInfo, field_validator, model_validator

from ashim_core.plugin import (
    FORMAT_ALIASES,
    ChromaSubsampling,
    Context,
    Decoded,
    DecodeFailed,
    Encoding,
    FileTool,
    InputFile,
    Tool,
    ToolError,
    ToolSettings,
    hookimpl,
    result_name,
)
from ashim_layout.tiles.cuts import Cuts, Span, by_length, in_parts

_MOST = 1024
"""Tiles of one picture: each is a file, with an entry in the answer."""


TileFormat = Annotated[
    Literal["original", "png", "jpeg", "webp", "avif"],
    FORMAT_ALIASES,
]


class SplitSettings(ToolSettings):
    example = {"rows": 2, "cols": 2}
    legacy_names = {"columns": "cols", "outputFormat": "format"}

    mode: Literal["grid", "rows", "cols", "tiles"] | None = Field(
        default=None,
        description="grid: into rows and cols. rows: into rows only. cols: into cols only. tiles: "
        "into tiles of tileWidth and tileHeight. If not given, tiles where one of these is given, "
        "else grid.",
        examples=["grid"],
    )
    rows: int = Field(
        default=3,
        ge=1,
        le=100,
        description="How many rows mode=grid and mode=rows make. All are as high; the last one has "
        "the pixels left over, too.",
    )
    cols: int = Field(
        default=3,
        ge=1,
        le=100,
        description="How many columns mode=grid and mode=cols make. All are as wide; the last one "
        "has the pixels left over, too.",
    )
    tile_width: int | None = Field(
        default=None,
        ge=10,
        le=32_767,
        description="Width of a tile in pixels; those of the last column may be narrower. With "
        "tileHeight alone the picture is not cut across.",
        examples=[512],
    )
    tile_height: int | None = Field(
        default=None,
        ge=10,
        le=32_767,
        description="Height of a tile in pixels; those of the last row may be lower. With "
        "tileWidth alone the picture is not cut up and down.",
        examples=[512],
    )
    format: TileFormat = Field(
        default="original",
        description="The format of the tiles; jpg is understood, too. original: that of the "
        "picture, or png where it can't be written.",
    )
    quality: int = Field(
        default=90,
        ge=1,
        le=100,
        description="Quality of the tiles in a lossy format; lossless formats ignore it.",
    )
    chroma_subsampling: ChromaSubsampling = "auto"

    @field_validator("tile_width", "tile_height")
    @classmethod
    def _tiles_for_their_mode(cls, value: int | None, info: ValidationInfo) -> int | None:
        mode = info.data.get("mode")
        if value is not None and mode not in (None, "tiles"):
            raise ValueError(f"no value with mode={mode}")
        return value

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.mode == "tiles" and not (self.tile_width or self.tile_height):
            raise ValueError("at least one of tileWidth and tileHeight with mode=tiles")
        if self.way == "grid" and self.rows * self.cols > _MOST:
            raise ValueError(f"rows and cols that make at most {_MOST} tiles")
        return self

    @property
    def way(self) -> Literal["grid", "rows", "cols", "tiles"]:
        """Give the mode that was asked for, or meant."""
        return self.mode or ("tiles" if self.tile_width or self.tile_height else "grid")


def split(context: Context[SplitSettings]) -> Iterator[Path]:
    """Cut a picture into tiles: a grid, rows, columns, or tiles of a given size."""
    file, settings = context.inputs[0], context.settings
    header = context.pictures.header(file.path)
    found = cuts(settings, *header.upright)
    format = _format(context, header.format.name)
    animated = format == "webp" or (header.format.animated and format == header.format.name)
    # Read in any order, so all of it is decoded once, to a file where there is much of it.
    picture = context.pictures.open(file.path, animated=animated)
    extension = context.pictures.called(format).extension
    for number, (label, row, column) in enumerate(tiles(found)):
        context.progress(100 * number / found.count, label)
        place = context.workdir / PurePosixPath(result_name(file.name, label, extension)).stem
        tile = _cut(picture, row, column)
        try:
            yield context.pictures.save(
                tile,
                place,
                Encoding(format, settings.quality, subsampling=settings.chroma_subsampling),
            )
        except pyvips.Error as error:
            _check_readable(tile, file, error)
            raise


def cuts(settings: SplitSettings, width: int, height: int) -> Cuts:
    """Say where a picture of this size is cut; ToolError where it can't be."""
    if settings.way == "tiles":
        found = Cuts(
            by_length(height, settings.tile_height or height),
            by_length(width, settings.tile_width or width),
        )
        return _few(found)
    rows = settings.rows if settings.way != "cols" else 1
    columns = settings.cols if settings.way != "rows" else 1
    _check_enough("rows", rows, "high", height)
    _check_enough("cols", columns, "wide", width)
    return Cuts(in_parts(height, rows), in_parts(width, columns))


def _few(found: Cuts) -> Cuts:
    if found.count <= _MOST:
        return found
    rows, columns = len(found.rows), len(found.columns)
    raise ToolError(
        f"The tiles are too small for this picture: expected at most {_MOST} tiles but there would "
        f"be {found.count}, in {rows} rows and {columns} columns.",
        code="TOO_MANY_TILES",
        details=[
            {"field": field, "expected": "larger tiles", "received": f"{number} {what}"}
            for field, number, what in (
                ("tileHeight", rows, "rows"),
                ("tileWidth", columns, "columns"),
            )
            if number > 1
        ],
    )


def _check_enough(field: str, count: int, how: str, side: int) -> None:
    if count > side:
        raise ToolError(
            f"The picture is {side} pixel(s) {how}: expected at most {side} for '{field}' but "
            f"received {count}.",
            code="TOO_MANY_TILES",
            details=[{"field": field, "expected": f"at most {side}", "received": str(count)}],
        )


def tiles(found: Cuts) -> Iterator[tuple[str, Span, Span]]:
    """Give all tiles, row by row, with what the names of their files end with."""
    high, wide = len(str(len(found.rows))), len(str(len(found.columns)))
    for number, row in enumerate(found.rows, start=1):
        for index, column in enumerate(found.columns, start=1):
            yield f"r{number:0{high}}_c{index:0{wide}}", row, column


def _format(context: Context[SplitSettings], original: str) -> str:
    if context.settings.format != "original":
        return context.settings.format
    return original if context.pictures.writes(original) else "png"


def _cut(picture: Decoded, row: Span, column: Span) -> Decoded:
    """Cut one tile out of every frame."""
    box = column.start, row.start, column.length, row.length
    return Decoded(tuple(frame.crop(*box) for frame in picture.frames), picture.animation)


def _check_readable(picture: Decoded, file: InputFile, cause: pyvips.Error) -> None:
    """Raise DecodeFailed if it is the file's fault that the pixels can't be computed."""
    try:
        for frame in picture.frames:
            frame.avg()
    except pyvips.Error:
        raise DecodeFailed(
            f"The picture '{file.name}' can't be decoded: it is damaged or cut off."
        ) from cause


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool(
        "split",
        split,
        SplitSettings,
        category="layout",
        name="Image Splitting",
        gives="files",
    )
