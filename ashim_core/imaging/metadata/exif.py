"""EXIF: directories of tagged values, as TIFF has them.

Source of the layout: TIFF 6.0 section 2, CIPA DC-008 section 4.6.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ashim_core.errors import DecodeFailed
from ashim_core.imaging.metadata.block import Data
from ashim_core.imaging.metadata.exif_names import GPS_NAMES, NAMES

Order = Literal["big", "little"]

_ORIENTATION = 0x0112
_GPS = 0x8825
_POINTERS = {0x8769: "exif", _GPS: "gps", 0xA005: "interoperability"}
_THUMBNAIL, _THUMBNAIL_SIZE = 0x0201, 0x0202
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
"""Type of a value to the bytes that one takes."""
_LETTERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d"}
_TEXT, _RATIONAL, _UNDEFINED, _SIGNED_RATIONAL = 2, 5, 7, 10
_ENTRY = 12
_MOST_VALUES = 16
_MOST_TEXT = 1000
_PRINTABLE = range(0x20, 0x7F)


@dataclass(frozen=True)
class Entry:
    """A tagged value. at: where its entry lies. value_at: where the value itself does."""

    tag: int
    type: int
    count: int
    at: int
    value_at: int

    @property
    def size(self) -> int:
        return _SIZES.get(self.type, 0) * self.count


@dataclass(frozen=True)
class Directory:
    """One directory of EXIF. name: main, thumbnail, exif, gps or interoperability."""

    name: str
    at: int
    entries: tuple[Entry, ...]

    @property
    def end(self) -> int:
        """Say where the entries end, before the offset of the next directory."""
        return self.at + 2 + _ENTRY * len(self.entries)


class Exif:
    """EXIF as bytes, with its directories found. Raises DecodeFailed without the main one.

    damaged: not all of the others can be read; then those before the damage are there.
    """

    def __init__(self, data: Data) -> None:
        self._data = data
        self.order = _order(data)
        self.damaged = False
        self.directories = tuple(self._readable_directories())

    @property
    def orientation(self) -> int:
        """Give the orientation, 1 to 8; 1 where there is none."""
        for entry in self._main.entries:
            if entry.tag == _ORIENTATION:
                value = self._number(entry)
                return value if 1 <= value <= 8 else 1
        return 1

    def without_gps(self) -> bytes:
        """Blank all that says where; nothing else moves, so that no offset has to change."""
        data = bytearray(self._data)
        for directory in self.directories:
            if directory.name == "gps":
                self._blank(data, directory)
        for directory in self.directories:
            if any(entry.tag == _GPS for entry in directory.entries):
                self._forget_gps(data, directory)
        return bytes(data)

    @property
    def has_gps(self) -> bool:
        """Whether it says where, as far as it can be read."""
        return any(directory.name == "gps" for directory in self.directories)

    def values(self) -> dict[str, Any]:
        """Give what can be read, by name; the values of the thumbnail and of GPS are left out."""
        found: dict[str, Any] = {}
        for directory in self.directories:
            if directory.name not in ("gps", "thumbnail"):
                found.update(self._readable(directory, NAMES))
        if size := self._thumbnail_size():
            found["ThumbnailSize"] = size
        return found

    def gps(self) -> dict[str, Any] | None:
        """Give where the picture was taken, in degrees and metres too; None if it doesn't say."""
        found: dict[str, Any] = {}
        for directory in self.directories:
            if directory.name == "gps":
                found.update(self._readable(directory, GPS_NAMES))
        if not found:
            return None
        latitude = _degrees(found.get("GPSLatitude"), found.get("GPSLatitudeRef") == "S")
        longitude = _degrees(found.get("GPSLongitude"), found.get("GPSLongitudeRef") == "W")
        altitude = found.get("GPSAltitude")
        if isinstance(altitude, float) and found.get("GPSAltitudeRef") == 1:
            altitude = -altitude
        decimals = {"latitude": latitude, "longitude": longitude, "altitude": altitude}
        return {name: value for name, value in decimals.items() if value is not None} | found

    def raw(self, tag: int) -> bytes:
        """Give the bytes of a value of the main directory; none if it isn't there or is cut."""
        for entry in self._main.entries:
            if entry.tag == tag and 0 < entry.size <= len(self._data) - entry.value_at:
                return bytes(self._data[entry.value_at : entry.value_at + entry.size])
        return b""

    @property
    def _main(self) -> Directory:
        return self.directories[0]

    def _readable_directories(self) -> Iterator[Directory]:
        directories = self._walk()
        yield next(directories)
        try:
            yield from directories
        except DecodeFailed:
            self.damaged = True

    def _walk(self) -> Iterator[Directory]:
        """Follow the offsets from directory to directory, each at most once."""
        seen: set[int] = set()
        waiting = [("main", self._read(4, 4))]
        while waiting:
            name, at = waiting.pop(0)
            if at in seen:
                raise DecodeFailed("The EXIF can't be read: a directory leads back to itself.")
            seen.add(at)
            directory = self._directory(name, at)
            yield directory
            waiting += [
                (_POINTERS[entry.tag], self._number(entry))
                for entry in directory.entries
                if entry.tag in _POINTERS
            ]
            if name == "main":
                following = self._following(directory)
                if following in seen:
                    raise DecodeFailed("The EXIF can't be read: a directory leads back to itself.")
                if following:
                    waiting.append(("thumbnail", following))

    def _following(self, directory: Directory) -> int:
        """Give where the next directory is, 0 if nowhere: many cameras write nonsense there."""
        if directory.end + 4 > len(self._data):
            return 0
        at = self._read(directory.end, 4)
        if not 8 <= at <= len(self._data) - 2:
            return 0
        return at if at + 2 + _ENTRY * self._read(at, 2) <= len(self._data) else 0

    def _directory(self, name: str, at: int) -> Directory:
        count = self._read(at, 2) if at >= 8 else len(self._data)
        if at + 2 + _ENTRY * count > len(self._data):
            raise DecodeFailed(
                f"The EXIF can't be read: its directory '{name}' lies outside of it."
            )
        places = range(at + 2, at + 2 + _ENTRY * count, _ENTRY)
        return Directory(name, at, tuple(map(self._entry, places)))

    def _entry(self, at: int) -> Entry:
        tag, type, count = self._read(at, 2), self._read(at + 2, 2), self._read(at + 4, 4)
        short = _SIZES.get(type, 0) * count <= 4
        return Entry(tag, type, count, at, at + 8 if short else self._read(at + 8, 4))

    def _read(self, at: int, size: int) -> int:
        piece = self._data[at : at + size]
        if len(piece) < size:
            raise DecodeFailed("The EXIF can't be read: it is cut off.")
        return int.from_bytes(piece, self.order)

    def _number(self, entry: Entry) -> int:
        return self._read(entry.at + 8, min(_SIZES.get(entry.type, 4), 4))

    def _blank(self, data: bytearray, directory: Directory) -> None:
        for entry in directory.entries:
            if entry.size > 4:
                _zero(data, entry.value_at, entry.value_at + entry.size)
        _zero(data, directory.at, directory.end + 4)

    def _forget_gps(self, data: bytearray, directory: Directory) -> None:
        """Close the gap in the entries; the offset of the next directory follows the last one."""
        kept = [entry for entry in directory.entries if entry.tag != _GPS]
        head = len(kept).to_bytes(2, self.order)
        entries = b"".join(self._data[entry.at : entry.at + _ENTRY] for entry in kept)
        following = self._data[directory.end : directory.end + 4]
        old = directory.end + len(following) - directory.at
        data[directory.at : directory.at + old] = (head + entries + following).ljust(old, b"\0")

    def _readable(self, directory: Directory, names: Mapping[int, str]) -> dict[str, Any]:
        found = {}
        for entry in directory.entries:
            value = self._value(entry)
            if entry.tag in names and value is not None:
                found[names[entry.tag]] = value
        return found

    def _value(self, entry: Entry) -> Any:
        """Give a value as people read it; None if it is nothing to read, or lies outside."""
        if not 0 < entry.size <= len(self._data) - entry.value_at:
            return None
        raw = self._data[entry.value_at : entry.value_at + entry.size]
        if entry.type == _TEXT:
            return raw.partition(b"\0")[0].decode("utf-8", "replace").strip()[:_MOST_TEXT]
        if entry.type == _UNDEFINED:
            return _text_of(raw)
        if entry.count > _MOST_VALUES:
            return None
        values = self._numbers(entry, raw)
        return values[0] if len(values) == 1 else values

    def _numbers(self, entry: Entry, raw: bytes) -> list[float]:
        sign = ">" if self.order == "big" else "<"
        if entry.type not in (_RATIONAL, _SIGNED_RATIONAL):
            return [
                value if isinstance(value, int) else _finite(value)
                for value in struct.unpack(f"{sign}{entry.count}{_LETTERS[entry.type]}", raw)
            ]
        letter = "I" if entry.type == _RATIONAL else "i"
        parts = struct.unpack(f"{sign}{2 * entry.count}{letter}", raw)
        pairs = zip(parts[::2], parts[1::2], strict=True)
        return [round(top / bottom, 9) if bottom else 0.0 for top, bottom in pairs]

    def _thumbnail_size(self) -> int:
        for directory in self.directories:
            for entry in directory.entries:
                if directory.name == "thumbnail" and entry.tag == _THUMBNAIL_SIZE:
                    return self._number(entry)
        return 0


