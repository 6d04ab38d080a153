"""How each format of the core is written, and by which steps it gives up quality for size."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ashim_core.imaging.codec import Codec

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

    saver: the libvips saver; empty where a codec writes.
    side: the longest side that the format can hold, in pixels.
    options: `(quality, pixels) -> arguments of the saver`; pixels counts all frames.
    subsamples: the saver can be told whether colour has half the resolution of brightness.
    ladder: `(highest quality, pixels) -> ladder`.
    """

    saver: str
    side: int
    options: Callable[[int, int], Options]
    ladder: Callable[[int, int], Ladder]
    codec: Codec | None = None
    subsamples: bool = False


def encoder_of(codec: Codec) -> Encoder:
    """Say how the format of a codec is written: all it is told is the quality."""

    def options(quality: int, pixels: int) -> Options:
        return {"Q": quality}

    def ladder(quality: int, pixels: int) -> Ladder:
        lossless = codec.quality is None
        return Ladder([{"Q": q} for q in ((quality,) if lossless else range(quality, 0, -1))])

    return Encoder("", codec.side, options, ladder, codec, codec.subsamples)


def _jpeg(quality: int, pixels: int) -> Options:
    # To find the best code, all coefficients are held in memory, which is more than the pixels.
    return {"Q": quality, "optimize_coding": pixels <= 40 * _MEGA}


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
    # Above that, effort 4 takes longer than people like to wait.
    return {"Q": quality, "effort": 4 if pixels <= 40 * _MEGA else 1}


def _webp_ladder(quality: int, pixels: int) -> Ladder:
    # Alpha is lossless by default and may then outweigh the picture.
    rungs = [{**_webp(q, pixels), "alpha_q": min(100, q + 30)} for q in range(quality, 0, -1)]
    return Ladder([_webp(quality, pixels), *rungs])


def _avif(quality: int, pixels: int) -> Options:
    # Effort 4 costs six times effort 3 for 8 % fewer bytes. Above 2 megapixels only effort 1, and
    # above 40 only effort 0, takes no more than some seconds.
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
    "jpeg": Encoder("jpegsave", 65_535, _jpeg, _falling(_jpeg, 93), subsamples=True),
    "png": Encoder("pngsave", 2**31 - 1, _png, _png_ladder),
    "webp": Encoder("webpsave", 16_383, _webp, _webp_ladder),
    "avif": Encoder("heifsave", 16_384, _avif, _falling(_avif_rung, 91), subsamples=True),
    "tiff": Encoder("tiffsave", 2**31 - 1, _tiff, _tiff_ladder),
    "gif": Encoder("gifsave", 65_535, _gif, _gif_ladder),
}
