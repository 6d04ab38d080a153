"""Radiance HDR: pictures of light, three mantissas with a common exponent per pixel.

Source: Greg Ward, "Real Pixels", in Graphics Gems II, and the file-format page of Radiance.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ashim_core.plugin import Codec, Cost, Probe, Raster, hookimpl
from ashim_formats.pixels import linear_in_strips, picture

if TYPE_CHECKING:
    from ashim_formats.pixels import Pixels

_MAGIC = (b"#?RADIANCE", b"#?RGBE")
_LONGEST_HEADER = 65_536
_SIZE = re.compile(
    rb"\r?\n\r?\n *([-+])([XY]) {1,9}(\d{1,9}) {1,9}([-+])([XY]) {1,9}(\d{1,9}) *\r?\n"
)
_ORIENTATIONS = {
    b"-Y+X": 1,
    b"-Y-X": 2,
    b"+Y-X": 3,
    b"+Y+X": 4,
    b"+X-Y": 5,
    b"-X-Y": 6,
    b"-X+Y": 7,
    b"+X+Y": 8,
}
"""Which way rows and columns go, as the EXIF orientation that says the same."""
_PACKED_WIDTHS = range(8, 32_768)
_BITS = 32


class _Header(NamedTuple):
    """width, height: as stored. xyz: the mantissas are of X, Y and Z. start: of the pixels."""

    width: int
    height: int
    orientation: int
    xyz: bool
    start: int


def is_hdr(head: bytes) -> bool:
    """Say whether a file begins with one of the two names of the format."""
    return head.startswith(_MAGIC)


def _read_header(path: Path) -> _Header:
    with path.open("rb") as file:
        text = file.read(_LONGEST_HEADER)
    found = _SIZE.search(text)
    if found is None or found[2] == found[5]:
        raise ValueError("expected the sizes behind an empty line")
    return _Header(
        width=int(found[6]),
        height=int(found[3]),
        orientation=_ORIENTATIONS[found[1] + found[2] + found[4] + found[5]],
        xyz=b"\nFORMAT=32-bit_rle_xyze" in text[: found.start() + 1],
        start=found.end(),
    )


def probe(path: Path) -> Probe:
    """Read the header."""
    header = _read_header(path)
    return Probe(header.width, header.height, orientation=header.orientation, bits=_BITS)


def read(path: Path, all_frames: bool) -> Raster:
    """Decode the picture; light brighter than white is cut off."""
    import numpy

    header = _read_header(path)
    with path.open("rb") as file:
        file.seek(header.start)
        data = file.read()
    if header.width in _PACKED_WIDTHS and data[:2] == b"\2\2" and data[2] < 128:
        pixels = _rows(data, header)
    else:
        pixels = _runs_of_pixels(data, header)

    def light(rows: slice) -> "Pixels":
        part = pixels[rows]
        exponents = part[:, :, 3:].astype(numpy.int32) - 136
        return numpy.ldexp(part[:, :, :3].astype(numpy.float32), exponents)

    if header.xyz:
        # libvips wants Y = 100 for white.
        image = picture(light(slice(None)) * numpy.float32(100), "xyz")
        return Raster((image.colourspace("srgb"),))
    return Raster((linear_in_strips(header.height, light),))


def _rows(data: bytes, header: _Header) -> "Pixels":
    """Decode rows that are packed one by one, each channel for itself."""
    import numpy

    width = header.width
    begin = b"\2\2" + width.to_bytes(2, "big")
    pixels = numpy.empty((header.height, 4, width), numpy.uint8)
    at = 0
    for row in pixels:
        if data[at : at + 4] != begin:
            raise ValueError("expected the mark of a packed row")
        values, at = _unpacked(data, at + 4, 4 * width)
        row[:] = numpy.frombuffer(values, numpy.uint8).reshape(4, width)
    return pixels.transpose(0, 2, 1)


def _unpacked(data: bytes, at: int, wanted: int) -> tuple[bytearray, int]:
    """Give so many values from a place on, and the place behind them."""
    values = bytearray()
    while len(values) < wanted:
        count = data[at]
        if count > 128:
            values += data[at + 1 : at + 2] * (count - 128)
            at += 2
        elif count:
            values += data[at + 1 : at + 1 + count]
            at += 1 + count
        else:
            raise ValueError("expected a run of at least one value")
    if len(values) != wanted:
        raise ValueError("expected a run to end with its row")
    return values, at


def _runs_of_pixels(data: bytes, header: _Header) -> "Pixels":
    """Decode pixels one after the other, in which 1, 1, 1, n repeats the last one.

    Repetitions that follow each other are digits of one number, the lowest first.
    """
    import numpy

    wanted = header.width * header.height
    quads = numpy.frombuffer(data[: len(data) // 4 * 4][: 4 * wanted], numpy.uint8).reshape(-1, 4)
    repeats = (quads[:, :3] == 1).all(axis=1)
    if not len(quads) or repeats[0]:
        raise ValueError("expected the first pixel to be no repetition")
    if not repeats.any():
        return quads.reshape(header.height, header.width, 4)
    index = numpy.arange(len(quads))
    last_pixel = numpy.maximum.accumulate(numpy.where(repeats, 0, index))
    digits = numpy.minimum(index - last_pixel - 1, 4).clip(0)
    counts = numpy.where(repeats, quads[:, 3].astype(numpy.int64) << (8 * digits), 1)
    ends = numpy.cumsum(counts)
    used = int(numpy.searchsorted(ends, wanted)) + 1
    if used > len(quads) or ends[used - 1] != wanted:
        raise ValueError("expected as many pixels as the sizes say")
    sources = numpy.repeat(last_pixel[:used], counts[:used])
    pixels: Pixels = quads[sources].reshape(header.height, header.width, 4)
    return pixels


@hookimpl
def ashim_codecs() -> Iterable[Codec]:
    yield Codec(
        "hdr",
        "image/vnd.radiance",
        "hdr",
        recognise=is_hdr,
        probe=probe,
        read=read,
        extensions=("pic", "rgbe", "xyze"),
        cost=Cost(read=0.1),
    )
