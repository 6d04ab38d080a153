"""PDF to Image: the pages of a document as pictures."""

import base64
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import pyvips
from pydantic import Field

from ashim_core.plugin import (
    WHITE,
    Colour,
    Context,
    Encoding,
    FileTool,
    FormatName,
    Outcome,
    Report,
    Tool,
    ToolSettings,
    about,
    hookimpl,
    result_name,
)
from ashim_pdf.document import POINTS, Look, drawn, opened, page_of, size_of
from ashim_pdf.selection import ALL, Selection, is_one_page, selected

_ID, _TAKES = "pdf-to-image", ("application/pdf",)
MOST_PAGES, MOST_THUMBNAILS, MOST_LISTED = 200, 50, 1000
_SECONDS_A_MEGAPIXEL = 0.2
_BLACK_BELOW = 128
_THUMBNAIL_QUALITY = 60
_MEGA = 1_000_000

ColorMode = Literal["color", "grayscale", "bw"]


class _OfDocument(ToolSettings):
    password: str | None = Field(
        default=None,
        max_length=200,
        description="The password of a document that needs one.",
        examples=["correct horse"],
    )


class InfoSettings(_OfDocument):
    """Nothing besides."""


class PreviewSettings(_OfDocument):
    pages: Selection = Field(
        default=ALL,
        description=f"all, or pages such as 1,3-5, counted from 1; at most {MOST_THUMBNAILS} of "
        "them.",
        examples=["1-3"],
    )
    width: int = Field(default=300, ge=16, le=1024, description="Of each thumbnail, in pixels.")


class PdfToImageSettings(_OfDocument):
    pages: Selection = Field(
        default=ALL,
        description=f"all, or pages such as 1,3-5, counted from 1; at most {MOST_PAGES} at a time. "
        "One number alone gives a picture, anything else a ZIP.",
        examples=["1,3-5"],
    )
    format: FormatName = Field(default="png", description="The format of the pictures.")
    dpi: float = Field(default=150, ge=36, le=2400, description="Pixels for each inch of a page.")
    quality: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="Quality of a lossy format; its own default if not given.",
        examples=[85],
    )
    color_mode: ColorMode = Field(
        default="color",
        description="color; grayscale; or bw, where what is darker than half is black and all else "
        "white.",
    )
    background: Colour = Field(
        default=WHITE, description="What is behind the page; it may be transparent."
    )
    annotations: bool = Field(
        default=True, description="Draw notes, highlights and other annotations."
    )
    forms: bool = Field(default=True, description="Draw what is filled into forms.")


class PageInfo(Report):
    """One page."""

    page: int = Field(ge=1)
    width: float = Field(description="In points, of which an inch has 72; rotation applied.")
    height: float = Field(description="In points.")
    rotation: int = Field(description="Degrees that it is turned clockwise: 0, 90, 180 or 270.")


class PdfInfoReport(Report):
    """What a document says of itself."""

    filename: str = Field(description="What the caller called the file.")
    file_size: int = Field(description="In bytes.")
    page_count: int
    version: str | None = Field(description="Of the format, such as 1.7.")
    has_forms: bool
    metadata: dict[str, str] = Field(description="Title, Author and such; what is there.")
    pages: list[PageInfo] = Field(description=f"The first {MOST_LISTED}.")


class Thumbnail(Report):
    """A page, small."""

    page: int = Field(ge=1)
    data_url: str = Field(description="A JPEG as a data URI.")
    width: int = Field(description="In pixels.")
    height: int = Field(description="In pixels.")


class PdfPreviewReport(Report):
    """Pages of a document, small."""

    page_count: int = Field(description="Of the document.")
    thumbnails: list[Thumbnail]


def pdf_to_image(context: Context[PdfToImageSettings]) -> Outcome:
    """Draw the pages of a PDF as pictures: all of them, some, or one."""
    file, settings = context.inputs[0], context.settings
    with about(file), opened(file.path, settings.password) as document:
        pages = selected(settings.pages, len(document), MOST_PAGES)
        context.tell(pageCount=len(document), selectedPages=pages)
        if settings.forms:
            document.init_forms()
        made = []
        for done, number in enumerate(pages):
            context.progress(100 * done / len(pages), f"Page {number}")
            made.append(_saved(document, number, context))
        return made


