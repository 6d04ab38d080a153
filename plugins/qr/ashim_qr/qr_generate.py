"""QR Code Generator: a code in many styles, as pixels or SVG, that was read before it is given."""

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ashim_core.plugin import (
    FORMAT_ALIASES,
    WHITE,
    Colour,
    Context,
    Encoding,
    Extra,
    FileTool,
    Outcome,
    Tool,
    ToolSettings,
    hookimpl,
)
from ashim_qr import readable
from ashim_qr.choosing import Wish
from ashim_qr.contents.content import Content
from ashim_qr.drawing.dots import DotStyle
from ashim_qr.drawing.drawing import Drawing, Look
from ashim_qr.drawing.finders import ROUND, FrameStyle, MiddleStyle
from ashim_qr.drawing.logo import EMBEDDED, Logo
from ashim_qr.drawing.paint import Gradient, GradientType, Paint
from ashim_qr.encoding import Level
from ashim_qr.opened import opened

_BLACK = Colour(0, 0, 0)
_NAME = "qrcode"
_LARGEST_WEBP = 4000
"""Its encoder takes some 30 bytes of memory for each pixel where nothing may be lost."""


class TwoColours(ToolSettings):
    """A gradient over the whole code."""

    example = {"startColor": "#1f4e9e", "endColor": "#8a1538", "rotation": 45}

    type: GradientType = Field(
        default="linear",
        description="linear: from one side or corner to the opposite one. radial: from the middle "
        "to the corners.",
    )
    start_color: Colour = Field(description="The colour that it begins with.")
    end_color: Colour = Field(description="The colour that it ends with.")
    rotation: float = Field(
        default=0,
        ge=-360,
        le=360,
        description="The direction of type=linear in degrees, clockwise: 0 is from left to right.",
    )

    @model_validator(mode="after")
    def _opaque(self) -> Self:
        if not (self.start_color.opaque and self.end_color.opaque):
            raise ValueError("two colours without alpha")
        return self


class QrGenerateSettings(Content):
    example = {"data": "https://example.org"}
    legacy_names = {
        "text": "data",
        "errorCorrection": "errorCorrectionLevel",
        "foreground": "colorDark",
        "background": "colorLight",
    }

    size: int = Field(
        default=400,
        ge=100,
        le=10_000,
        description="Width and height of the whole picture in pixels. A module needs at least 3 of "
        "them, 4 with cornerStyle=rounded, and 5 with extra-rounded and dot.",
    )
    margin: int = Field(
        default=4, ge=0, le=20, description="Width of the quiet zone on each side, in modules."
    )
    color_dark: Colour = Field(
        default=_BLACK, description="The colour of the code, without alpha, darker than colorLight."
    )
    color_light: Colour = Field(
        default=WHITE,
        description="The colour behind the code, and of the quiet zone. Where it is transparent, "
        "the code can be read on something light only; it is white in a JPEG then.",
    )
    error_correction_level: Level = Field(
        default="M",
        description="How much of the code may be lost or covered: L about 7 %, M 15 %, Q 25 %, "
        "H 30 %. A higher level takes more modules.",
    )
    version: int | None = Field(
        default=None,
        ge=1,
        le=40,
        description="The size of the grid, 17 modules and 4 for each version; if not given, the "
        "smallest that holds the text.",
        examples=[5],
    )
    dot_style: DotStyle = Field(
        default="square",
        description="The modules. rounded and extra-rounded: ends and corners are round, by a half "
        "or a whole module. dots: each is a circle. classy and classy-rounded: only corners at the "
        "top left and bottom right are round.",
    )
    corner_style: FrameStyle = Field(
        default="square",
        description="The frames of the three large squares. dot: nearly a circle, with sides that "
        "are as flat as scanners need them. dot and extra-rounded begin at version 2.",
    )
    corner_dot_style: MiddleStyle = Field(
        default="square", description="The middles of the three large squares. dot: a circle."
    )
    corner_color: Colour | None = Field(
        default=None,
        description="The colour of the frames; if not given, as the rest of the code.",
        examples=["#1f4e9e"],
    )
    corner_dot_color: Colour | None = Field(
        default=None,
        description="The colour of the middles; if not given, as the rest of the code.",
        examples=["#8a1538"],
    )
    gradient: TwoColours | None = Field(
        default=None, description="Two colours in place of colorDark."
    )
    logo_size: float = Field(
        default=20,
        ge=5,
        le=40,
        description="The longer side of the logo, in percent of the code without its quiet zone.",
    )
    logo_margin: float = Field(
        default=0, ge=0, le=10, description="Space around the logo that is kept free, in modules."
    )
    hide_dots_behind_logo: bool = Field(
        default=True,
        description="Leave the modules out that would lie behind the logo, so that it lies on "
        "colorLight.",
    )
    format: Annotated[Literal["png", "svg", "jpeg", "webp"], FORMAT_ALIASES] = Field(
        default="png",
        description="The format of the result. svg: it can be enlarged without loss. webp: without "
        "loss, and of at most 4000 pixels.",
    )

    @model_validator(mode="after")
    def _dark_colours(self) -> Self:
        for colour in (self.color_dark, self.corner_color, self.corner_dot_color):
            if colour and not colour.opaque:
                raise ValueError("colours of the code without alpha; only colorLight may have it")
        return self

    @model_validator(mode="after")
    def _small_enough_for_webp(self) -> Self:
        if self.format == "webp" and self.size > _LARGEST_WEBP:
            raise ValueError(f"a size of at most {_LARGEST_WEBP} for format=webp")
        return self

    @model_validator(mode="after")
    def _large_enough_for_round_corners(self) -> Self:
        if self.version == 1 and self.corner_style in ROUND:
            raise ValueError(f"a version of at least 2 for cornerStyle={self.corner_style}")
        return self