def only_orientation(orientation: int) -> bytes:
    """Build the smallest EXIF that says which way up a picture is."""
    head = b"MM\0*" + (8).to_bytes(4, "big")
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, orientation, 0)
    return head + (1).to_bytes(2, "big") + entry + bytes(4)


def _order(data: Data) -> Order:
    if data[:4] == b"II*\0":
        return "little"
    if data[:4] == b"MM\0*":
        return "big"
    raise DecodeFailed("The EXIF can't be read: it doesn't begin as TIFF does.")


def _zero(data: bytearray, start: int, end: int) -> None:
    end = min(end, len(data))
    if start < end:
        data[start:end] = bytes(end - start)


def _finite(value: float) -> float:
    """JSON knows neither infinity nor what is no number."""
    return value if abs(value) < float("inf") else 0.0


def _text_of(raw: bytes) -> str | None:
    """Read text that has no type of its own: versions, and comments with their character set."""
    text = raw.removeprefix(b"ASCII\0\0\0").rstrip(b"\0 ")[:_MOST_TEXT]
    return text.decode("ascii") if text and all(byte in _PRINTABLE for byte in text) else None


def _degrees(parts: Any, negative: bool) -> float | None:
    if not isinstance(parts, list) or len(parts) != 3:
        return None
    degrees, minutes, seconds = map(float, parts)
    value = degrees + minutes / 60 + seconds / 3600
    return round(-value if negative else value, 7)
