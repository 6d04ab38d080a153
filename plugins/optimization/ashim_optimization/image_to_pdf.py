"""Image to PDF: one page for each picture, in the order in which they came."""

from collections.abc import Iterable, Sequence
from math import sqrt
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, Self

import pyvips
from pydantic import Field, model_validator

from ashim_core.plugin import (
    Context,
    DecodeFailed,
    Encoding,
    FileTool,
    InputFile,
    Outcome,
    Pictures,
    Size,
    Tool,
    ToolError,
    ToolSettings,
    hookimpl,
)
from ashim_optimization.pdf.document import Document
from ashim_optimization.pdf.jpeg import Jpeg, read_jpeg
from ashim_optimization.pdf.pictures import Profiles, add_jpeg, add_lossless
from ashim_optimization.pdf.placement import (
    SIDES,
    FitMode,
    Orientation,
    PageSize,
    content,
    lay_out,
)

_KB = 1024
_LEAST = 50 * _KB
_AROUND, _AROUND_PAGE = 2048, 600
"""What a PDF takes besides its pictures, and for each page; rather too much."""
_TABLES = 800
"""Bytes that a JPEG takes before its first pixel, and a little more."""
_LEAST_SHARE = 2 * _TABLES
_PIXELS_PER_BYTE = 8
"""With more, a smaller picture of better quality shows more."""
_CHECKED_AT = 8
"""A JPEG that goes in as it is is only decoded to see whether that can be done."""


class TargetSize(ToolSettings):
    example = {"value": 2, "unit": "MB"}

    value: float = Field(
        gt=0, le=1_048_576, description="How many units the PDF may have; 50 KB or more."
    )
    unit: Literal["KB", "MB"] = Field(
        default="KB", description="KB: 1024 bytes. MB: 1024 times as many."
    )

    @property
    def bytes(self) -> int:
        """The target in bytes."""
        return int(self.value * (_KB if self.unit == "KB" else _KB * _KB))

    @model_validator(mode="after")
    def _large_enough(self) -> Self:
        if self.bytes < _LEAST:
            raise ValueError("at least 50 KB")
        return self


class ImageToPdfSettings(ToolSettings):
    example = {"pageSize": "A4"}

    page_size: PageSize = Field(
        default="A4",
        description="The size of all pages. Original: each page is as large as its picture and "
        "the margin around it, one point (1/72 inch) for each pixel and at most 200 inches.",
    )
    orientation: Orientation = Field(
        default="portrait",
        description="auto: landscape for pictures that are wider than high. Not for Original.",
    )
    margin: float = Field(
        default=20,
        ge=0,
        le=500,
        description="Empty space along the sides of each page, in points; less than half of the "
        "shorter side.",
    )
    fit_mode: FitMode = Field(
        default="shrink",
        description="How a picture fills the space inside of the margins, always in the middle. "
        "shrink: made smaller if it must be, one point for each pixel otherwise. contain: as large "
        "as fits. cover: as large as fills it all, cut off at the margins. fill: stretched. "
        "actual: one point for each pixel, cut off at the margins. Not for Original.",
    )
    target_size: TargetSize | None = Field(
        default=None,
        description="How large the PDF may be at most. Pictures become JPEGs of a quality, and if "
        "need be a size, that fits, on white where they are transparent; JPEGs that fit stay.",
    )

    @model_validator(mode="after")
    def _room_inside(self) -> Self:
        if self.page_size in SIDES and 2 * self.margin >= min(SIDES[self.page_size]):
            raise ValueError("a margin of less than half of the shorter side of the page")
        return self


def image_to_pdf(context: Context[ImageToPdfSettings]) -> Outcome:
    """Make one PDF of pictures, a page for each and for every page of a TIFF.

    JPEGs stay as they are, their metadata too.
    """
    path = context.workdir / "images.pdf"
    with path.open("wb") as file:
        _Writer(context, file).write()
    return [path]


class _Sheet(NamedTuple):
    """A picture that becomes a page: a file, which of its own pages it is, and its size upright."""

    file: InputFile
    page: int
    size: Size
    alone: bool


