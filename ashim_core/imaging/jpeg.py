"""What the markers of a JPEG tell: how many passes it takes, and mistakes that mean no pixel.

Sources: ITU-T T.81, annex B; JFIF 1.02; Adobe Technical Note 5116; for what is made of mistakes,
the functions of libjpeg that look for markers and examine APP0, APP14 and scans.
"""

import mmap
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ashim_core.errors import TooComplex
from ashim_core.imaging.structure import Edit, mapped
from ashim_core.limits import Limits

_SOS = b"\xff\xda"
_STANDALONE = frozenset({0x00, 0x01, *range(0xD0, 0xD8), 0xFF})
"""Second bytes after 0xFF that don't open a segment: stuffing, TEM, restarts, fill."""
_NEXT = re.compile(rb"\xff+[^\x00\xff]")
_AFTER_SCAN = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
"""A marker behind the data of a scan, to which stuffed zeros and restarts belong."""
_APP0, _APP14, _SCAN, _START, _END = 0xE0, 0xEE, 0xDA, 0xD8, 0xD9
_SEQUENTIAL = (0xC0, 0xC1)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WHOLE_SCAN = bytes((0, 63, 0))
"""What a scan of a sequential picture says of its part of the coefficients: it has all of them."""
_JFIF, _ADOBE = b"JFIF\0", b"Adobe"
_JFIF_MAJOR, _ADOBE_TRANSFORM = 5, 11
_MOST_SEGMENTS = 100_000


def check_jpeg(path: Path, limits: Limits) -> None:
    """Count the scans: each one costs a pass over all pixels, however few bytes it has.

    Raises TooComplex. Most files have fewer start-of-scan byte pairs than the limit, so the exact
    walk is rare.
    """
    with mapped(path) as data:
        if _pairs(data, limits.scans) > limits.scans and _scans(data) > limits.scans:
            raise TooComplex(
                f"The progressive JPEG has too many scans: expected at most {limits.scans}."
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


class _Segment(NamedTuple):
    """A segment: its marker, and where what it says begins and ends."""

    marker: int
    start: int
    end: int


def mistakes(path: Path) -> tuple[Edit, ...]:
    """Find what a decoder remarks on, though no pixel depends on it; give what to read instead.

    Stray bytes between segments; scans of a sequential picture that claim to be a part of it;
    versions of JFIF and transforms of Adobe that don't exist.
    """
    with mapped(path) as data:
        return tuple(sorted(_mistakes(data)))


def _mistakes(data: mmap.mmap) -> Iterator[Edit]:
    at, segments = 2, dict[int, _Segment]()
    for _ in range(_MOST_SEGMENTS):
        found = _NEXT.search(data, at)
        if found is None:
            return
        if found.start() > at:
            yield Edit(at, found.start())
        segment = _segment(data, found.end() - 1)
        if segment.marker in (_START, _END) or segment.end > len(data):
            return
        segments[segment.marker] = segment
        if segment.marker == _SCAN:
            yield from _claims(data, segments)
            return
        at = segment.end


def _claims(data: mmap.mmap, segments: Mapping[int, _Segment]) -> Iterator[Edit]:
    """Look at what the segments up to the first scan say of the picture."""
    frame = next((segments[marker] for marker in _FRAMES if marker in segments), None)
    if frame is None:
        return
    if _APP0 in segments:
        yield from _version(data, segments[_APP0])
    if _APP14 in segments:
        yield from _transform(data, frame, segments[_APP14])
    if frame.marker in _SEQUENTIAL:
        yield from _scan_edits(data, segments[_SCAN])


def _segment(data: mmap.mmap, at: int) -> _Segment:
    """Read the marker at a place; those that stand alone have no content."""
    marker = data[at]
    if marker in _STANDALONE or marker in (_START, _END):
        return _Segment(marker, at + 1, at + 1)
    length = int.from_bytes(data[at + 1 : at + 3], "big")
    return _Segment(marker, at + 3, at + 1 + max(length, 2))


def _version(data: mmap.mmap, segment: _Segment) -> Iterator[Edit]:
    at = segment.start + _JFIF_MAJOR
    if at < segment.end and data[segment.start : at] == _JFIF and data[at] != 1:
        yield Edit(at, at + 1, b"\1")


def _transform(data: mmap.mmap, frame: _Segment, adobe: _Segment) -> Iterator[Edit]:
    """Say what libjpeg takes an unknown transform for: that of three channels, or of four."""
    at = adobe.start + _ADOBE_TRANSFORM
    if at < adobe.end and data[adobe.start : adobe.start + 5] == _ADOBE and data[at] > 2:
        yield Edit(at, at + 1, b"\2" if data[frame.start + 5] == 4 else b"\1")


def _scan_edits(data: mmap.mmap, first: _Segment) -> Iterator[Edit]:
    """Correct what the scans say of themselves, if the first one needs it."""
    scan: _Segment | None = first
    while scan:
        at = scan.end - len(_WHOLE_SCAN)
        if data[at : scan.end] != _WHOLE_SCAN:
            yield Edit(at, scan.end, _WHOLE_SCAN)
        elif scan is first:
            return
        scan = _next_scan(data, scan.end)


def _next_scan(data: mmap.mmap, at: int) -> _Segment | None:
    """Find the scan behind another one."""
    found = _AFTER_SCAN.search(data, at)
    while found:
        segment = _segment(data, found.end() - 1)
        if segment.marker == _SCAN:
            return segment if segment.end <= len(data) else None
        if segment.marker == _END:
            return None
        found = _NEXT.search(data, segment.end)
    return None
