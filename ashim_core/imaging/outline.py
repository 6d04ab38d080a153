"""Whether files of kinds that nothing here reads are what they begin like.

No pixel is decoded: sizes, counts and places of the parts have to fit each other and the file. A
few first bytes, which anybody can put before anything, are not enough to keep it as a picture.
"""

import mmap
import re
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

from ashim_core.errors import DecodeFailed
from ashim_core.imaging.iso_media import boxes
from ashim_core.imaging.pdf import is_pdf
from ashim_core.imaging.structure import mapped

_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)
_BMP_PACKED = (1, 2, 4, 5)
_PSD_MODES = (0, 1, 2, 3, 4, 7, 8, 9)
_PSD_SIDE = 300_000
_PSD_PACKINGS = 3
_MOST_ATTRIBUTES = 1000
_EXR_NAMES = 512
"""Bytes of the name of an attribute and the name of its type, at most."""
_LINES = 65_536
"""Bytes in which the lines of a Radiance picture end."""
_SIZE_LINE = re.compile(rb"\n\n {0,20}[-+][XY] {1,20}\d{1,9} {1,20}[-+][XY] {1,20}\d{1,9} {0,20}\n")


def check_outline(path: Path, kind: str) -> None:
    """Refuse a file of a kind that nothing here reads, if it isn't made like one: DecodeFailed."""
    check = _CHECKS.get(kind)
    if check is None:  # it is read here, so that its header has been looked at
        return
    with mapped(path) as data:
        try:
            whole = check(data)
        except (struct.error, IndexError, ValueError, OverflowError):
            whole = False
    if not whole:
        raise DecodeFailed(
            f"The file begins like {kind.upper()} but is none: it is damaged, cut off, or "
            "something else."
        )


def _is_bmp(data: mmap.mmap) -> bool:
    pixels, header = struct.unpack_from("<II", data, 10)
    if header not in _BMP_HEADERS:
        return False
    width, height, planes, bits = struct.unpack_from("<HHHH" if header == 12 else "<iiHH", data, 18)
    packed = header > 16 and struct.unpack_from("<I", data, 30)[0] in _BMP_PACKED
    row = -(-width * bits // 32) * 4
    size = 1 if packed else row * abs(height)
    if not (planes == 1 and width > 0 and height != 0):
        return False
    return bool(14 + header <= pixels <= len(data) - size)


def _is_ico(data: mmap.mmap) -> bool:
    (count,) = struct.unpack_from("<H", data, 4)
    behind = 6 + 16 * count
    entries = [struct.unpack_from("<II", data, 6 + 16 * number + 8) for number in range(count)]
    return count > 0 and all(
        size > 0
        and behind <= start <= len(data) - size
        and data[start : start + 4] in (b"\x89PNG", b"\x28\0\0\0")
        for size, start in entries
    )


def _is_psd(data: mmap.mmap) -> bool:
    version, reserved, channels, height, width, depth, mode = struct.unpack_from(
        ">H6sHIIHH", data, 4
    )
    if version not in (1, 2) or any(reserved) or mode not in _PSD_MODES:
        return False
    if not (0 < channels <= 56 and depth in (1, 8, 16, 32)):
        return False
    if not (0 < width <= _PSD_SIDE and 0 < height <= _PSD_SIDE):
        return False
    at = 26
    for length in (">I", ">I", ">I" if version == 1 else ">Q"):
        at += struct.calcsize(length) + struct.unpack_from(length, data, at)[0]
    (packing,) = struct.unpack_from(">H", data, at)
    return int(packing) <= _PSD_PACKINGS


def _is_exr(data: mmap.mmap) -> bool:
    if data[4] != 2:
        return False
    at = 8
    names: set[bytes] = set()
    for _ in range(_MOST_ATTRIBUTES):
        if data[at] == 0:
            return {b"channels", b"dataWindow"} <= names and at + 1 < len(data)
        name, _, rest = data[at : at + _EXR_NAMES].partition(b"\0")
        kind, _, _ = rest.partition(b"\0")
        names.add(name)
        at += len(name) + 1 + len(kind) + 1
        at += 4 + struct.unpack_from("<I", data, at)[0]
    return False


def _is_hdr(data: mmap.mmap) -> bool:
    found = _SIZE_LINE.search(data[:_LINES].replace(b"\r\n", b"\n"))
    return found is not None and found.end() < len(data)


def _is_jp2(data: mmap.mmap) -> bool:
    return _made_of(data, {b"ftyp", b"jp2h", b"jp2c"})


def _is_heif(data: mmap.mmap) -> bool:
    return _made_of(data, {b"ftyp", b"meta"}) or _made_of(data, {b"ftyp", b"moov"})


def _is_jxl(data: mmap.mmap) -> bool:
    """Look at the boxes. A bare codestream has none, and can't be told from anything else."""
    return _made_of(data, {b"ftyp", b"jxlc"}) or _made_of(data, {b"ftyp", b"jxlp"})


def _made_of(data: mmap.mmap, wanted: set[bytes]) -> bool:
    """Say whether a file is boxes from its beginning to its end, some of which there must be."""
    names, end = set(), 0
    for box in boxes(data, 0, len(data)):
        names.add(box.name)
        end = box.end
    return wanted <= names and end == len(data)


_CHECKS: Mapping[str, Callable[[mmap.mmap], bool]] = {
    "bmp": _is_bmp,
    "exr": _is_exr,
    "hdr": _is_hdr,
    "heif": _is_heif,
    "ico": _is_ico,
    "jp2": _is_jp2,
    "jxl": _is_jxl,
    "pdf": is_pdf,
    "psd": _is_psd,
}
