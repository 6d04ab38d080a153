"""The gate: everything about a picture that its header tells, checked before any pixel is read."""

import mmap
from dataclasses import dataclass
from pathlib import Path

import pyvips

from ashim_core.errors import DecodeFailed, TooComplex, TooManyPixels
from ashim_core.imaging.formats import Format
from ashim_core.imaging.sniff import sniff
from ashim_core.limits import Limits

MEGA = 1_000_000
_SIDEWAYS = range(5, 9)
"""The EXIF orientations that swap width and height."""

_SOS = b"\xff\xda"
_STANDALONE = frozenset({0x00, 0x01, *range(0xD0, 0xD8), 0xFF})
"""Second bytes after 0xFF that don't open a marker segment: stuffing, TEM, restarts, fill."""


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
    if format.name == "jpeg":
        _check_scans(path, limits)
    try:
        image = open_lazily(path, format, all_frames=format.animated)
    except pyvips.Error as error:
        raise DecodeFailed(
            f"The {format.name.upper()} header can't be read: the file is damaged."
        ) from error
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
    """Open a file with the one loader of its format; no pixel is decoded yet."""
    if all_frames:
        options["n"] = -1
    loader = getattr(pyvips.Image, format.loader)
    image: pyvips.Image = loader(str(path), **{"fail_on": "error", **options})
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
    if name not in image.get_fields():
        return default
    value = image.get(name)
    return value if isinstance(value, int) else default


def _orientation(image: pyvips.Image) -> int:
    value = _field(image, "orientation", 1)
    return value if 1 <= value <= 8 else 1


def _check_scans(path: Path, limits: Limits) -> None:
    """Count the scans of a JPEG: each one costs a pass over all pixels, however few bytes it has.

    Most files have fewer start-of-scan byte pairs than the limit, so the exact walk is rare.
    """
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        if _pairs(data, limits.scans) > limits.scans and _scans(data) > limits.scans:
            raise TooComplex(
                f"The progressive JPEG has more than {limits.scans} scans: expected at most "
                f"{limits.scans}."
            )


def _pairs(data: mmap.mmap, enough: int) -> int:
    count, at = 0, data.find(_SOS)
    while at >= 0 and count <= enough:
        count, at = count + 1, data.find(_SOS, at + 2)
    return count


def _scans(data: mmap.mmap) -> int:
    """Walk the marker segments, so that thumbnails inside of segments don't count."""
    count, at = 0, 2
    while 0 <= (at := data.find(b"\xff", at)) < len(data) - 3:
        marker = data[at + 1]
        if marker in _STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        count += marker == _SOS[1]
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return count
