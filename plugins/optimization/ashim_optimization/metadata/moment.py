"""Dates as people and programs write them, and as EXIF, XMP and IPTC want them."""

import re
from dataclasses import dataclass
from datetime import datetime

_FORM = re.compile(
    r"(\d{4})([-:])(\d\d)\2(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(Z|[+-]\d\d:\d\d)?)?",
    re.ASCII,
)
_LARGEST_OFFSET = 14 * 60
EXPECTED = "a date and time such as 2024-12-31T23:59:00 or 2024-12-31T23:59:00+02:00"


@dataclass(frozen=True)
class Moment:
    """A date and time. fraction: digits of the second, maybe none. offset: `+02:00`, maybe none."""

    day: str
    time: str
    fraction: str
    offset: str

    @property
    def exif(self) -> str:
        return f"{self.day} {self.time}"

    @property
    def xmp(self) -> str:
        fraction = f".{self.fraction}" if self.fraction else ""
        return f"{self.exif}{fraction}{self.offset}"


def moment(text: str) -> Moment:
    """Read a date in the form of ISO 8601 or of EXIF; ValueError if there is no such moment."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(EXPECTED)
    year, _, month, day, hour, minute, second, fraction, offset = found.groups()
    try:
        datetime(  # noqa: DTZ001 - only to see whether there is such a day
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0)
        )
    except ValueError:
        raise ValueError(EXPECTED) from None
    offset = "+00:00" if offset == "Z" else offset or ""
    if offset and (int(offset[4:]) > 59 or _minutes(offset) > _LARGEST_OFFSET):
        raise ValueError(EXPECTED)
    time = f"{hour or '00'}:{minute or '00'}:{second or '00'}"
    return Moment(f"{year}:{month}:{day}", time, fraction or "", offset)


def _minutes(offset: str) -> int:
    return int(offset[1:3]) * 60 + int(offset[4:])
