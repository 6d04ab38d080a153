"""What an animation says of itself."""

import pyvips
from pydantic import Field

from ashim_core.plugin import Context, Report, ToolSettings, canvas
from ashim_gif.refusal import reading

_OPAQUE = 255


class NoSettings(ToolSettings):
    """There is nothing to set."""


class FilmReport(Report):
    """What there is to know of an animation, or of a still, which is one of a single frame."""

    filename: str = Field(description="As it was sent.")
    format: str = Field(description="The format of the file, by its content.")
    file_size: int = Field(description="In bytes.")
    width: int = Field(description="Of a frame, in pixels, as it is seen.")
    height: int = Field(description="Of a frame, in pixels, as it is seen.")
    pages: int = Field(description="How many frames there are.")
    delay: list[int] = Field(description="Milliseconds of each frame; empty for a still.")
    duration: int = Field(description="Milliseconds of all frames together; 0 for a still.")
    loop: int = Field(description="How often it plays; 0 is for ever, and for a still.")
    has_alpha: bool = Field(description="Whether anything is transparent, be it only in part.")


def info(context: Context[NoSettings]) -> FilmReport:
    """Report the size of an animation, its frames, how long they stay and how often it plays."""
    file = context.inputs[0]
    header = context.pictures.header(file.path)
    picture = context.pictures.open(file.path, animated=True)
    delays = picture.animation.delays if picture.animation else ()
    with reading(file, picture):
        transparent = any(map(_is_transparent, picture.frames))
    return FilmReport(
        filename=file.name,
        format=header.format.name,
        file_size=file.path.stat().st_size,
        width=picture.frames[0].width,
        height=picture.frames[0].height,
        pages=len(picture.frames),
        delay=list(delays),
        duration=sum(delays),
        loop=picture.animation.loop if picture.animation else 0,
        has_alpha=transparent,
    )


def _is_transparent(frame: pyvips.Image) -> bool:
    return frame.hasalpha() and bool((canvas.alpha_of(frame) < _OPAQUE).avg())
