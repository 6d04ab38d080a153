"""Lazy decoding: upright, sRGB or grey, 8 bits, straight alpha."""

import errno
import logging
from collections.abc import Mapping
from typing import Any

import pyvips

from ashim_core.errors import AshimError, OutOfMemory
from ashim_core.imaging.colour_numbers import profile_of
from ashim_core.imaging.decoded import Animation, Decoded
from ashim_core.imaging.header import Header, fail_on, open_lazily
from ashim_core.imaging.profile import is_srgb
from ashim_core.imaging.refusal import refused_pixels
from ashim_core.imaging.remarks import remarks
from ashim_core.imaging.samples import check_light, is_light, standard
from ashim_core.imaging.structure import edited
from ashim_core.imaging.tiff import check_samples

logger = logging.getLogger(__name__)

_LARGE = 100 * 1024 * 1024
"""Bytes of pixels from which on a file, removed with its image, is kinder than memory."""
_DELAY_MS = 100
"""How long a frame is shown that doesn't say so."""
_JPEG_SHRINKS = (8, 4, 2)
_STILL_UPRIGHT = frozenset({1, 2})
"""Orientations that need no pixel from further down: none, and the left-right mirror."""


def decode(
    header: Header,
    *,
    stream: bool = False,
    shrink: float = 1,
    animated: bool = True,
    keep_profile: bool = False,
    opened: pyvips.Image | None = None,
) -> Decoded:
    """Open the picture for processing; pixels are read when the result is written.

    stream: the pixels will be read once, top to bottom, so they need not be kept.
    shrink: the picture may come up to so many times smaller (JPEG: by 2, 4 or 8; WebP: exactly).
    animated: give all frames, not only the first.
    keep_profile: leave the colours as they are, with the profile that says what they mean.
    opened: what `open_header` gave, if nobody has read from it; taken where it will do.
    """
    if header.format.codec:
        return _by_codec(header, animated)
    try:
        if animated and header.frames > 1:
            return _decode_frames(header)
        sequential = stream and header.orientation in _STILL_UPRIGHT
        options = _shrink_options(header, shrink)
        if opened is not None and sequential and not options:
            image = opened
        else:
            access = "sequential" if sequential else "random"
            image = open_file(header, access=access, **options)
        image = upright(_described(_known(image, header), header), header.orientation)
        if keep_profile:
            return Decoded((image,), profiled=True)
        return Decoded((to_srgb(image),))
    except pyvips.Error as error:
        raise refused_pixels(header.format.name, error) from error


def decode_page(header: Header, index: int) -> pyvips.Image:
    """Open one page of a TIFF, counted from 0, as `decode` opens a picture."""
    try:
        return _page(header, index)
    except pyvips.Error as error:
        raise refused_pixels(header.format.name, error) from error


def _by_codec(header: Header, animated: bool) -> Decoded:
    """Have the codec of a package decode; its errors of any kind are about the file."""
    codec = header.format.codec
    if codec is None:
        raise TypeError("expected the format of a codec")
    try:
        raster = codec.read(header.path, animated and header.frames > 1)
        frames = tuple(_standard(frame, raster.profile, header) for frame in raster.frames)
    except AshimError:
        raise
    except MemoryError as error:
        raise OutOfMemory(
            f"The {codec.name.upper()} picture needs more memory than a task may use."
        ) from error
    except Exception as error:
        logger.info("%s: %s", codec.name, error)
        # Native libraries have their own way of saying that there is no memory.
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            raise OutOfMemory(
                f"The {codec.name.upper()} picture needs more memory than a task may use."
            ) from error
        raise refused_pixels(header.format.name) from error
    if {(frame.width, frame.height) for frame in frames} != {header.upright}:
        raise refused_pixels(header.format.name)
    if len(frames) == 1:
        return Decoded(frames)
    delays = (raster.delays + (_DELAY_MS,) * len(frames))[: len(frames)]
    return Decoded(frames, Animation(delays, raster.loop))


def _standard(frame: pyvips.Image, profile: bytes | None, header: Header) -> pyvips.Image:
    frame = frame.copy()
    if profile:
        frame.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)  # type: ignore[arg-type]
    if header.orientation > 1:
        frame.set_type(pyvips.GValue.gint_type, "orientation", header.orientation)
    return to_srgb(upright(frame, header.orientation))


def settle(image: pyvips.Image) -> pyvips.Image:
    """Compute all pixels now: in memory, or in a temporary file if there are very many."""
    if image.width * image.height * image.bands <= _LARGE:
        return image.copy_memory()
    file = pyvips.Image.new_temp_file("%s.v")
    image.write(file)
    return file


def upright(image: pyvips.Image, orientation: int) -> pyvips.Image:
    """Apply an EXIF orientation, 1 to 8, to the pixels, and drop the tag."""
    if orientation == _tagged(image) == 1:
        return image
    image = image.copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    return image.autorot()


def _tagged(image: pyvips.Image) -> int:
    """Give the orientation that the metadata says, which may be that of another page."""
    said = image.get("orientation") if image.get_typeof("orientation") else 1
    return said if isinstance(said, int) else 0


