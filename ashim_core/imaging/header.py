"""The gate: everything about a picture that its header tells, checked before any pixel is read."""

from dataclasses import dataclass
from pathlib import Path

import pyvips

from ashim_core.errors import DecodeFailed, TooComplex, TooManyPixels
from ashim_core.imaging.formats import Format
from ashim_core.imaging.sniff import sniff
from ashim_core.imaging.structure import check_gif, check_jpeg
from ashim_core.limits import Limits

MEGA = 1_000_000
_SIDEWAYS = range(5, 9)
"""The EXIF orientations that swap width and height."""


@dataclass(frozen=True)
class Header:
    """What is known of a picture before it is decoded.

    width, height: of one frame as stored, in pixels; the orientation is not applied.
    frames: frames of an animation, 1 for everything else.
    orientation: the EXIF orientation, 1 to 8.
    """

    path: Path
    format: Format
    width: int
    height: int
    bands: int
    frames: int
    orientation: int

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height as the picture is seen."""
        if self.orientation in _SIDEWAYS:
            return self.height, self.width
        return self.width, self.height


def read_header(path: Path, limits: Limits) -> Header:
    """Sniff a file, read its header and hold it against the budgets.

    Raises EmptyFile, InvalidImage, FormatNotSupported, DecodeFailed (the header is damaged),
    TooManyPixels or TooComplex.
    """
    format = sniff(path)
    if format.name == "gif":
        check_gif(path, limits)
    try:
        image = open_lazily(path, format, all_frames=format.animated)
    except pyvips.Error as error:
        raise DecodeFailed(
            f"The {format.name.upper()} header can't be read: the file is damaged."
        ) from error
    if _field(image, "jpeg-multiscan", 0):
        check_jpeg(path, limits)
    frames = _field(image, "n-pages", 1) if format.animated else 1
    header = Header(
        path=path,
        format=format,
        width=image.width,
        height=_field(image, "page-height", image.height) if frames > 1 else image.height,
        bands=image.bands,
        frames=frames,
        orientation=_orientation(image),
    )
    _check_budgets(header, limits)
    return header


def open_lazily(
    path: Path, format: Format, *, all_frames: bool = False, **options: object
) -> pyvips.Image:
    """Open a file with the one loader of its format; no pixel is decoded yet.

    Codecs call a file that ends early or claims a false size a mere warning, so warnings count.
    """
    if all_frames:
        options["n"] = -1
    loader = getattr(pyvips.Image, format.loader)
    image: pyvips.Image = loader(str(path), **{"fail_on": "warning", **options})
    return image


def check_pixels(width: int, height: int, frames: int, limits: Limits, what: str) -> None:
    """Refuse more pixels than the budget; `what` names the picture in the message."""
    if max(width, height) > limits.side:
        raise TooManyPixels(
            f"{what} has a side of {max(width, height)} pixels: expected at most {limits.side}.",
            details=[
                {
                    "field": "file",
                    "expected": f"sides of at most {limits.side} pixels",
                    "received": f"{width} x {height}",
                }
            ],
        )
    if width * height * frames > limits.megapixels * MEGA:
        size = f"{width} x {height}" + (f" x {frames} frames" if frames > 1 else "")
        raise TooManyPixels(
            f"{what} has {width * height * frames / MEGA:.1f} megapixels ({size}): expected at "
            f"most {limits.megapixels:g}.",
            details=[
                {
                    "field": "file",
                    "expected": f"at most {limits.megapixels:g} megapixels over all frames",
                    "received": size,
                }
            ],
        )


def _check_budgets(header: Header, limits: Limits) -> None:
    if header.frames > limits.frames:
        raise TooComplex(
            f"The animation has {header.frames} frames: expected at most {limits.frames}."
        )
    if header.bands > limits.bands:
        raise TooComplex(
            f"The picture has {header.bands} channels: expected at most {limits.bands}."
        )
    check_pixels(header.width, header.height, header.frames, limits, "The picture")


def _field(image: pyvips.Image, name: str, default: int) -> int:
    if not image.get_typeof(name):
        return default
    value = image.get(name)
    return value if isinstance(value, int) else default


def _orientation(image: pyvips.Image) -> int:
    value = _field(image, "orientation", 1)
    return value if 1 <= value <= 8 else 1
