"""What is done to every frame of a film by itself: other sizes, other sides up, text."""

from collections.abc import Callable

import pyvips
from ashim_watermark.text_overlay import TextOverlaySettings, overlay

from ashim_core.plugin import TRANSPARENT, Context, Encoding, Size, ToolError, canvas
from ashim_gif.film import Film
from ashim_gif.refusal import check_frame
from ashim_gif.settings import GifToolsSettings
from ashim_gif.sizes import Plan, fitted, laid, scaled

Job = Context[GifToolsSettings]


def resized(context: Job, film: Film) -> Film:
    """Bring all frames to another size."""
    settings = context.settings
    if settings.percentage:
        whole = scaled(film.size, settings.percentage / 100)
        plan = Plan(whole, whole)
    else:
        plan = fitted(film.size, settings.width, settings.height, settings.fit or "inside")
    context.pictures.check(*plan.whole, Encoding("gif"))
    background = settings.background or TRANSPARENT
    return _each(film, plan.box, lambda frame: laid(frame, plan, background))


def rotated(context: Job, film: Film) -> Film:
    """Turn all frames by right angles, then mirror them."""
    settings = context.settings
    angle = settings.angle or 0
    size = Size(*film.size) if angle % 180 == 0 else Size(film.size.height, film.size.width)

    def turned(frame: pyvips.Image) -> pyvips.Image:
        frame = canvas.turned(frame, angle)
        frame = frame.fliphor() if settings.flip_h else frame
        return frame.flipver() if settings.flip_v else frame

    return _each(film, size, turned)


def cropped(context: Job, film: Film) -> Film:
    """Cut a region out of all frames."""
    settings = context.settings
    left, width = _span("left", settings.left, "width", settings.width, film.size.width)
    top, height = _span("top", settings.top, "height", settings.height, film.size.height)
    return _each(film, Size(width, height), lambda frame: frame.crop(left, top, width, height))


def lettered(context: Job, film: Film) -> Film:
    """Write a text on some frames. It is drawn once, as all frames have one size."""
    settings, frames = context.settings, tuple(film.frames)
    first = settings.frame_start or 0
    last = len(frames) - 1 if settings.frame_end is None else settings.frame_end
    check_frame("frameStart", first, len(frames))
    check_frame("frameEnd", last, len(frames))
    layer, left, top = _layer(settings, film.size)
    # All frames have to be in colours if one of them is.
    coloured = [frame if frame.bands > 2 else frame.colourspace("srgb") for frame in frames]
    return Film(
        tuple(
            canvas.lay(frame, layer, left, top) if first <= number <= last else frame
            for number, frame in enumerate(coloured)
        ),
        film.size,
        film.delays,
        film.loop,
    )


def _each(film: Film, size: Size, change: Callable[[pyvips.Image], pyvips.Image]) -> Film:
    return Film(tuple(map(change, film.frames)), size, film.delays, film.loop)


def _span(edge: str, start: int, extent: str, length: int | None, side: int) -> tuple[int, int]:
    """Give where a region begins and how long it is; ToolError if that is outside of the frames."""
    if start >= side:
        raise _outside(edge, extent, side, f"less than {side}", start)
    if length is not None and start + length > side:
        raise _outside(extent, extent, side, f"at most {side - start}", length)
    return start, side - start if length is None else length


def _outside(field: str, extent: str, side: int, expected: str, received: int) -> ToolError:
    return ToolError(
        f"The region is not inside of the frames, whose {extent} is {side} pixels: expected "
        f"{expected} for '{field}' but received {received}.",
        code="REGION_OUTSIDE",
        details=[{"field": field, "expected": expected, "received": str(received)}],
    )


def _layer(settings: GifToolsSettings, size: Size) -> tuple[pyvips.Image, int, int]:
    """Draw the text on nothing; give what is inked, and where that begins."""
    wishes = TextOverlaySettings(
        text=settings.text or "",
        font=settings.font,
        font_size=settings.font_size,
        color=settings.color,
        position=settings.position,
        background=settings.background,
        shadow=settings.shadow,
    )
    nothing = pyvips.Image.black(*size, bands=4).copy(interpretation="srgb")
    drawn = overlay(nothing, wishes).copy_memory()
    left, top, width, height = drawn[3].find_trim(threshold=0, background=[0])
    box = max(width, 1), max(height, 1)
    return drawn.crop(left, top, *box).copy_memory(), left, top
