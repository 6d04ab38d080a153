"""The family of PNM: PBM, PGM and PPM as text or bytes, PAM, and PFM with its numbers of light.

Sources: the manual pages of Netpbm (pbm, pgm, ppm, pam), and Paul Debevec's page about PFM.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ashim_core.plugin import Codec, Cost, Probe, Raster, hookimpl
from ashim_formats.pixels import linear, plain

if TYPE_CHECKING:
    from ashim_formats.pixels import Pixels

_HEAD = 4096
_GAP = rb"(?:\s|#[^\r\n]*[\r\n])+"
_NUMBER = rb"(\d{1,9})"
_SIZES = _GAP + _NUMBER + _GAP + _NUMBER
_BITMAP = re.compile(rb"P([14])" + _SIZES + rb"(?=(\s|#))")
_GREYS = re.compile(rb"P([2356])" + _SIZES + _GAP + _NUMBER + rb"\s")
_FLOATS = re.compile(rb"P([Ff])\s+(\d{1,9})\s+(\d{1,9})\s+(-?[\d.]{1,20}(?:e[-+]?\d{1,2})?)\s")
_ANY = re.compile(rb"P7\n((?:[^\n]{0,200}\n){1,100}?)ENDHDR\n")
_MOST = 65_535


class _Header(NamedTuple):
    """What the beginning of a file tells. most: the number for white. start: of the pixels."""

    kind: str
    width: int
    height: int
    bands: int
    most: int
    start: int
    order: str = ">"


def is_pnm(head: bytes) -> bool:
    """Say whether a file begins with a complete header of the family."""
    return _header(head) is not None


def _header(head: bytes) -> _Header | None:
    if found := _BITMAP.match(head):
        # The gap behind the sizes is one character before bytes, any number before text.
        return _Header(found[1].decode(), int(found[2]), int(found[3]), 1, 1, found.end() + 1)
    if found := _GREYS.match(head):
        kind = found[1].decode()
        bands = 3 if kind in "36" else 1
        return _Header(kind, int(found[2]), int(found[3]), bands, int(found[4]), found.end())
    if found := _FLOATS.match(head):
        bands = 3 if found[1] == b"F" else 1
        order = "<" if found[4].startswith(b"-") else ">"
        return _Header("F", int(found[2]), int(found[3]), bands, 1, found.end(), order)
    if found := _ANY.match(head):
        return _of_pam(found[1], found.end())
    return None


def _of_pam(lines: bytes, start: int) -> _Header | None:
    values = dict(re.findall(rb"^(WIDTH|HEIGHT|DEPTH|MAXVAL)\s+(\d{1,9})\s*$", lines, re.M))
    if len(values) < 4:
        return None
    names = (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL")
    width, height, depth, most = (int(values[name]) for name in names)
    return _Header("7", width, height, depth, most, start)


def _read_header(path: Path) -> _Header:
    with path.open("rb") as file:
        header = _header(file.read(_HEAD))
    if header is None or not 0 < header.most <= _MOST or header.bands > 4:
        raise ValueError("expected a header with a number for white, and 1 to 4 channels")
    return header


def probe(path: Path) -> Probe:
    """Read the header."""
    header = _read_header(path)
    bits = 32 if header.kind == "F" else max(8, header.most.bit_length())
    return Probe(header.width, header.height, header.bands, bits=bits)


def read(path: Path, all_frames: bool) -> Raster:
    """Decode the first picture of the file."""
    import numpy

    header = _read_header(path)
    if header.kind == "F":
        rows = _floats(path, header)
        return Raster((linear(rows[::-1]),))  # stored from the bottom up
    if header.kind in "123":
        numbers = _from_text(path, header)
    elif header.kind == "4":
        numbers = _from_bits(path, header)
    else:
        numbers = _from_bytes(path, header)
    if header.kind in "14":
        numbers = 1 - numbers  # the 1 of a bitmap is black
    whole = 255 if header.most < 256 else _MOST
    if header.most != whole:
        scaled = numbers.astype(numpy.float32) * (whole / header.most)
        numbers = scaled.clip(0, whole).round()
    kind = numpy.uint8 if whole == 255 else numpy.uint16
    return Raster((plain(numbers.astype(kind)),))


def _floats(path: Path, header: _Header) -> "Pixels":
    import numpy

    values = _counted(path, header, f"{header.order}f4")
    return values.astype(numpy.float32)


def _from_bytes(path: Path, header: _Header) -> "Pixels":
    return _counted(path, header, ">u2" if header.most > 255 else "u1")


def _counted(path: Path, header: _Header, kind: str) -> "Pixels":
    """Read as many numbers as the sizes say; an error if there are fewer."""
    import numpy

    shape = (header.height, header.width, header.bands)
    return numpy.memmap(path, dtype=kind, mode="r", offset=header.start, shape=shape)


def _from_bits(path: Path, header: _Header) -> "Pixels":
    import numpy

    shape = (header.height, -(-header.width // 8))
    packed = numpy.memmap(path, dtype="u1", mode="r", offset=header.start, shape=shape)
    return numpy.unpackbits(packed, axis=1)[:, : header.width, None]


def _from_text(path: Path, header: _Header) -> "Pixels":
    import numpy

    text = re.sub(rb"#[^\r\n]*", b" ", path.read_bytes()[header.start - 1 :])
    count = header.width * header.height * header.bands
    if header.kind == "1":
        # The digits of a bitmap need no spaces between them.
        digits = numpy.frombuffer(text.translate(None, b" \t\r\n\v\f"), dtype=numpy.uint8)
        numbers = digits[:count] - ord("0")
    else:
        numbers = numpy.fromstring(text, dtype=numpy.int32, count=count, sep=" ")
    if numbers.size < count or not 0 <= int(numbers.min()) <= int(numbers.max()) <= header.most:
        raise ValueError(
            "expected as many numbers as the sizes say, none above the number of white"
        )
    return numbers.reshape(header.height, header.width, header.bands)


@hookimpl
def ashim_codecs() -> Iterable[Codec]:
    yield Codec(
        "pnm",
        "image/x-portable-anymap",
        "pnm",
        recognise=is_pnm,
        probe=probe,
        read=read,
        extensions=("pam", "pbm", "pfm", "pgm", "ppm"),
        media_types=tuple(f"image/x-portable-{kind}" for kind in ("bitmap", "graymap", "pixmap")),
        cost=Cost(read=0.02),
    )
