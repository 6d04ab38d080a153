"""Which format a file has, by its first bytes, and how its metadata is worked on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ashim_core.plugin import EmptyFile, FormatNotSupported, InvalidImage, Pictures, metadata

_HEAD = 512


@dataclass(frozen=True)
class Format:
    """A format. container: None where only ExifTool knows it. iptc: it has a place for IPTC."""

    name: str
    extension: str
    container: metadata.Container | None = None
    exif: bool = True
    iptc: bool = False


_FORMATS: Mapping[str, Format] = {
    item.name: item
    for item in (
        Format("jpeg", "jpg", metadata.CONTAINERS["jpeg"], iptc=True),
        Format("png", "png", metadata.CONTAINERS["png"]),
        Format("webp", "webp", metadata.CONTAINERS["webp"]),
        Format("gif", "gif", metadata.CONTAINERS["gif"], exif=False),
        Format("tiff", "tiff", iptc=True),
        Format("avif", "avif"),
        Format("heif", "heic"),
    )
}
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
)
_AVIF_BRANDS = frozenset((b"avif", b"avis"))
_HEIF_BRANDS = frozenset((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"))


def find_format(path: Path, pictures: Pictures | None = None) -> Format:
    """Tell the format of a file. Raises EmptyFile, InvalidImage or FormatNotSupported.

    pictures: know which other formats there are; without them they count as no pictures. They
    also refuse more pages than a picture may have, with TooComplex.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise EmptyFile("The file is empty: expected a picture, received 0 bytes.")
    name = format_name(head)
    if name is not None:
        if pictures:
            pictures.check_pages(path)
        return _FORMATS[name]
    expected = ", ".join(_FORMATS)
    if pictures:
        kind = pictures.kind(path)
        raise FormatNotSupported(
            f"The metadata of this format can't be worked on: expected one of {expected}, "
            f"received {kind}."
        )
    raise InvalidImage(
        "Invalid image: the content is not a picture in any known format "
        f"(expected one of {expected})."
    )


def format_name(head: metadata.Data) -> str | None:
    """Name the format that begins with some bytes; None if it is not one of those known here."""
    first = bytes(head[:_HEAD])
    if first[4:8] == b"ftyp":
        end = min(int.from_bytes(first[:4], "big"), len(first))
        brands = {first[8:12], *(first[at : at + 4] for at in range(16, end, 4))}
        if brands & _AVIF_BRANDS:
            return "avif"
        return "heif" if brands & _HEIF_BRANDS else None
    if first[:4] == b"RIFF" and first[8:12] == b"WEBP":
        return "webp"
    return next((name for beginning, name in _BEGINNINGS if first.startswith(beginning)), None)
