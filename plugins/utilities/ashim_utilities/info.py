"""Info: what there is to know about a picture without changing it."""

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field

from ashim_core.plugin import (
    Context,
    FileTool,
    InputFile,
    Outcome,
    Pictures,
    Report,
    Tool,
    ToolSettings,
    hookimpl,
)
from ashim_utilities.facts.density import density
from ashim_utilities.facts.histogram import binned, counts, spread
from ashim_utilities.facts.progressive import is_progressive

_DECIMALS = 2


class InfoSettings(ToolSettings):
    bins: int = Field(
        default=32,
        ge=0,
        le=256,
        description="Bins of the histogram of each channel: 256 has one for every level, and 0 "
        "leaves the histogram out.",
    )


class Dots(Report):
    """Pixels per inch."""

    x: float = Field(description="From side to side.")
    y: float = Field(description="From top to bottom.")


class Channel(Report):
    """The levels of one channel, from 0 to 255, of the first frame."""

    channel: Literal["red", "green", "blue", "grey", "alpha"]
    min: int = Field(ge=0, le=255)
    max: int = Field(ge=0, le=255)
    mean: float = Field(ge=0, le=255)
    stdev: float = Field(ge=0, description="The standard deviation of the levels.")
    bins: list[int] = Field(description="Pixels in each bin, from dark to bright.")


class InfoReport(Report):
    """What a file says of its picture, and what its pixels say."""

    filename: str = Field(description="What the caller called the file.")
    file_size: int = Field(description="In bytes.")
    format: str = Field(description="Told by the content of the file, not by its name.")
    media_type: str
    width: int = Field(description="In pixels, as the picture is seen: orientation applied.")
    height: int = Field(description="In pixels, as the picture is seen.")
    megapixels: float = Field(description="Of one frame, in millions.")
    channels: int = Field(description="Alpha included.")
    has_alpha: bool
    color_space: Literal["grey", "rgb", "cmyk"] = Field(description="Of the pixels in the file.")
    bit_depth: int = Field(description="Bits of one channel.")
    density: float | None = Field(description="Pixels per inch from side to side.")
    dpi: Dots | None = Field(description="Pixels per inch in both directions.")
    orientation: int = Field(ge=1, le=8, description="As in EXIF; 1 is upright.")
    is_progressive: bool | None = Field(
        description="A JPEG is progressive, or a PNG interlaced; null for other formats."
    )
    frames: int = Field(description="Of an animation.")
    pages: int = Field(description="Frames of an animation, or pages of a document.")
    delays: list[int] = Field(description="Milliseconds that each frame is shown.")
    loop: int | None = Field(description="How often the animation plays; 0 is for ever.")
    duration: int = Field(description="Of the animation, once, in milliseconds.")
    has_profile: bool
    has_exif: bool
    has_icc: bool
    has_xmp: bool
    has_iptc: bool
    exif: dict[str, Any] | None = Field(description="By the names of the fields.")
    gps: dict[str, Any] | None = Field(description="Where it was taken, in degrees and metres.")
    xmp: dict[str, Any] | None
    iptc: dict[str, Any] | None
    icc: dict[str, Any] | None = Field(description="What the colour profile is called and is for.")
    histogram: list[Channel] = Field(description="Empty if no bins were asked for.")


def info(context: Context[InfoSettings]) -> Outcome:
    """Report size, format, colours, animation and metadata of a picture, and a histogram."""
    file, pictures = context.inputs[0], context.pictures
    said = pictures.metadata(file.path)
    return InfoReport(
        filename=file.name,
        file_size=file.path.stat().st_size,
        **_of_header(file, pictures, said.get("exif", {})),
        **_of_animation(file, pictures),
        exif=said.get("exif"),
        gps=said.get("gps"),
        xmp=said.get("xmp"),
        iptc=said.get("iptc"),
        icc=said.get("icc"),
        has_profile="icc" in said,
        has_exif="exif" in said,
        has_icc="icc" in said,
        has_xmp="xmp" in said,
        has_iptc="iptc" in said,
        histogram=_histogram(file, pictures, context.settings.bins),
    )


def _of_header(file: InputFile, pictures: Pictures, exif: dict[str, Any]) -> dict[str, Any]:
    header = pictures.header(file.path)
    width, height = header.upright
    name = header.format.name
    found = density(file.path, name, exif)
    inks = 4 if header.cmyk else 3
    return {
        "format": name,
        "media_type": header.format.media_type,
        "width": width,
        "height": height,
        "megapixels": round(width * height / 1e6, _DECIMALS),
        "channels": header.bands,
        "has_alpha": header.bands == 2 or header.bands > inks,
        "color_space": "cmyk" if header.cmyk else "rgb" if header.bands > 2 else "grey",
        "bit_depth": header.bits,
        "density": found.x if found else None,
        "dpi": Dots(x=found.x, y=found.y) if found else None,
        "orientation": header.orientation,
        "is_progressive": is_progressive(file.path, name),
    }


def _of_animation(file: InputFile, pictures: Pictures) -> dict[str, Any]:
    header = pictures.header(file.path)
    animation = None
    if header.frames > 1 and header.tiff is None:
        animation = pictures.open(file.path, animated=True).animation
    delays = [*animation.delays] if animation else []
    return {
        "frames": max(len(delays), header.sequence),
        "pages": max(header.frames, header.pages, header.sequence),
        "delays": delays,
        "loop": animation.loop if animation else None,
        "duration": sum(delays),
    }


def _histogram(file: InputFile, pictures: Pictures, bins: int) -> list[Channel]:
    found = counts(pictures.load(file.path)) if bins else {}
    return [_channel(name, levels, bins) for name, levels in found.items()]


def _channel(name: Any, levels: list[int], bins: int) -> Channel:
    least, most, mean, deviation = spread(levels)
    return Channel(
        channel=name,
        min=least,
        max=most,
        mean=round(mean, _DECIMALS),
        stdev=round(deviation, _DECIMALS),
        bins=binned(levels, bins),
    )


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool(
        "info",
        info,
        InfoSettings,
        category="utilities",
        name="Image Info",
        gives="report",
        report=InfoReport,
    )
