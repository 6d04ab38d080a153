"""When a picture was taken, found in its EXIF wherever the format keeps it."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from ashim_core.plugin import AshimError, metadata
from ashim_optimization.metadata.formats import find_format

_NAMES = ("DateTimeOriginal", "CreateDate", "ModifyDate")
_MARK = b"Exif\0\0"
_MOST_BLOCKS = 1000
_MOST = 4 * 1024 * 1024


def taken(path: Path) -> date | None:
    """Give the day that a picture was taken; None if the file doesn't say."""
    with suppress(AshimError):
        format = find_format(path)
        with metadata.mapped(path) as data:
            if format.container is None:
                exif = _embedded(data) if format.name in ("avif", "heif") else data
                return _day(metadata.Exif(exif))
            for block in islice(format.container.blocks(data), _MOST_BLOCKS):
                if block.kind == "exif":
                    return _day(metadata.Exif(format.container.content(data, block)))
    return None


def _embedded(data: metadata.Data) -> bytes:
    """Find the EXIF of a file whose boxes are not worth walking for one date."""
    at = data.find(_MARK)
    return bytes(data[at + len(_MARK) : at + _MOST]) if at >= 0 else b""


def _day(exif: metadata.Exif) -> date | None:
    values = exif.values()
    return next(_days(values.get(name) for name in _NAMES), None)


def _days(texts: Iterator[object]) -> Iterator[date]:
    for text in texts:
        with suppress(ValueError):
            yield datetime.strptime(str(text)[:10], "%Y:%m:%d").date()  # noqa: DTZ007 - a day
