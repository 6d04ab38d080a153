"""Writing a picture in one of the formats of the core: no metadata, truecolour, bounded size."""

from dataclasses import dataclass
from pathlib import Path

import pyvips

from ashim_core.colour import Colour
from ashim_core.errors import FormatNotSupported
from ashim_core.imaging.decode import Animation, Decoded
from ashim_core.imaging.encoders import ENCODERS, Encoder, Options
from ashim_core.imaging.formats import FORMATS, Encoding, Format
from ashim_core.imaging.sniff import PACKAGES


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
