"""Several files as one: a ZIP written piece by piece, and names that can live in one folder."""

import io
import json
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Generator, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from ashim_core.names import result_name, safe_name

PIECE = 64 * 1024
"""How many bytes are read at a time, and the most that one piece of the ZIP holds."""

MAX_HEADER = 8 * 1024
"""The longest JSON that is put into a header; many servers refuse more for all of them."""

_COMPRESSIBLE = frozenset(
    {"application/json", "application/xml", "image/bmp", "image/svg+xml", "image/x-ms-bmp"}
)
"""What deflating makes much smaller. TIFF isn't here: the core writes it deflated already."""

_EARLIEST = (1980, 1, 1, 0, 0, 0)
_LATEST = (2107, 12, 31, 23, 59, 58)
"""The first and the last moment that a ZIP can note."""

_RESERVED = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³])\s*(\.|\Z)", re.I)
"""Names of devices on Windows, which no file can have there, whatever its extension."""

_Moment = tuple[int, int, int, int, int, int]


class Entry(NamedTuple):
    """A file in a ZIP.

    name: as `Names` gives it. content: where it lies on disk, or the bytes themselves.
    """

    name: str
    content: Path | bytes
    media_type: str


class Names:
    """Gives every file of one folder a name of its own, on every kind of disk.

    Case makes no difference, nor does the Unicode form. The first keeps its name, the next get
    `_1`, `_2` and so on before the extension. The names are as short as those of `safe_name`.
    """

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._folders: dict[str, Names] = {}

    def add(self, name: str) -> str:
        """Take a name from anywhere, and give what the file is called."""
        first = chosen = _harmless(name)
        # The search for the next of the same name goes on where the last one ended.
        number = self._last.get(_key(first), 0)
        while _key(chosen) in self._last:
            number += 1
            chosen = _numbered(first, number)
        self._last[_key(chosen)] = 0
        self._last[_key(first)] = number
        return chosen

    def add_in_folder(self, name: str) -> str:
        """Do the same for a name that may have one folder before it, where it is one of its own.

        A folder that can't be called so, or leads elsewhere, is left out.
        """
        folder, _, base = name.rpartition("/")
        if not folder or _harmless(folder) != folder:
            return self.add(base)
        return f"{folder}/{self._folders.setdefault(_key(folder), Names()).add(base)}"


def unique_names(names: Iterable[str]) -> list[str]:
    """Give names from anywhere as they can stand in one folder, in the same order."""
    taken = Names()
    return [taken.add(name) for name in names]


def stream_zip(
    entries: Iterable[Entry], date: datetime | None = None
) -> Generator[bytes, None, None]:
    """Write a ZIP in pieces of at most 64 KiB, each entry as soon as `entries` gives it.

    Who stops before the end closes the generator, and with it the file that it is at.
    An error, of a file or of `entries`, leaves the ZIP without its directory at the end, so that
    nobody takes half of it for the whole.

    date: when the files are said to have been made; now, in UTC, without one.
    """
    moment = _moment(date or datetime.now(UTC))
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as archive:
        for entry in entries:
            yield from _written(entry, moment, archive, sink)
    yield from sink.taken()


def ascii_json(value: object) -> str | None:
    """Write JSON that can stand in a header: one line of visible ASCII; None if it's too long."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text if len(text) <= MAX_HEADER else None


class _Sink:
    """Holds what was written to it until it is taken.

    It can't go back, so the sizes of an entry come behind its data.
    """

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        return len(data)

    def flush(self) -> None:
        """Nothing to do: whoever takes, takes all."""

    def close(self) -> None:
        """Nothing to close."""

    def taken(self) -> Iterator[bytes]:
        """Give what is held in pieces, and hold it no longer."""
        held, self._held = self._held, bytearray()
        for start in range(0, len(held), PIECE):
            yield bytes(memoryview(held)[start : start + PIECE])


def _written(
    entry: Entry, moment: _Moment, archive: zipfile.ZipFile, sink: _Sink
) -> Iterator[bytes]:
    info = zipfile.ZipInfo(entry.name, moment)
    info.compress_type = _compression(entry.media_type)
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    with _opened(entry.content) as source:
        # By its size zipfile decides between 4 and 8 bytes for sizes: not all that reads ZIPs
        # understands 8. A file that outgrows its 4 bytes while it is read is an error.
        info.file_size = source.seek(0, os.SEEK_END)
        source.seek(0)
        with archive.open(info, "w") as target:
            while piece := source.read(PIECE):
                target.write(piece)
                yield from sink.taken()
    yield from sink.taken()


def _opened(content: Path | bytes) -> BinaryIO:
    return io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")


def _compression(media_type: str) -> int:
    """Deflate text and bare pixels; everything else is compressed, or its own business."""
    deflate = media_type in _COMPRESSIBLE or media_type.startswith("text/")
    return zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED


def _moment(date: datetime) -> _Moment:
    """Give a date as a ZIP notes it: the clock of a server without a battery says 1970."""
    year, month, day, hour, minute, second = date.timetuple()[:6]
    return min(max((year, month, day, hour, minute, second), _EARLIEST), _LATEST)


def _harmless(name: str) -> str:
    """Make a name safe until nothing changes any more: what was cut may end in a space again."""
    safe = safe_name(name)
    while (again := safe_name(f"_{safe}" if _RESERVED.match(safe) else safe)) != safe:
        safe = again
    return safe


def _numbered(name: str, number: int) -> str:
    """Put the number where the id of a tool goes, since that is cut to the same length."""
    extension = PurePosixPath(name).suffix.removeprefix(".")
    return result_name(name, str(number), extension).removesuffix(".")


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name.casefold())