def _saved(document: Any, number: int, context: Context[PdfToImageSettings]) -> Path:
    settings, pictures = context.settings, context.pictures
    encoding = Encoding(settings.format, quality=settings.quality)
    look = Look(settings.dpi, settings.background, settings.annotations, settings.forms)
    with page_of(document, number) as page:
        size = size_of(page, settings.dpi)
        pictures.check(*size, encoding)
        pictures.allow(_SECONDS_A_MEGAPIXEL * size.width * size.height / _MEGA)
        with drawn(page, look) as image:
            shown = _in_mode(image, settings.color_mode)
            return pictures.save(shown, context.workdir / _stem(number, context), encoding)


def _stem(number: int, context: Context[PdfToImageSettings]) -> str:
    if is_one_page(context.settings.pages):
        return Path(result_name(context.inputs[0].name, f"page-{number}", "png")).stem
    return f"page-{number}"


def _in_mode(image: pyvips.Image, mode: ColorMode) -> pyvips.Image:
    if mode == "color":
        return image
    colours, alpha = image[:3], image[3] if image.hasalpha() else None
    grey = colours.copy(interpretation="srgb").colourspace("b-w")
    if mode == "bw":
        grey = (grey >= _BLACK_BELOW).copy(interpretation="b-w")
    return grey if alpha is None else grey.bandjoin(alpha)


def info(context: Context[InfoSettings]) -> Outcome:
    """Report how many pages a PDF has, how large they are, and what it says of itself."""
    file = context.inputs[0]
    with about(file), opened(file.path, context.settings.password) as document:
        version = document.get_version()
        return PdfInfoReport(
            filename=file.name,
            file_size=file.path.stat().st_size,
            page_count=len(document),
            version=f"{version / 10:.1f}" if version else None,
            has_forms=document.get_formtype() > 0,
            metadata=document.get_metadata_dict(skip_empty=True),
            pages=[
                _described(document, number)
                for number in range(1, min(len(document), MOST_LISTED) + 1)
            ],
        )


def _described(document: Any, number: int) -> PageInfo:
    with page_of(document, number) as page:
        width, height = page.get_size()
        return PageInfo(
            page=number,
            width=round(width, 2),
            height=round(height, 2),
            rotation=page.get_rotation(),
        )


def preview(context: Context[PreviewSettings]) -> Outcome:
    """Report small pictures of pages of a PDF."""
    file, settings = context.inputs[0], context.settings
    with about(file), opened(file.path, settings.password) as document:
        pages = selected(settings.pages, len(document), MOST_THUMBNAILS)
        document.init_forms()
        thumbnails = [_thumbnail(document, number, context) for number in pages]
        return PdfPreviewReport(page_count=len(document), thumbnails=thumbnails)


def _thumbnail(document: Any, number: int, context: Context[PreviewSettings]) -> Thumbnail:
    with page_of(document, number) as page:
        width, _ = page.get_size()
        dpi = POINTS * context.settings.width / width
        context.pictures.check(*size_of(page, dpi), Encoding("jpeg"))
        with drawn(page, Look(dpi, WHITE)) as image:
            data = base64.b64encode(image.jpegsave_buffer(Q=_THUMBNAIL_QUALITY, keep=0)).decode()
            return Thumbnail(
                page=number,
                data_url=f"data:image/jpeg;base64,{data}",
                width=image.width,
                height=image.height,
            )


def _gives(settings: PdfToImageSettings) -> Literal["picture", "files"]:
    return "picture" if is_one_page(settings.pages) else "files"


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool(
        _ID,
        pdf_to_image,
        PdfToImageSettings,
        category="format",
        name="PDF to Image",
        takes=_TAKES,
        gives=_gives,
        actions=[
            FileTool(
                "info",
                info,
                InfoSettings,
                category="format",
                takes=_TAKES,
                gives="report",
                report=PdfInfoReport,
            ),
            FileTool(
                "preview",
                preview,
                PreviewSettings,
                category="format",
                takes=_TAKES,
                gives="report",
                report=PdfPreviewReport,
            ),
        ],
    )
