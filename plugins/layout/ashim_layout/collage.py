"""Collage: several pictures in the cells of a template."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Literal, NamedTuple

import pyvips
from pydantic import Field

from ashim_core.plugin import (
    WHITE,
    ChromaSubsampling,
    Colour,
    Context,
    Encoding,
    FileTool,
    Outcome,
    Size,
    Tool,
    ToolSettings,
    about,
    canvas,
    hookimpl,
)
from ashim_layout.composing.corners import rounded
from ashim_layout.composing.cut import Cut, contain, cover
from ashim_layout.composing.output import Format
from ashim_layout.composing.refusal import NotForTheseFiles
from ashim_layout.composing.sheet import Sheet
from ashim_layout.composing.sources import Source
from ashim_layout.composing.tracks import tracks, widest_gap
from ashim_layout.templates import Grid, TemplateId, grid_for, grid_of

_FILES = 200
_RATIOS = {
    "free": (4, 3),
    "1:1": (1, 1),
    "4:3": (4, 3),
    "3:2": (3, 2),
    "16:9": (16, 9),
    "9:16": (9, 16),
    "4:5": (4, 5),
}


class CellSettings(ToolSettings):
    example = {"zoom": 2}
    legacy_names = {"objectFit": "fit"}

    image_index: int | None = Field(
        default=None,
        ge=0,
        lt=_FILES,
        description="Which file the cell shows, counted from 0; if not given, the one at the place "
        "of the cell.",
        examples=[0],
    )
    fit: Literal["cover", "contain"] = Field(
        default="cover",
        description="cover: fill the cell and cut off what overhangs. contain: show all of the "
        "picture, with the background around it.",
    )
    pan_x: float = Field(
        default=0,
        ge=-100,
        le=100,
        description="Where to cut across, for fit=cover: -100 shows the left end, 0 the middle, "
        "100 the right end.",
    )
    pan_y: float = Field(
        default=0,
        ge=-100,
        le=100,
        description="Where to cut up and down, for fit=cover: -100 shows the top, 0 the middle, "
        "100 the bottom.",
    )
    zoom: float = Field(
        default=1,
        ge=1,
        le=10,
        description="For fit=cover, how many times larger than what just fills the cell.",
    )


class CollageSettings(ToolSettings):
    example = {"gap": 16, "backgroundColor": "#202020", "borderRadius": 24}
    legacy_names = {
        "templateId": "template",
        "cornerRadius": "borderRadius",
        "format": "outputFormat",
    }

    template: Literal["auto", TemplateId] = Field(
        default="auto",
        description="How the cells lie. The number in front says how many there are; they are "
        "filled in the order of the files. auto: what suits the number of files, or of `cells` if "
        "there are more; from 10 on a grid as square as possible.",
        examples=["3-left-large"],
    )
    gap: int = Field(
        default=8, ge=0, le=500, description="Pixels between the cells, and around all of them."
    )
    background_color: Colour = Field(
        default=WHITE,
        description="Shows between the cells and wherever a picture isn't; transparent is white in "
        "a JPEG.",
    )
    border_radius: float = Field(
        default=0,
        ge=0,
        le=500,
        description="Radius of the corners of each cell in pixels, at most half its shorter side.",
    )
    aspect_ratio: Literal["free", "1:1", "4:3", "3:2", "16:9", "9:16", "4:5"] = Field(
        default="free", description="Proportions of the result. free: 4:3."
    )
    width: int = Field(
        default=2400,
        ge=100,
        le=8000,
        description="The longer side of the result in pixels, which is the height where the "
        "proportions are upright.",
    )
    output_format: Format = Field(default="png", description="The format of the result.")
    quality: int = Field(
        default=90, ge=1, le=100, description="Quality of a JPEG, WebP or AVIF; PNG ignores it."
    )
    chroma_subsampling: ChromaSubsampling = "auto"
    cells: Annotated[tuple[CellSettings, ...], Field(strict=False)] = Field(
        default=(),
        max_length=_FILES,
        description="What each cell shows, and how, in the order of the cells; those that aren't "
        "mentioned show the files at their places.",
    )

    @property
    def size(self) -> Size:
        """The size of the result."""
        across, down = _RATIOS[self.aspect_ratio]
        longest = max(across, down)
        return Size(round(self.width * across / longest), round(self.width * down / longest))


class _Place(NamedTuple):
    """A cell on the canvas, and what it shows of which file."""

    left: int
    top: int
    size: Size
    shows: CellSettings
    file: int


def collage(context: Context[CollageSettings]) -> Outcome:
    """Put pictures into the cells of a template, with gaps between them."""
    settings, files = context.settings, context.inputs
    places = list(_places(settings, len(files)))
    encoding = Encoding(
        settings.output_format, quality=settings.quality, subsampling=settings.chroma_subsampling
    )
    context.pictures.check(*settings.size, encoding)
    sources = [Source(file, context.pictures) for file in files]
    coloured = any(sources[place.file].coloured for place in places)
    sheet = Sheet(settings.size, settings.background_color, coloured=coloured)
    for number, place in enumerate(places):
        source = sources[place.file]
        context.progress(100 * number / len(places), source.file.name)
        with about(source.file):
            sheet.put(_filled(source, place, sheet, settings.border_radius), place.left, place.top)
    _tell_unseen(context, places)
    return [context.pictures.save(sheet.image(), context.workdir / "collage", encoding)]


def _places(settings: CollageSettings, files: int) -> Iterator[_Place]:
    """Find out where each cell lies and what it shows; empty ones are left out."""
    grid = _grid(settings, files)
    columns = tracks(grid.columns, settings.size.width, settings.gap)
    rows = tracks(grid.rows, settings.size.height, settings.gap)
    for number, cell in enumerate(grid.cells):
        shows = settings.cells[number] if number < len(settings.cells) else CellSettings()
        file = _file(shows, number, files)
        if file is None:
            continue
        left, top = columns[cell.columns.first].start, rows[cell.rows.first].start
        right, bottom = columns[cell.columns.last].end, rows[cell.rows.last].end
        yield _Place(left, top, Size(right - left, bottom - top), shows, file)


def _grid(settings: CollageSettings, files: int) -> Grid:
    """Give the cells that were asked for, if they can hold what they are to show."""
    if settings.template == "auto":
        grid = grid_for(max(files, len(settings.cells)))
    else:
        grid = grid_of(settings.template)
        _check_cells(settings, len(grid.cells), files)
    gap = min(
        widest_gap(grid.columns, settings.size.width, settings.gap),
        widest_gap(grid.rows, settings.size.height, settings.gap),
    )
    if gap < settings.gap:
        raise NotForTheseFiles(
            f"A gap of {settings.gap} pixels leaves no room for the cells: expected at most {gap}.",
            field="gap",
            expected=f"at most {gap} for {len(grid.cells)} cells on {settings.size.width} x "
            f"{settings.size.height} pixels",
            received=settings.gap,
        )
    return grid


def _check_cells(settings: CollageSettings, cells: int, files: int) -> None:
    if files > cells:
        raise NotForTheseFiles(
            f"The template {settings.template} has {cells} cell(s), received {files} files.",
            field="template",
            expected=f"a template of at least {files} cells, or auto",
            received=settings.template,
        )
    if len(settings.cells) > cells:
        raise NotForTheseFiles(
            f"The template {settings.template} has {cells} cell(s), received settings for "
            f"{len(settings.cells)}.",
            field="cells",
            expected=f"at most {cells}",
            received=len(settings.cells),
        )


def _file(shows: CellSettings, number: int, files: int) -> int | None:
    """Say which file a cell shows; None if there are no more."""
    if shows.image_index is None:
        return number if number < files else None
    if shows.image_index >= files:
        raise NotForTheseFiles(
            f"Cell {number + 1} is to show file {shows.image_index}: expected at most {files - 1}, "
            "as they are counted from 0.",
            field=f"cells.{number}.imageIndex",
            expected=f"at most {files - 1}",
            received=shows.image_index,
        )
    return shows.image_index


def _filled(source: Source, place: _Place, sheet: Sheet, radius: float) -> pyvips.Image:
    """Draw a cell with its picture."""
    picture = sheet.ready(source.part(_cut(source.size, place)))
    if (picture.width, picture.height) != place.size:
        picture = canvas.place(picture, *place.size, sheet.background)
    return rounded(picture, radius, sheet.background)


def _cut(size: Size, place: _Place) -> Cut:
    shows = place.shows
    if shows.fit == "contain":
        return contain(size, place.size)
    return cover(size, place.size, zoom=shows.zoom, pan=(shows.pan_x, shows.pan_y))


def _tell_unseen(context: Context[CollageSettings], places: Sequence[_Place]) -> None:
    """Name the files that no cell shows, because of what the cells were told to."""
    seen = {place.file for place in places}
    unseen = [file.name for number, file in enumerate(context.inputs) if number not in seen]
    if unseen:
        context.note(f"files: no cell shows {', '.join(unseen)}")


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool(
        "collage",
        collage,
        CollageSettings,
        category="layout",
        name="Collage / Grid",
        files=(1, _FILES),
        gives="picture",
    )
