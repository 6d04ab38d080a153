"""BMP, read by Pillow but for bit fields; written as 24 bits, or 32 with alpha."""

import struct
from collections.abc import Iterable
from pathlib import Path

from ashim_core.plugin import Codec, Cost, Probe, Raster, Writing, hookimpl, to_numpy
from ashim_formats import bit_fields
from ashim_formats.pixels import decoded, opened

_FILE_HEADER, _V4_HEADER = 14, 108
_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})
"""Lengths of the second header, by which its versions are told apart."""
_BIT_FIELDS = 3
_PER_METRE = 2835
_MASKS = (0x00FF0000, 0x0000FF00, 0x000000FF, 0xFF000000)


def is_bmp(head: bytes) -> bool:
    """Say whether a file begins with both headers of a BMP."""
    return head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _HEADERS


def probe(path: Path) -> Probe:
    """Read the header."""
    from PIL.BmpImagePlugin import BmpImageFile

    if fields := bit_fields.find(path):
        return Probe(
            fields.width, abs(fields.height), bands=4 if fields.alpha else 3, bits=fields.bits
        )
    with opened(BmpImageFile, path) as image:
        return Probe(*image.size, bands=4 if image.mode == "RGBA" else 3)


def read(path: Path, all_frames: bool) -> Raster:
    """Decode the picture."""
    from PIL.BmpImagePlugin import BmpImageFile

    if fields := bit_fields.find(path):
        return Raster((bit_fields.read(path, fields),))
    return Raster((decoded(opened(BmpImageFile, path)),))


def write(writing: Writing) -> None:
    """Write uncompressed rows, from the bottom up as every reader knows them."""
    import numpy

    frame = writing.frames[0]
    frame = frame if frame.bands > 2 else frame.colourspace("srgb")
    order = [2, 1, 0, 3][: frame.bands]
    rows = to_numpy(frame)[::-1, :, order].reshape(frame.height, frame.width * frame.bands)
    padded = numpy.pad(rows, ((0, 0), (0, -rows.shape[1] % 4)))
    with writing.path.open("wb") as file:
        file.write(_headers(frame.width, frame.height, 8 * frame.bands, padded.size))
        file.write(padded.tobytes())


def _headers(width: int, height: int, bits: int, size: int) -> bytes:
    """Give both headers. Only the fourth version says where the alpha is."""
    start = _FILE_HEADER + _V4_HEADER
    compression = _BIT_FIELDS if bits == 32 else 0
    first = struct.pack("<2sIHHI", b"BM", start + size, 0, 0, start)
    second = struct.pack(
        "<IiiHHIIiiII",
        *(_V4_HEADER, width, height, 1, bits, compression, size, _PER_METRE, _PER_METRE, 0, 0),
    )
    masks = struct.pack("<4I4s", *(_MASKS if bits == 32 else (0, 0, 0, 0)), b"BGRs")
    return first + (second + masks).ljust(_V4_HEADER, b"\0")


@hookimpl
def ashim_codecs() -> Iterable[Codec]:
    yield Codec(
        "bmp",
        "image/bmp",
        "bmp",
        recognise=is_bmp,
        probe=probe,
        read=read,
        write=write,
        extensions=("dib",),
        media_types=("image/x-ms-bmp", "image/x-bmp"),
        alpha=True,
        container="plain",
        cost=Cost(read=0.02, write=0.03),
    )