def to_srgb(image: pyvips.Image) -> pyvips.Image:
    """Convert to 8-bit sRGB (3 or 4 bands) or 8-bit grey (1 or 2 bands).

    An embedded ICC profile is honoured; CMYK without one is taken as the usual printing inks.
    """
    if image.interpretation == "cmyk" or _needs_conversion(image):
        image = image.icc_transform(
            "srgb",
            embedded=True,
            input_profile="cmyk" if image.interpretation == "cmyk" else "srgb",
            intent="relative",
            black_point_compensation=True,
        )
    if image.interpretation in ("b-w", "grey16"):
        image = image.colourspace("b-w")
    elif image.interpretation != "srgb":
        image = image.colourspace("srgb")
    return image if image.format == "uchar" else image.cast("uchar")


def _needs_conversion(image: pyvips.Image) -> bool:
    """Say whether there is a profile and it is another one than what the pixels shall be in."""
    if not image.get_typeof("icc-profile-data"):
        return False
    profile: object = image.get("icc-profile-data")
    return not (image.format == "uchar" and isinstance(profile, bytes) and is_srgb(profile))


def _shrink_options(header: Header, shrink: float) -> dict[str, Any]:
    if header.format.name == "jpeg":
        factor = next((factor for factor in _JPEG_SHRINKS if factor <= shrink), 1)
        return {"shrink": factor} if factor > 1 else {}
    if header.format.name == "webp" and shrink > 1:
        return {"scale": 1 / shrink}
    return {}


def _decode_frames(header: Header) -> Decoded:
    if header.apart and header.tiff:
        pages = _alike(tuple(_page(header, index) for index in range(header.frames)))
        return Decoded(pages, Animation((_DELAY_MS,) * len(pages), 0))
    # Frames are cut from one tall strip. Random access: a frame may be read out of turn.
    strip = open_file(header, n=header.frames, access="random")
    animation = Animation(_delays(strip, header.frames), _loop(strip))
    strip = to_srgb(_known(strip, header))
    frames = tuple(
        upright(
            strip.crop(0, index * header.height, header.width, header.height),
            header.orientation_of(index),
        )
        for index in range(header.frames)
    )
    return Decoded(frames, animation)


def _alike(frames: tuple[pyvips.Image, ...]) -> tuple[pyvips.Image, ...]:
    """Give all frames the bands of the richest one."""
    if any(frame.bands > 2 for frame in frames):
        frames = tuple(frame if frame.bands > 2 else frame.colourspace("srgb") for frame in frames)
    if any(frame.hasalpha() for frame in frames):
        frames = tuple(frame if frame.hasalpha() else frame.addalpha() for frame in frames)
    return frames


def open_file(header: Header, *, page: int = 0, **options: Any) -> pyvips.Image:
    """Open a file as its decoder shall see it; no pixel is decoded yet."""
    if header.edits:
        loader = getattr(pyvips.Image, f"{header.format.loader}_buffer")
        data = edited(header.path, header.edits)
        image: pyvips.Image = loader(data, fail_on=fail_on(header.format), **options)
        return image
    if page:
        options["page"] = page
    if header.tiff and header.tiff.pages[page].samples.warned_of:
        if not header.remarks:
            options["fail_on"] = "warning"
        else:
            _check_warnings(header, options)
    return open_lazily(header.path, header.format, **options)


def _check_warnings(header: Header, options: Mapping[str, Any]) -> None:
    """Refuse a TIFF whose decoder says more against the pixels than it has said against the tags.

    Those of some compressions call a cut end a warning. Reads all pixels.
    """
    chosen = {name: value for name, value in options.items() if name in ("n", "page")}
    with remarks(of_this_thread=True) as about_tags:
        image = open_lazily(header.path, header.format, access="sequential", **chosen)
    with remarks() as about_all:
        image.avg()
    if about_all - about_tags:
        raise refused_pixels(header.format.name)


def _described(image: pyvips.Image, header: Header) -> pyvips.Image:
    """Give the picture the profile that the numbers of its colours make; none for sRGB."""
    if header.numbers is None:
        return image
    image = image.copy()
    if profile := profile_of(header.numbers, grey=image.bands < 3):
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)  # type: ignore[arg-type]
    else:
        image.remove("icc-profile-data")
    return image


def _known(image: pyvips.Image, header: Header, page: int = 0) -> pyvips.Image:
    """Bring samples as only a TIFF stores them into a form that all formats have."""
    if header.tiff is None:
        return image
    samples = header.tiff.pages[page].samples
    if is_light(samples):
        check_light(open_lazily(header.path, header.format, page=page, access="sequential"))
    return standard(image, samples)


def _page(header: Header, index: int) -> pyvips.Image:
    """Open one page, which may differ from the others in more than its pixels."""
    if header.tiff:
        check_samples(header.tiff.pages[index].samples)
    image = open_file(header, page=index, access="random")
    image = to_srgb(_known(image, header, index))
    return upright(image, header.orientation_of(index))


def _delays(strip: pyvips.Image, frames: int) -> tuple[int, ...]:
    delays = strip.get("delay") if strip.get_typeof("delay") else []
    known = [int(delay) for delay in delays] if isinstance(delays, list) else []
    return tuple((known + [_DELAY_MS] * frames)[:frames])


def _loop(strip: pyvips.Image) -> int:
    loop = strip.get("loop") if strip.get_typeof("loop") else 0
    return loop if isinstance(loop, int) else 0
