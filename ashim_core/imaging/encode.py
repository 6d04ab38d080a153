"""Writing a picture: without metadata unless asked, truecolour, bounded size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import overload

import pyvips

from ashim_core.colour import Colour
from ashim_core.errors import FormatNotSupported
from ashim_core.imaging.codec import Codec, Subsampling, Writing
from ashim_core.imaging.decoded import Animation, Decoded
from ashim_core.imaging.encoders import Encoder, Options
from ashim_core.imaging.encoding import Encoding
from ashim_core.imaging.formats import CORE_FORMATS, Format, Formats
from ashim_core.installation import package_for

_WORDS = {"exif-data": "exif", "xmp-data": "xmp", "iptc-data": "iptc"}
"""What libvips calls the metadata that may go along: the field of a picture, and the flag."""
_HELD: Mapping[str, frozenset[str]] = {
    "jpeg": frozenset(_WORDS),
    "png": frozenset({"exif-data", "xmp-data"}),
    "webp": frozenset({"exif-data", "xmp-data"}),
    "avif": frozenset({"exif-data", "xmp-data"}),
    "tiff": frozenset({"xmp-data", "iptc-data"}),
}
"""Which of it the saver of a format writes."""

TRIES = 4
"""Whole encodes that the search for a size in bytes takes, as a rule."""


@dataclass(frozen=True)
class Writable:
    """A picture brought into the shape that a format can hold, ready for its saver.

    notes: what was ignored. losses: what the format can't hold.
    profile: the picture has an ICC profile that goes along.
    metadata: what else goes along, by the names of the fields in libvips.
    extra: arguments of the saver besides those that follow from the quality.
    subsampling: as in Encoding, for a codec.
    """

    image: pyvips.Image
    notes: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    profile: bool = False
    metadata: frozenset[str] = frozenset()
    extra: Options = field(default_factory=dict)
    subsampling: Subsampling = "auto"

    @property
    def pixels(self) -> int:
        """Pixels of all frames."""
        return self.image.width * self.image.height


def format_of(encoding: Encoding, formats: Formats = CORE_FORMATS) -> Format:
    """Give the format of an encoding; FormatNotSupported when nothing installed writes it."""
    format = formats.get(encoding.format)
    if format is None or format.encoder is None:
        package = None if format else package_for(encoding.format)
        hint = f"; install the package {package}" if package else ""
        raise FormatNotSupported(
            f"{encoding.format.upper()} can't be written here: expected one of "
            f"{', '.join(formats.writable)}{hint}.",
            details=[
                {
                    "field": "format",
                    "expected": " | ".join(formats.writable),
                    "received": encoding.format,
                }
            ],
        )
    return format


def prepare(picture: Decoded, encoding: Encoding, format: Format) -> Writable:
    """Flatten alpha where the format can't hold it, and stack the frames of an animation."""
    notes, losses = [], []
    frames = picture.frames
    check_sides(frames[0].width, frames[0].height, format)
    if encoding.quality is not None and format.quality is None and encoding.max_bytes is None:
        notes.append(f"quality: ignored, {format.name} is lossless")
    if encoding.subsampling != "auto" and not written_by(format).subsamples:
        notes.append(f"chromaSubsampling: ignored, {format.name} leaves no choice")
    if frames[0].hasalpha() and not format.alpha:
        losses.append(f"alpha: flattened on {encoding.background}, {format.name} has none")
        frames = tuple(flatten(frame, encoding.background) for frame in frames)
    image = join(frames, picture.animation)
    writable = Writable(
        image,
        tuple(notes),
        tuple(losses),
        picture.profiled,
        extra=_extra(encoding, format),
        subsampling=encoding.subsampling,
    )
    return _with_metadata(writable, format) if encoding.keep_metadata else writable


def _extra(encoding: Encoding, format: Format) -> Options:
    """Turn what only some formats can do into arguments of their savers."""
    extra: dict[str, object] = {}
    if format.name == "jpeg" and encoding.progressive:
        extra["interlace"] = True
    if format.name == "webp" and encoding.lossless and encoding.max_bytes is None:
        extra["lossless"] = True
    if encoding.subsampling != "auto" and written_by(format).subsamples:
        extra["subsample_mode"] = "on" if encoding.subsampling == "4:2:0" else "off"
    return extra


def _with_metadata(writable: Writable, format: Format) -> Writable:
    """Have the metadata go along that the picture still has and the format holds."""
    image = writable.image.copy()
    # It shows the picture before anything was cut off or hidden.
    image.remove("jpeg-thumbnail-data")
    fields = set(image.get_fields())
    profiled = format.profile and "icc-profile-data" in fields
    return replace(
        writable,
        image=image,
        profile=writable.profile or profiled,
        metadata=_HELD.get(format.name, frozenset()) & fields,
    )


