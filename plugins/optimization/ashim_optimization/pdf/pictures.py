"""Pictures inside of a PDF: JPEGs as they are, everything else without any loss.

Source of the format: ISO 32000-1, sections 7.4.4 (Flate and its PNG predictors), 7.4.8 (DCT),
8.6.5 (colour spaces of ICC profiles) and 8.9.5 (images).
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pyvips

from ashim_core.plugin import Encoding, Pictures
from ashim_optimization.pdf.document import Document, Entries, Stream, reference
from ashim_optimization.pdf.jpeg import Jpeg

_PIECE = 64 * 1024
_FIRST_CHUNK = 8
"""Where the first chunk of a PNG begins, after the signature."""
_SPACES = {1: "/DeviceGray", 3: "/DeviceRGB", 4: "/DeviceCMYK"}

Profiles = dict[bytes, int]
"""The numbers of profiles in a document, by their digests: pictures share them."""


def add_jpeg(document: Document, path: Path, jpeg: Jpeg, profiles: Profiles) -> int:
    """Add a JPEG, byte for byte; give the number of its object."""
    entries = _entries(jpeg.width, jpeg.height, _space(document, jpeg, profiles))
    entries["Filter"] = "/DCTDecode"
    if jpeg.inverted:
        entries["Decode"] = "[1 0 1 0 1 0 1 0]"
    return document.add(entries, Stream(path.stat().st_size, _pieces(path)))


def add_lossless(document: Document, picture: pyvips.Image, pictures: Pictures, place: Path) -> int:
    """Add 8-bit sRGB or grey, alpha as a mask; give its number. place: for a passing file."""
    if not picture.hasalpha():
        return _add_bands(document, picture, pictures, place)
    colours = picture.bands - 1
    mask = picture[colours].copy(interpretation="b-w")
    opacity = _add_bands(document, mask, pictures, place)
    shown = picture.extract_band(0, n=colours)
    return _add_bands(document, shown, pictures, place, {"SMask": reference(opacity)})


def _add_bands(
    document: Document,
    picture: pyvips.Image,
    pictures: Pictures,
    place: Path,
    more: Entries | None = None,
) -> int:
    # The compressed rows of a PNG are just what a PDF holds.
    png = pictures.save(picture, place, Encoding("png"))
    spans = list(_data_of(png))
    entries = _entries(picture.width, picture.height, _SPACES[picture.bands])
    entries["Filter"] = "/FlateDecode"
    entries["DecodeParms"] = (
        f"<</Predictor 15 /Colors {picture.bands} /BitsPerComponent 8 /Columns {picture.width}>>"
    )
    length = sum(size for _, size in spans)
    number = document.add({**entries, **(more or {})}, Stream(length, _spans(png, spans)))
    png.unlink()
    return number


def _entries(width: int, height: int, space: str) -> dict[str, str]:
    return {
        "Type": "/XObject",
        "Subtype": "/Image",
        "Width": str(width),
        "Height": str(height),
        "ColorSpace": space,
        "BitsPerComponent": "8",
    }


def _space(document: Document, jpeg: Jpeg, profiles: Profiles) -> str:
    """Name the colour space of a JPEG: its profile, or what its components mean without one."""
    usual = _SPACES[jpeg.components]
    if jpeg.profile is None:
        return usual
    digest = sha256(jpeg.profile).digest()
    if digest not in profiles:
        entries = {"N": str(jpeg.components), "Alternate": usual}
        profiles[digest] = document.add(entries, Stream(len(jpeg.profile), [jpeg.profile]))
    return f"[/ICCBased {reference(profiles[digest])}]"


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _data_of(png: Path) -> Iterator[tuple[int, int]]:
    """Give where the data of a PNG lies: the place and the size of each chunk of it."""
    with png.open("rb") as file:
        place = _FIRST_CHUNK
        while header := file.seek(place) and file.read(8):
            size = int.from_bytes(header[:4])
            if header[4:] == b"IDAT":
                yield place + 8, size
            place += size + 12


def _spans(path: Path, spans: list[tuple[int, int]]) -> Iterator[bytes]:
    with path.open("rb") as file:
        for place, size in spans:
            file.seek(place)
            for begin in range(0, size, _PIECE):
                yield file.read(min(_PIECE, size - begin))
