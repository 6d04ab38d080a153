"""Writing a picture in one of the formats of the core: no metadata, truecolour, bounded size."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyvips

from ashim_core.colour import Colour
from ashim_core.errors import FormatNotSupported
from ashim_core.imaging.decode import Animation, Decoded
from ashim_core.imaging.formats import FORMATS, Encoding, Format
from ashim_core.imaging.sniff import PACKAGES

Options = Mapping[str, object]

_MEGA = 1_000_000


@dataclass(frozen=True)
class Encoder:
    """How one format is written.

    saver: the libvips saver.
    options: `(quality, pixels) -> arguments of the saver`; pixels counts one frame.
    ladder: arguments from the largest result to the smallest, to reach a size in bytes.
    """

    saver: str
    options: Callable[[int, int], Options]
    ladder: Callable[[int, int], list[Options]]


def _falling(options: Callable[[int, int], Options]) -> Callable[[int, int], list[Options]]:
    """Make a ladder of every quality from the highest allowed down to 1."""
    return lambda quality, pixels: [options(q, pixels) for q in range(quality, 0, -1)]


def _jpeg(quality: int, pixels: int) -> Options:
    return {"Q": quality, "optimize_coding": True}


def _png(quality: int, pixels: int) -> Options:
    return {"compression": 6}


def _png_ladder(quality: int, pixels: int) -> list[Options]:
    palettes = [{"palette": True, "bitdepth": depth, "effort": 7} for depth in (8, 4, 2, 1)]
    return [{"compression": 9}, *palettes]


def _webp(quality: int, pixels: int) -> Options:
    return {"Q": quality, "effort": 4}


def _avif(quality: int, pixels: int) -> Options:
    # Effort 4 costs six times effort 3 for 8 % fewer bytes; above 2 megapixels only effort 1, and
    # above 40 only effort 0, stays inside the time that one task has.
    effort = 3 if pixels <= 2 * _MEGA else 1 if pixels <= 40 * _MEGA else 0
    return {"Q": quality, "effort": effort, "compression": "av1", "bitdepth": 8}


def _tiff(quality: int, pixels: int) -> Options:
    return {"compression": "deflate", "predictor": "horizontal"}


def _tiff_ladder(quality: int, pixels: int) -> list[Options]:
    lossy: list[Options] = [{"compression": "jpeg", "Q": q} for q in range(quality, 0, -1)]
    return [_tiff(quality, pixels), *lossy]


def _gif(quality: int, pixels: int) -> Options:
    return {"effort": 7}


def _gif_ladder(quality: int, pixels: int) -> list[Options]:
    return [
        {"effort": 7, "bitdepth": depth, "interframe_maxerror": error}
        for depth, error in ((8, 0), (8, 8), (7, 8), (6, 8), (5, 16), (4, 16), (3, 32), (2, 32))
    ] + [{"effort": 7, "bitdepth": 1, "interframe_maxerror": 32, "dither": 0}]


ENCODERS: Mapping[str, Encoder] = {
    "jpeg": Encoder("jpegsave", _jpeg, _falling(_jpeg)),
    "png": Encoder("pngsave", _png, _png_ladder),
    "webp": Encoder("webpsave", _webp, _falling(_webp)),
    "avif": Encoder("heifsave", _avif, _falling(_avif)),
    "tiff": Encoder("tiffsave", _tiff, _tiff_ladder),
    "gif": Encoder("gifsave", _gif, _gif_ladder),
}


@dataclass(frozen=True)
class Writable:
    """A picture brought into the shape that a format can hold, ready for its saver."""

    image: pyvips.Image
    pixels: int
    notes: tuple[str, ...]


def format_of(encoding: Encoding) -> Format:
    """Give the format of an encoding; FormatNotSupported when nothing installed writes it."""
    if encoding.format not in FORMATS:
        package = PACKAGES.get(encoding.format, f"ashim-{encoding.format}")
        raise FormatNotSupported(
            f"{encoding.format.upper()} can't be written here: expected one of "
            f"{', '.join(FORMATS)}; install the package {package}.",
            details=[
                {
                    "field": "format",
                    "expected": " | ".join(FORMATS),
                    "received": encoding.format,
                }
            ],
        )
    return FORMATS[encoding.format]


def prepare(picture: Decoded, encoding: Encoding) -> Writable:
    """Flatten alpha where the format can't hold it, and stack the frames of an animation."""
    format = format_of(encoding)
    notes = []
    frames = picture.frames
    if encoding.quality is not None and format.quality is None and encoding.max_bytes is None:
        notes.append(f"quality: ignored, {format.name} is lossless")
    if frames[0].hasalpha() and not format.alpha:
        frames = tuple(flatten(frame, encoding.background) for frame in frames)
    return Writable(
        join(frames, picture.animation), frames[0].width * frames[0].height, tuple(notes)
    )


def encode(writable: Writable, encoding: Encoding, path: Path) -> None:
    """Write the picture; the pixels are computed now."""
    format = format_of(encoding)
    encoder = ENCODERS[format.name]
    quality = encoding.quality or format.quality or 100
    save(writable.image, encoder, encoder.options(quality, writable.pixels), path)


def save(image: pyvips.Image, encoder: Encoder, options: Options, path: Path) -> None:
    """Call a saver that drops all metadata."""
    getattr(image, encoder.saver)(str(path), keep="none", **options)


def flatten(image: pyvips.Image, background: Colour) -> pyvips.Image:
    """Put a picture with alpha on a background."""
    values = [*background[:3]] if image.bands > 2 else [luminance(background)]
    return image.flatten(background=values)


def luminance(colour: Colour) -> int:
    """Give the grey, 0 to 255, that looks as bright (Rec. 601 weights)."""
    return round(0.299 * colour.red + 0.587 * colour.green + 0.114 * colour.blue)


def join(frames: tuple[pyvips.Image, ...], animation: Animation | None) -> pyvips.Image:
    """Stack frames into the tall strip that animated savers take."""
    if animation is None or len(frames) == 1:
        return frames[0]
    strip = pyvips.Image.arrayjoin(list(frames), across=1).copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", frames[0].height)
    strip.set_type(pyvips.GValue.gint_type, "loop", animation.loop)
    strip.set_type(pyvips.GValue.array_int_type, "delay", list(animation.delays))
    return strip