def qr_generate(context: Context[QrGenerateSettings]) -> Outcome:
    """Make a QR code of a text, a link, a network, an address; in colours, with a logo.

    What can't be read back is refused.
    """
    settings = context.settings
    encoding = _encoding(settings)
    context.pictures.check(settings.size, settings.size, encoding)
    logo = _logo(context)
    code = _wish(settings, logo).code()
    drawing = Drawing(code, _look(settings), settings.margin, logo)
    readable.check(drawing, settings.size)
    context.tell(
        version=code.version,
        modules=code.side,
        errorCorrectionLevel=code.level,
        data=code.text,
    )
    place = context.workdir / _NAME
    if settings.format == "svg":
        path = place.with_suffix(".svg")
        path.write_bytes(drawing.svg(settings.size))
        return [path]
    return [context.pictures.save(drawing.picture(settings.size), place, encoding)]


def _wish(settings: QrGenerateSettings, logo: Logo | None) -> Wish:
    return Wish(
        settings.text,
        settings.error_correction_level,
        settings.version,
        settings.corner_style,
        logo,
    )


def _encoding(settings: QrGenerateSettings) -> Encoding:
    if settings.format == "jpeg":
        return Encoding("jpeg", quality=95, background=WHITE)
    return Encoding("webp", lossless=True) if settings.format == "webp" else Encoding("png")


def _look(settings: QrGenerateSettings) -> Look:
    two = settings.gradient
    dark: Paint = (
        Gradient(two.type, two.start_color, two.end_color, two.rotation)
        if two
        else settings.color_dark
    )
    return Look(
        settings.dot_style,
        settings.corner_style,
        settings.corner_dot_style,
        dark,
        settings.corner_color or dark,
        settings.corner_dot_color or dark,
        settings.color_light,
    )


def _logo(context: Context[QrGenerateSettings]) -> Logo | None:
    file, settings = context.extra("logo"), context.settings  # noqa: S610 - not that of Django
    if file is None:
        return None
    most = max(EMBEDDED, round(settings.size * settings.logo_size / 100))
    return Logo(
        opened(file, context.pictures, most),
        settings.logo_size,
        settings.logo_margin,
        settings.hide_dots_behind_logo,
    )


def _gives(settings: QrGenerateSettings) -> Literal["picture", "image/svg+xml"]:
    return "image/svg+xml" if settings.format == "svg" else "picture"


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool(
        "qr-generate",
        qr_generate,
        QrGenerateSettings,
        category="utilities",
        name="QR Code Generator",
        files=(0, 0),
        gives=_gives,
        extras=[Extra("logo", required=False, description="A picture for the middle of the code.")],
    )