def check_sides(width: int, height: int, format: Format) -> None:
    """Refuse a size that a format can't hold."""
    side, most = max(width, height), written_by(format).side
    if side > most:
        raise FormatNotSupported(
            f"{format.name.upper()} can't hold a picture of {width} x {height} pixels: "
            f"expected sides of at most {most}.",
            details=[
                {
                    "field": "format",
                    "expected": f"a format for sides of {side} pixels",
                    "received": format.name,
                }
            ],
        )


def encode(writable: Writable, encoding: Encoding, format: Format, path: Path) -> None:
    """Write the picture; the pixels are computed now."""
    encoder = written_by(format)
    quality = encoding.quality or format.quality or 100
    save(writable, encoder, encoder.options(quality, writable.pixels), path)


def writing_seconds(writable: Writable, encoding: Encoding, format: Format) -> float:
    """Give the CPU seconds that it takes to write a picture, as often as it is tried."""
    return format.cost.writing(writable.pixels) * (TRIES if encoding.max_bytes else 1)


def written_by(format: Format) -> Encoder:
    """Give what writes a format that can be written."""
    if format.encoder is None:
        raise TypeError(f"expected a format that is written, got {format.name}")
    return format.encoder


def save(writable: Writable, encoder: Encoder, options: Options, path: Path) -> None:
    """Call a saver, which drops all metadata but what is to go along."""
    if encoder.codec:
        _by_codec(writable, encoder.codec, options, path)
        return
    getattr(writable.image, encoder.saver)(
        str(path), keep=kept(writable), **{**options, **writable.extra}
    )


def kept(writable: Writable) -> str:
    """Say in the words of libvips what of the metadata is written."""
    flags = [_WORDS[name] for name in sorted(writable.metadata)]
    if writable.profile:
        flags.append("icc")
    return "|".join(flags) or "none"


def _by_codec(writable: Writable, codec: Codec, options: Options, path: Path) -> None:
    """Have the codec of a package write the frames of a strip."""
    strip = writable.image
    if codec.write is None:
        raise TypeError(f"expected a codec that writes, got {codec.name}")
    delays = strip.get("delay") if strip.get_typeof("delay") else []
    loop = strip.get("loop") if strip.get_typeof("loop") else 0
    codec.write(
        Writing(
            frames=_Frames(strip),
            quality=int(str(options["Q"])),
            path=path,
            delays=tuple(int(str(delay)) for delay in delays) if isinstance(delays, list) else (),
            loop=loop if isinstance(loop, int) else 0,
            subsampling=writable.subsampling,
        )
    )


class _Frames(Sequence[pyvips.Image]):
    """The frames of a strip, each computed when it is asked for, and once if that is in order.

    A crop of the strip for each would have libvips begin with all frames again and again, so that
    the work would grow with the square of their number.
    """

    def __init__(self, strip: pyvips.Image) -> None:
        self._strip = strip
        self._height = strip.get_page_height()
        self._latest: tuple[int, pyvips.Image] | None = None

    def __len__(self) -> int:
        return self._strip.height // self._height

    @overload
    def __getitem__(self, index: int) -> pyvips.Image: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[pyvips.Image]: ...
    def __getitem__(self, index: int | slice) -> pyvips.Image | Sequence[pyvips.Image]:
        numbers = range(len(self))[index]
        if isinstance(numbers, range):
            return [self._frame(number) for number in numbers]
        return self._frame(numbers)

    @cached_property
    def _region(self) -> pyvips.Region:
        return pyvips.Region.new(self._strip)

    def _frame(self, number: int) -> pyvips.Image:
        if len(self) == 1:
            return self._strip
        if self._latest is None or self._latest[0] != number:
            self._latest = number, self._computed(number)
        return self._latest[1]

    def _computed(self, number: int) -> pyvips.Image:
        strip, height = self._strip, self._height
        pixels = self._region.fetch(0, number * height, strip.width, height)
        image = pyvips.Image.new_from_memory(pixels, strip.width, height, strip.bands, strip.format)
        return image.copy(interpretation=strip.interpretation)


def flatten(image: pyvips.Image, background: Colour) -> pyvips.Image:
    """Put a picture with alpha on a background."""
    values: list[float] = [*background[:3]] if image.bands > 2 else [background.luminance]
    return image.flatten(background=values)


def join(frames: tuple[pyvips.Image, ...], animation: Animation | None) -> pyvips.Image:
    """Stack frames into the tall strip that animated savers take."""
    if animation is None or len(frames) == 1:
        return frames[0]
    strip = pyvips.Image.arrayjoin(list(frames), across=1).copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", frames[0].height)
    strip.set_type(pyvips.GValue.gint_type, "loop", animation.loop)
    strip.set_type(pyvips.GValue.array_int_type, "delay", list(animation.delays))
    return strip
