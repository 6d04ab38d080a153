"""Which tags of EXIF, XMP and IPTC mean the same, and how ExifTool is told to write them.

Source of the equivalents: Metadata Working Group, guidelines for handling image metadata 2.0.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ashim_optimization.metadata.exiftool import value
from ashim_optimization.metadata.formats import Format
from ashim_optimization.metadata.moment import Moment

_TEXTS: Mapping[str, tuple[str, ...]] = {
    "title": ("XMP-dc:Title", "IPTC:ObjectName"),
    "description": ("IFD0:ImageDescription", "XMP-dc:Description", "IPTC:Caption-Abstract"),
    "author": ("IFD0:Artist", "XMP-dc:Creator", "IPTC:By-line"),
    "copyright": ("IFD0:Copyright", "XMP-dc:Rights", "IPTC:CopyrightNotice"),
    "software": ("IFD0:Software", "XMP-xmp:CreatorTool"),
    "headline": ("XMP-photoshop:Headline", "IPTC:Headline"),
    "city": ("XMP-photoshop:City", "IPTC:City"),
    "state": ("XMP-photoshop:State", "IPTC:Province-State"),
    "country": ("XMP-photoshop:Country", "IPTC:Country-PrimaryLocationName"),
}
_KEYWORDS = ("XMP-dc:Subject", "IPTC:Keywords")
_LONGEST = {
    "IPTC:ObjectName": 64,
    "IPTC:Caption-Abstract": 2000,
    "IPTC:By-line": 32,
    "IPTC:CopyrightNotice": 128,
    "IPTC:Keywords": 64,
    "IPTC:Headline": 256,
    "IPTC:City": 32,
    "IPTC:Province-State": 32,
    "IPTC:Country-PrimaryLocationName": 64,
}
"""Bytes that IPTC has room for; EXIF and XMP hold all of a text."""

_EXIF_GROUPS = ("IFD0", "ExifIFD", "GPS")
_PLACES = ("EXIF", "IPTC", "XMP", "Photoshop", "PNG")
"""Where a field is removed from that is named without its group."""
REMOVABLE = frozenset(
    (
        *("EXIF", "IFD0", "IFD1", "EXIFIFD", "GPS", "INTEROPIFD", "MAKERNOTES", "XMP", "IPTC"),
        *("PHOTOSHOP", "PNG", "JFIF", "ICC_PROFILE", "MPF", "JUMBF"),
    )
)
"""Groups that a field may be removed from: none that stands for the file on disk."""


@dataclass(frozen=True)
class Moments:
    """The tags of one date. part, offset: of EXIF, for what its date has no room for."""

    exif: str
    part: str
    offset: str
    xmp: tuple[str, ...]
    iptc: str = ""


TAKEN = Moments(
    "ExifIFD:DateTimeOriginal",
    "ExifIFD:SubSecTimeOriginal",
    "ExifIFD:OffsetTimeOriginal",
    ("XMP-photoshop:DateCreated", "XMP-exif:DateTimeOriginal"),
    "Created",
)
DIGITIZED = Moments(
    "ExifIFD:CreateDate",
    "ExifIFD:SubSecTimeDigitized",
    "ExifIFD:OffsetTimeDigitized",
    ("XMP-xmp:CreateDate",),
)
CHANGED = Moments(
    "IFD0:ModifyDate", "ExifIFD:SubSecTime", "ExifIFD:OffsetTime", ("XMP-xmp:ModifyDate",)
)
_ALL_DATES = (TAKEN, DIGITIZED, CHANGED)


def texts(name: str, text: str) -> Iterator[str]:
    """Write one text to all places that mean it; an empty one removes it there."""
    for tag in _TEXTS[name]:
        yield _assign(tag, text)


def iptc_title(text: str, format: Format, *, titled: bool) -> Iterator[str]:
    """Write a title to IPTC alone; to XMP where there is no IPTC and no other title."""
    if format.iptc:
        yield _assign("IPTC:ObjectName", text)
    elif not titled:
        yield _assign("XMP-dc:Title", text)


def keywords(words: Sequence[str]) -> Iterator[str]:
    """Write a list in the place of the one that is there."""
    for tag in _KEYWORDS:
        yield from (_assign(tag, word) for word in words or ("",))


def date(moments: Moments, moment: Moment) -> Iterator[str]:
    """Write a date; where it has no fraction or offset, none is left of an older one."""
    yield _assign(moments.exif, moment.exif)
    yield _assign(moments.part, moment.fraction)
    yield _assign(moments.offset, moment.offset)
    yield from (_assign(tag, moment.xmp) for tag in moments.xmp)
    if moments.iptc:
        yield _assign(f"IPTC:Date{moments.iptc}", moment.day)
        # IPTC knows no time without an offset, and a wrong one is worse than none.
        time = moment.time + moment.offset if moment.offset else ""
        yield _assign(f"IPTC:Time{moments.iptc}", time)


def shift(sign: str, hours: str, minutes: str) -> Iterator[str]:
    """Move all dates of EXIF and XMP that are there."""
    by = value(f"0:0:0 {hours}:{minutes}:0")
    for moments in _ALL_DATES:
        yield from (f"-{tag}{sign}={by}" for tag in (moments.exif, *moments.xmp))


def no_place() -> Iterator[str]:
    """Remove all that says where."""
    yield from ("-GPS:all=", "-XMP:GPS*=")


def place(latitude: float, longitude: float, altitude: float | None) -> Iterator[str]:
    """Write where, and nothing that an older place left."""
    yield from no_place()
    yield from _coordinate("Latitude", latitude, "NS")
    yield from _coordinate("Longitude", longitude, "EW")
    if altitude is not None:
        yield _assign("GPS:GPSAltitude", f"{abs(altitude):.3f}")
        yield f"-GPS:GPSAltitudeRef#={int(altitude < 0)}"
        yield _assign("XMP-exif:GPSAltitude", f"{abs(altitude):.3f}")
        yield f"-XMP-exif:GPSAltitudeRef#={int(altitude < 0)}"


def removal(field: str) -> Iterator[str]:
    """Remove a field, from everywhere if it comes without a group."""
    yield from (f"-{field}=",) if ":" in field else (f"-{group}:{field}=" for group in _PLACES)


def fitting(arguments: Iterable[str], format: Format) -> list[str]:
    """Leave out what a format has no place for, and have IPTC say that it is Unicode."""
    fit = [argument for argument in arguments if _fits(argument, format)]
    if not any(argument.startswith("-IPTC:") for argument in fit):
        return fit
    # What IPTC holds already may be written in another character set, so it is written anew.
    own = [] if not any(argument.startswith("-IPTC:Keywords=") for argument in fit) else _WITHOUT
    before = ["-tagsFromFile", "@", "-IPTC:all", *own, "-IPTC:CodedCharacterSet=UTF8"]
    return [*before, *fit, "-Photoshop:IPTCDigest=new"]


_WITHOUT = ["--IPTC:Keywords"]


def _fits(argument: str, format: Format) -> bool:
    group = argument.removeprefix("-").partition(":")[0]
    if group == "IPTC":
        return format.iptc
    return format.exif or group not in _EXIF_GROUPS


def _assign(tag: str, text: str) -> str:
    if tag in _LONGEST:
        text = text.encode()[: _LONGEST[tag]].decode(errors="ignore")
    return f"-{tag}={value(text)}"


def _coordinate(name: str, degrees: float, signs: str) -> Iterator[str]:
    yield _assign(f"GPS:GPS{name}", f"{abs(degrees):.8f}")
    yield _assign(f"GPS:GPS{name}Ref", signs[degrees < 0])
    yield _assign(f"XMP-exif:GPS{name}", f"{degrees:.8f}")
