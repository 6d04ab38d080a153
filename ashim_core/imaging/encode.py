"""Writing a picture in one of the formats of the core: no metadata, truecolour, bounded size."""

from collections.abc import Callable, Mapping, Sequence
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
class Ladder:
    """The arguments of a saver from the best result down to the smallest, to reach a size in bytes.

    lossless: the first rung loses nothing. It works in another way than the rest, so it may well
        be the smallest of all.
    """

    rungs: Sequence[Options]
    lossless: bool = False


@dataclass(frozen=True)
class Encoder:
    """How one format is written.

    saver: the libvips saver.
    side: the longest side that the format can hold, in pixels.
    options: `(quality, pixels) -> arguments of the saver`; pixels counts all frames.
    ladder: `(highest quality, pixels) -> ladder`.
    """

    saver: str
    side: int
    options: Callable[[int, int], Options]
    ladder: Callable[[int, int], Ladder]


def _jpeg(quality: int, pixels: int) -> Options:
    return {"Q": quality, "optimize_coding": True}


def _png(quality: int, pixels: int) -> Options:
    # Unfiltered, as the saver has it, photographs take a third more bytes.
    return {"compression": 6, "filter": "paeth"}


def _png_ladder(quality: int, pixels: int) -> Ladder:
    # Fewer and fewer colours, then less dithering: its noise costs bytes.
    palette = {"palette": True, "effort": 7 if pixels <= 2 * _MEGA else 1}
    colours = [{**palette, "Q": q} for q in (*range(100, 10, -3), *range(10, 0, -1))]
    coarse = [{**palette, "Q": 1, "dither": dither} for dither in (0.5, 0.0)]
    flat = [{**palette, "bitdepth": bits, "dither": 0.0} for bits in (2, 1)]
    return Ladder([_png(quality, pixels), *colours, *coarse, *flat], lossless=True)


def _webp(quality: int, pixels: int) -> Options:
    return {"Q": quality, "effort": 4}


def _webp_ladder(quality: int, pixels: int) -> Ladder:
    # Alpha is lossless by default and may then outweigh the picture.
    rungs = [{**_webp(q, pixels), "alpha_q": min(100, q + 30)} for q in range(quality, 0, -1)]
    return Ladder([_webp(quality, pixels), *rungs])


def _avif(quality: int, pixels: int) -> Options:
    # Effort 4 costs six times effort 3 for 8 % fewer bytes; above 2 megapixels only effort 1, and
    # above 40 only effort 0, stays inside the time that one task has.
    effort = 3 if pixels <= 2 * _MEGA else 1 if pixels <= 40 * _MEGA else 0
    return {"Q": quality, "effort": effort, "compression": "av1", "bitdepth": 8}


def _avif_rung(quality: int, pixels: int) -> Options:
    # A search encodes several times. Effort 0 takes 40 % less time than 1 for 2 % more bytes.
    options = _avif(quality, pixels)
    return options if pixels <= 2 * _MEGA else {**options, "effort": 0}


def _falling(
    options: Callable[[int, int], Options], subsampled_from: int
) -> Callable[[int, int], Ladder]:
    """Make a ladder of every quality from the highest allowed down to 1.

    The savers halve the resolution of colour below quality 90, which is a large step; rungs that
    halve it at `subsampled_from` and a little below lie between.
    """

    def ladder(quality: int, pixels: int) -> Ladder:
        def between(high: int, low: int) -> list[Options]:
            return [options(q, pixels) for q in range(min(quality, high), low - 1, -1)]

        halved = [{**rung, "subsample_mode": "on"} for rung in between(subsampled_from, 90)]
        return Ladder([*between(100, 90), *halved, *between(89, 1)])

    return ladder


def _tiff(quality: int, pixels: int) -> Options:
    return {"compression": "deflate", "predictor": "horizontal"}


def _tiff_ladder(quality: int, pixels: int) -> Ladder:
    lossy: list[Options] = [{"compression": "jpeg", "Q": q} for q in range(quality, 0, -1)]
    return Ladder([_tiff(quality, pixels), *lossy], lossless=True)


def _gif(quality: int, pixels: int) -> Options:
    # Effort 7 takes 5 times as long for 3 % fewer bytes: 7 s for an animation of 2 megapixels.
    return {"effort": 4 if pixels <= 2 * _MEGA else 1}


def _gif_ladder(quality: int, pixels: int) -> Ladder:
    # Bits per pixel, tolerated change between frames, dithering.
    rungs = (
        (8, 0, 1.0),
        (8, 4, 1.0),
        (8, 8, 1.0),
        (7, 8, 1.0),
        (6, 8, 1.0),
        (5, 16, 0.8),
        (4, 16, 0.5),
        (3, 32, 0.3),
        (2, 32, 0.0),
        (1, 32, 0.0),
    )
    return Ladder(
        [
            {
                **_gif(quality, pixels),
                "bitdepth": bits,
                "interframe_maxerror": error,
                "dither": dither,
            }
            for bits, error, dither in rungs
        ]
    )


ENCODERS: Mapping[str, Encoder] = {
    "jpeg": Encoder("jpegsave", 65_535, _jpeg, _falling(_jpeg, 93)),
    "png": Encoder("pngsave", 2**31 - 1, _png, _png_ladder),
    "webp": Encoder("webpsave", 16_383, _webp, _webp_ladder),
    "avif": Encoder("heifsave", 16_384, _avif, _falling(_avif_rung, 91)),
    "tiff": Encoder("tiffsave", 2**31 - 1, _tiff, _tiff_ladder),
    "gif": Encoder("gifsave", 65_535, _gif, _gif_ladder),
}


@dataclass(frozen=True)
class Writable:
    """A picture brought into the shape that a format can hold, ready for its saver."""

    image: pyvips.Image
    notes: tuple[str, ...]

    @property
    def pixels(self) -> int:
        """Pixels of all frames."""
        return self.image.width * self.image.height


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
    _check_sides(frames[0], format)
    if encoding.quality is not None and format.quality is None and encoding.max_bytes is None:
        notes.append(f"quality: ignored, {format.name} is lossless")
    if frames[0].hasalpha() and not format.alpha:
        frames = tuple(flatten(frame, encoding.background) for frame in frames)
    return Writable(join(frames, picture.animation), tuple(notes))


def _check_sides(frame: pyvips.Image, format: Format) -> None:
    side, most = max(frame.width, frame.height), ENCODERS[format.name].side
    if side > most:
        raise FormatNotSupported(
            f"{format.name.upper()} can't hold a picture of {frame.width} x {frame.height} pixels: "
            f"expected sides of at most {most}.",
            details=[
                {
                    "field": "format",
                    "expected": f"a format for sides of {side} pixels",
                    "received": format.name,
                }
            ],
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
    values: list[float] = [*background[:3]] if image.bands > 2 else [luminance(background)]
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
