"""What a file is, by its first bytes. Names and declared types are not believed."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ashim_core.errors import EmptyFile, FormatNotSupported, InvalidImage
from ashim_core.imaging.formats import CORE_FORMATS, FORMATS, Format, Formats
from ashim_core.installation import package_for

HEAD = 4096

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (8, b"WEBP", "webp"),
    (0, b"II*\0", "tiff"),
    (0, b"MM\0*", "tiff"),
    (0, b"II+\0", "tiff"),
    (0, b"MM\0+", "tiff"),
    (0, b"BM", "bmp"),
    (0, b"\0\0\x01\0", "ico"),
    (0, b"8BPS", "psd"),
    (0, b"v/1\x01", "exr"),
    (0, b"#?RADIANCE", "hdr"),
    (0, b"#?RGBE", "hdr"),
    (0, b"\0\0\0\x0cJXL ", "jxl"),
    (0, b"\0\0\0\x0cjP  ", "jp2"),
    (0, b"\xff\x0a", "jxl"),
    (0, b"%PDF-", "pdf"),
)
_DRAWING = re.compile(
    rb"\s*(?:<\?xml|<!--|<!doctype\s+svg|<svg\b).*?<(?:\w+:)?svg\b|\s*<svg\b", re.S
)
"""How a drawing begins; whether it is one, its parser finds out."""
_AVIF_BRANDS = (b"avif", b"avis")
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")


class Kind(NamedTuple):
    """How files of one kind are called on the wire and on disk."""

    media_type: str
    extension: str


KINDS: Mapping[str, Kind] = {
    "heif": Kind("image/heif", "heic"),
    "svg": Kind("image/svg+xml", "svg"),
    "pdf": Kind("application/pdf", "pdf"),
    "bmp": Kind("image/bmp", "bmp"),
    "ico": Kind("image/vnd.microsoft.icon", "ico"),
    "psd": Kind("image/vnd.adobe.photoshop", "psd"),
    "exr": Kind("image/x-exr", "exr"),
    "hdr": Kind("image/vnd.radiance", "hdr"),
    "jxl": Kind("image/jxl", "jxl"),
    "jp2": Kind("image/jp2", "jp2"),
    **{name: Kind(format.media_type, format.extension) for name, format in FORMATS.items()},
}
"""Everything that is told apart here, whether something installed reads it or not."""


def sniff(path: Path, formats: Formats = CORE_FORMATS) -> Format:
    """Name the format of a file.

    Raises EmptyFile, InvalidImage (no picture at all) or FormatNotSupported (a picture, but
    nothing installed reads it).
    """
    name = kind_of(path, formats)
    if found := formats.get(name):
        return found
    package = package_for(name)
    hint = f"; install the package {package}" if package else ""
    raise FormatNotSupported(
        f"{name.upper()} pictures can't be read here: expected one of "
        f"{', '.join(formats.readable)}, received {name}{hint}."
    )


def kind_of(path: Path, formats: Formats = CORE_FORMATS) -> str:
    """Name what a file is: one of the formats, or of `KINDS`.

    Raises EmptyFile, or InvalidImage: it is no picture.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise EmptyFile("The file is empty: expected a picture, received 0 bytes.")
    # Codecs first: what a camera calls raw is a TIFF to everybody else.
    for codec in formats.codecs:
        if codec.recognise(head):
            return codec.name
    name = _name(head)
    if name is None:
        raise InvalidImage(
            "Invalid image: the content is not a picture in any known format "
            f"(expected one of {', '.join(formats.readable)})."
        )
    return name


def kind_named(name: str, formats: Formats = CORE_FORMATS) -> Kind:
    """Say how files of a kind are called."""
    if found := formats.get(name):
        return Kind(found.media_type, found.extension)
    return KINDS[name]


def _name(head: bytes) -> str | None:
    if head[4:8] == b"ftyp":
        return _iso_brand(head)
    for offset, magic, name in _MAGIC:
        if head.startswith(magic, offset) and (name != "webp" or head.startswith(b"RIFF")):
            return name
    return "svg" if _DRAWING.match(_text(head)) else None


def _text(head: bytes) -> bytes:
    """Give the beginning of a text in a form in which its ASCII letters can be found."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.replace(b"\0", b"")[2:]
    return head.removeprefix(b"\xef\xbb\xbf").lower()


def _iso_brand(head: bytes) -> str | None:
    """Read the brands of an ISO media file: the major one, then the compatible ones."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end, 4))]
    for brand in brands:
        if brand in _AVIF_BRANDS:
            return "avif"
    return "heif" if any(brand in _HEIF_BRANDS for brand in brands) else None
