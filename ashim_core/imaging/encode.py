"""Writing a picture in one of the formats of the core: no metadata, truecolour, bounded size."""

from dataclasses import dataclass
from pathlib import Path

import pyvips

from ashim_core.colour import Colour
from ashim_core.errors import FormatNotSupported
from ashim_core.imaging.codec import Codec, Writing
from ashim_core.imaging.decode import Animation, Decoded
from ashim_core.imaging.encoders import Encoder, Options
from ashim_core.imaging.formats import CORE_FORMATS, Encoding, Format, Formats
from ashim_core.imaging.sniff import PACKAGES


@dataclass(frozen=True)
class Writable:
    """A picture brought into the shape that a format can hold, ready for its saver.

    notes: what was ignored. losses: what the format can't hold.
    profile: the picture has an ICC profile that goes along.
    """

    image: pyvips.Image
    notes: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    profile: bool = False

    @property
    def pixels(self) -> int:
        """Pixels of all frames."""
        return self.image.width * self.image.height


def format_of(encoding: Encoding, formats: Formats = CORE_FORMATS) -> Format:
    """Give the format of an encoding; FormatNotSupported when nothing installed writes it."""
    format = formats.get(encoding.format)
    if format is None or format.encoder is None:
        package = PACKAGES.get(encoding.format, f"ashim-{encoding.format}")
        hint = "" if format else f"; install the package {package}"
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
    _check_sides(frames[0], format)
    if encoding.quality is not None and format.quality is None and encoding.max_bytes is None:
        notes.append(f"quality: ignored, {format.name} is lossless")
    if frames[0].hasalpha() and not format.alpha:
        losses.append(f"alpha: flattened on {encoding.background}, {format.name} has none")
        frames = tuple(flatten(frame, encoding.background) for frame in frames)
    image = join(frames, picture.animation)
    return Writable(image, tuple(notes), tuple(losses), picture.profiled)


def _check_sides(frame: pyvips.Image, format: Format) -> None:
    side, most = max(frame.width, frame.height), written_by(format).side
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


def encode(writable: Writable, encoding: Encoding, format: Format, path: Path) -> None:
    """Write the picture; the pixels are computed now."""
    encoder = written_by(format)
    quality = encoding.quality or format.quality or 100
    save(writable, encoder, encoder.options(quality, writable.pixels), path)


def written_by(format: Format) -> Encoder:
    """Give what writes a format that can be written."""
    if format.encoder is None:
        raise TypeError(f"expected a format that is written, got {format.name}")
    return format.encoder


def save(writable: Writable, encoder: Encoder, options: Options, path: Path) -> None:
    """Call a saver that drops all metadata, the profile aside if there is to be one."""
    if encoder.codec:
        _by_codec(writable.image, encoder.codec, options, path)
        return
    getattr(writable.image, encoder.saver)(str(path), keep=kept(writable), **options)


def kept(writable: Writable) -> str:
    """Say in the words of libvips what of the metadata is written."""
    return "icc" if writable.profile else "none"


def _by_codec(strip: pyvips.Image, codec: Codec, options: Options, path: Path) -> None:
    """Have the codec of a package write the frames of a strip."""
    if codec.write is None:
        raise TypeError(f"expected a codec that writes, got {codec.name}")
    height = strip.get_page_height()
    delays = strip.get("delay") if strip.get_typeof("delay") else []
    loop = strip.get("loop") if strip.get_typeof("loop") else 0
    codec.write(
        Writing(
            frames=tuple(
                strip.crop(0, top, strip.width, height) for top in range(0, strip.height, height)
            ),
            quality=int(str(options["Q"])),
            path=path,
            delays=tuple(int(str(delay)) for delay in delays) if isinstance(delays, list) else (),
            loop=loop if isinstance(loop, int) else 0,
        )
    )


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