class _Writer:
    """The pages of one PDF, one picture in memory at a time."""

    def __init__(self, context: Context[ImageToPdfSettings], file: BinaryIO) -> None:
        self.context, self.settings = context, context.settings
        self.pictures: Pictures = context.pictures
        self.document = Document(file)
        self.profiles: Profiles = {}
        self.scratch = context.workdir / "picture"
        self.qualities: list[int] = []

    def write(self) -> None:
        # All are looked at before the first is drawn: a mistake shows at once.
        sheets = [sheet for file in self.context.inputs for sheet in self._sheets(file)]
        weights = _weights([sheet.size for sheet in sheets])
        for number, sheet in enumerate(sheets):
            self.context.progress(100 * number / len(sheets), f"Page {number + 1} of {len(sheets)}")
            self._add_page(sheet, self._share(weights[number:]))
        self.document.finish()
        self.context.tell(pages=len(sheets))
        if self.settings.target_size:
            pictures = f"{len(self.qualities)} of {len(sheets)} pictures"
            self.context.note(f"targetSize: met, {pictures} were compressed")
            self.context.tell(compression=self._compression())

    def _compression(self) -> dict[str, object]:
        """Say what the target size took. jpegQuality: the lowest; None where nothing was needed."""
        target = self.settings.target_size
        return {
            "targetRequested": target.bytes if target else None,
            "targetMet": True,
            "jpegQuality": min(self.qualities, default=None),
        }

    def _sheets(self, file: InputFile) -> list[_Sheet]:
        """Give what becomes of a file: a page, or of a TIFF one for each of its own."""
        sizes = [Size(*size) for size in self.pictures.pages(file.path)]
        return [_Sheet(file, page, size, len(sizes) == 1) for page, size in enumerate(sizes)]

    def _add_page(self, sheet: _Sheet, share: int | None) -> None:
        settings = self.settings
        layout = lay_out(
            sheet.size, settings.page_size, settings.orientation, settings.margin, settings.fit_mode
        )
        picture, orientation = self._add_picture(sheet, share)
        drawing = content(layout, orientation)
        self.document.add_page(layout.width, layout.height, drawing, picture)

    def _add_picture(self, sheet: _Sheet, share: int | None) -> tuple[int, int]:
        """Add the picture itself; give its number, and the orientation that it is stored in."""
        path = sheet.file.path
        header = self.pictures.header(path)
        jpeg = _as_it_is(path, header.width, header.height, share)
        if jpeg and header.format.name == "jpeg":
            self._opened(sheet, _CHECKED_AT)
            return add_jpeg(self.document, path, jpeg, self.profiles), header.orientation
        if share is None:
            whole = self.pictures.load_page(path, sheet.page)
            return add_lossless(self.document, whole, self.pictures, self.scratch), 1
        small = self._compressed(sheet, share)
        written = read_jpeg(small)
        if written is None:
            raise TypeError("expected a JPEG that a PDF can hold")
        number = add_jpeg(self.document, small, written, self.profiles)
        small.unlink()
        return number, 1

    def _opened(self, sheet: _Sheet, shrink: float) -> pyvips.Image:
        """Decode a picture, which may come so many times smaller: damage shows here."""
        path = sheet.file.path
        if not sheet.alone:
            return self.pictures.load_page(path, sheet.page)
        try:
            return self.pictures.open(path, shrink=shrink).frames[0].copy_memory()
        except pyvips.Error as error:
            raise DecodeFailed(
                f"The picture '{sheet.file.name}' can't be decoded: it is damaged or cut off."
            ) from error

    def _compressed(self, sheet: _Sheet, share: int) -> Path:
        """Write a picture as a JPEG that takes at most its share."""
        size = sheet.size
        scale = sqrt((share - _TABLES) * _PIXELS_PER_BYTE / (size.width * size.height))
        picture = self._opened(sheet, max(1, 1 / scale))
        if scale < 1:
            small = Size(max(1, round(size.width * scale)), max(1, round(size.height * scale)))
            picture = _reduced(picture, small)
        encoding = Encoding("jpeg", quality=95, max_bytes=share)
        path = self.pictures.save(picture, self.scratch, encoding)
        self.qualities += [self.pictures.quality or 95]
        return path

    def _share(self, weights: Sequence[float]) -> int | None:
        """Divide what is left of the target; give the part of the first of the pictures left."""
        if self.settings.target_size is None:
            return None
        target = self.settings.target_size.bytes
        left = target - self.document.size - _AROUND - _AROUND_PAGE * len(weights)
        share = int(left * weights[0] / sum(weights))
        if share < _LEAST_SHARE:
            raise _unreachable(len(weights), target)
        return share


def _weights(sizes: Sequence[Size]) -> list[float]:
    """Say how much of a target each picture gets; those before take nothing of those after.

    Not by pixels alone, or the tables of small pictures wouldn't fit.
    """
    pixels = [size.width * size.height for size in sizes]
    return [1 / len(sizes) + count / sum(pixels) for count in pixels]


def _unreachable(pages: int, target: int) -> ToolError:
    # No weight is less than half of the average.
    least = 2 * _AROUND + (_AROUND_PAGE + 2 * _LEAST_SHARE) * pages
    return ToolError(
        f"{pages} pages don't fit into {target} bytes.",
        code="TARGET_UNREACHABLE",
        details=[
            {
                "field": "targetSize",
                "expected": f"at least {-(-least // _KB)} KB",
                "received": f"{target / _KB:g} KB",
            }
        ],
    )


def _as_it_is(path: Path, width: int, height: int, share: int | None) -> Jpeg | None:
    """Read the header of a JPEG that can go in as it is, and is small enough."""
    jpeg = read_jpeg(path)
    if jpeg is None or (jpeg.width, jpeg.height) != (width, height):
        return None
    size = path.stat().st_size + len(jpeg.profile or b"")
    return jpeg if share is None or size <= share else None


def _reduced(picture: pyvips.Image, size: Size) -> pyvips.Image:
    if picture.hasalpha():
        picture = picture.flatten(background=[255])
    return picture.resize(size.width / picture.width, vscale=size.height / picture.height)


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool(
        "image-to-pdf",
        image_to_pdf,
        ImageToPdfSettings,
        category="optimization",
        name="Image to PDF",
        files=(1, 200),
        gives="application/pdf",
    )
