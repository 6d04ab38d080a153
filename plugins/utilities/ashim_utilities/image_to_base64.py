"""Image to Base64: pictures as text, to be put into a page, a style sheet or a letter."""

import base64
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from pydantic import Field, model_validator

from ashim_core.plugin import (
    AshimError,
    Context,
    Encoding,
    FileTool,
    InputFile,
    Outcome,
    Report,
    Size,
    Tool,
    ToolError,
    ToolSettings,
    about,
    canvas,
    clean_svg,
    hookimpl,
)

Form = Literal["data-uri", "plain"]
MediaType = Literal[
    "image/jpeg", "image/png", "image/webp", "image/avif", "image/gif", "image/tiff"
]
_FORMATS: dict[MediaType, str] = {
    "image/jpeg": "jpeg",
    "image/png": "png",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/gif": "gif",
    "image/tiff": "tiff",
}
_SHOWN_BY_BROWSERS = frozenset({"jpeg", "png", "apng", "gif", "webp", "avif", "bmp", "ico", "svg"})
_SVG = "svg"
_MOST = 24 * 1024 * 1024
"""Characters of all results together: a report is JSON, and is held in memory as a whole."""


class ImageToBase64Settings(ToolSettings):
    format: Form = Field(
        default="data-uri",
        description="data-uri: with the media type in front, as a page takes it. plain: Base64 "
        "alone.",
    )
    mime_type: MediaType | None = Field(
        default=None,
        description="Encode the picture anew as this. If not given, its bytes stay as they are, "
        "where browsers show the format; what they don't becomes JPEG, or PNG with transparency.",
        examples=["image/webp"],
    )
    quality: int = Field(
        default=80,
        ge=1,
        le=100,
        description="Of a picture that is encoded anew as JPEG, WebP, AVIF or TIFF.",
    )
    max_width: int = Field(
        default=0, ge=0, le=65_535, description="Make it no wider, in pixels; 0 for any width."
    )
    max_height: int = Field(
        default=0, ge=0, le=65_535, description="Make it no higher, in pixels; 0 for any height."
    )

    @model_validator(mode="before")
    @classmethod
    def _format_by_its_name(cls, data: Any) -> Any:
        """Understand `outputFormat`, as older clients say it."""
        if not isinstance(data, dict) or "outputFormat" not in data:
            return data
        if data.keys() & {"mimeType", "mime_type"}:
            raise ValueError("either mimeType or outputFormat, not both")
        rest = dict(data)
        name = rest.pop("outputFormat")
        if name == "original":
            return rest
        if not isinstance(name, str) or f"image/{name}" not in _FORMATS:
            raise ValueError(f"original, {', '.join(_FORMATS.values())} for outputFormat")
        return {**rest, "mimeType": f"image/{name}"}


class Encoded(Report):
    """One picture as text."""

    filename: str
    mime_type: str
    width: int | None = Field(description="In pixels; null for a drawing that doesn't say it.")
    height: int | None = Field(description="In pixels.")
    original_size: int = Field(description="Bytes of the file that was sent.")
    encoded_size: int = Field(description="Characters of Base64.")
    overhead_percent: float = Field(description="How much more that is than the file had bytes.")
    base64: str | None = Field(description="For format=plain.")
    data_uri: str | None = Field(description="For format=data-uri.")


class Failed(Report):
    """A file that could not be encoded."""

    filename: str
    code: str
    error: str


class ImageToBase64Report(Report):
    """Pictures as text, in the order in which they were sent."""

    results: list[Encoded]
    errors: list[Failed]


class _Ready(NamedTuple):
    """A picture as it is going to be encoded."""

    data: bytes
    media_type: str
    width: int | None
    height: int | None


def image_to_base64(context: Context[ImageToBase64Settings]) -> Outcome:
    """Turn pictures into Base64 or data URIs, as they are or encoded anew."""
    results: list[Encoded] = []
    errors: list[Failed] = []
    for number, file in enumerate(context.inputs):
        context.progress(100 * number / len(context.inputs), file.name)
        try:
            with about(file):
                results.append(_encoded(file, context))
        except AshimError as error:
            errors.append(Failed(filename=file.name, code=error.code, error=error.message))
        _refuse_too_much(results)
    return ImageToBase64Report(results=results, errors=errors)


def _encoded(file: InputFile, context: Context[ImageToBase64Settings]) -> Encoded:
    ready = _ready(file, context)
    text = base64.b64encode(ready.data).decode()
    before = file.path.stat().st_size
    plain = context.settings.format == "plain"
    return Encoded(
        filename=file.name,
        mime_type=ready.media_type,
        width=ready.width,
        height=ready.height,
        original_size=before,
        encoded_size=len(text),
        overhead_percent=round(100 * (len(text) / before - 1), 1),
        base64=text if plain else None,
        data_uri=None if plain else f"data:{ready.media_type};base64,{text}",
    )


def _ready(file: InputFile, context: Context[ImageToBase64Settings]) -> _Ready:
    settings, pictures = context.settings, context.pictures
    kind = pictures.kind(file.path)
    if kind == _SVG and settings.mime_type is None:
        drawing = clean_svg(file.path.read_bytes())
        return _Ready(drawing.data, "image/svg+xml", drawing.width, drawing.height)
    size = Size(*pictures.header(file.path).upright)
    target = _target_size(size, settings)
    if settings.mime_type is None and target == size and kind in _SHOWN_BY_BROWSERS:
        return _Ready(file.path.read_bytes(), pictures.called(kind).media_type, *size)
    return _anew(file, target, kind, context)


def _target_size(size: Size, settings: ImageToBase64Settings) -> Size:
    """Fit a size into what is allowed; it never grows."""
    bounds = ((settings.max_width, size.width), (settings.max_height, size.height))
    factor = min(1.0, *(most / side for most, side in bounds if most), 1.0)
    return Size(*(max(1, round(side * factor)) for side in size))


def _anew(
    file: InputFile, size: Size, kind: str, context: Context[ImageToBase64Settings]
) -> _Ready:
    pictures, settings = context.pictures, context.settings
    shrink = max(1.0, pictures.header(file.path).upright[0] / size.width)
    image = canvas.resampled(pictures.open(file.path, shrink=shrink).frames[0], *size)
    if settings.mime_type:
        format = _FORMATS[settings.mime_type]
    elif kind in _SHOWN_BY_BROWSERS and pictures.writes(kind):
        format = kind
    else:
        format = "png" if image.hasalpha() else "jpeg"
    encoding = Encoding(format, quality=settings.quality)
    path = pictures.save(image, context.workdir / "picture", encoding)
    data = path.read_bytes()
    path.unlink()
    return _Ready(data, pictures.called(format).media_type, *size)


def _refuse_too_much(results: list[Encoded]) -> None:
    size = sum(one.encoded_size for one in results)
    if size > _MOST:
        raise ToolError(
            f"The pictures are too large to be written as text: expected at most {_MOST} "
            f"characters of Base64 in all, received {size} or more.",
            code="RESULT_TOO_LARGE",
            details=[
                {
                    "field": "file",
                    "expected": f"at most {_MOST} characters of Base64; maxWidth and maxHeight "
                    "make pictures smaller",
                    "received": f"{size} or more",
                }
            ],
        )


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool(
        "image-to-base64",
        image_to_base64,
        ImageToBase64Settings,
        category="utilities",
        name="Image to Base64",
        files=(1, 200),
        gives="report",
        report=ImageToBase64Report,
    )
