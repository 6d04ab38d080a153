"""TGA, read by Pillow.

A TGA has no signature. Its header has so few values that make sense, though, that no other kind
of file known here passes for one. Source: Truevision TGA File Format Specification, version 2.0.
"""

import io
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ashim_core.plugin import Codec, Cost, Probe, Raster, hookimpl
from ashim_formats.pixels import decoded, opened

_HEADER = struct.Struct("<BBBHHBHHHHBB")
_PALETTE, _COLOUR, _GREY = {1, 9}, {2, 10}, {3, 11}
_DEPTHS = {
    **{kind: {8} for kind in _PALETTE},
    **{kind: {16, 24, 32} for kind in _COLOUR},
    **{kind: {8, 16} for kind in _GREY},
}
_PACKED, _PACKING = {9, 10, 11}, 8
_COUNT = 0x7F
_WITH_ALPHA = 32
_ALPHA_BITS = 0x0F
_RESERVED_BITS = 0xC0


class _Header(NamedTuple):
    id_length: int
    has_palette: int
    kind: int
    palette_start: int
    palette_length: int
    palette_depth: int
    left: int
    bottom: int
    width: int
    height: int
    depth: int
    descriptor: int


def is_tga(head: bytes) -> bool:
    """Say whether every value at the beginning of a file makes sense as a TGA's."""
    if len(head) <= _HEADER.size:
        return False
    header = _Header(*_HEADER.unpack_from(head))
    return (
        header.depth in _DEPTHS.get(header.kind, ())
        and min(header.width, header.height) > 0
        and not header.descriptor & _RESERVED_BITS
        and header.descriptor & _ALPHA_BITS in {0, 1, 8}
        and _palette_makes_sense(header)
    )


def _palette_makes_sense(header: _Header) -> bool:
    if header.kind in _PALETTE:
        wanted = header.palette_length and header.palette_depth in {15, 16, 24, 32}
        return header.has_palette == 1 and bool(wanted)
    return header.has_palette == 0 and header.palette_length == 0


def probe(path: Path) -> Probe:
    """Read the header."""
    from PIL.TgaImagePlugin import TgaImageFile

    with opened(TgaImageFile, path) as image:
        return Probe(*image.size, bands=len(image.getbands()))


def read(path: Path, all_frames: bool) -> Raster:
    """Decode the picture.

    Where the header says that there is no alpha, its bits mean something only if they differ: many
    programs forget to say so, and others leave all of them empty or full.
    """
    from PIL.TgaImagePlugin import TgaImageFile

    with path.open("rb") as file:
        header = _Header(*_HEADER.unpack(file.read(_HEADER.size)))
    source = TgaImageFile(io.BytesIO(_unpacked(path, header))) if header.kind in _PACKED else None
    frame = decoded(source or opened(TgaImageFile, path))
    if frame.bands == 4 and header.kind in _COLOUR and not header.descriptor & _ALPHA_BITS:
        alpha = frame[3]
        if header.depth < _WITH_ALPHA or alpha.min() == alpha.max():
            frame = frame[:3]
    return Raster((frame,))


def _unpacked(path: Path, header: _Header) -> bytes:
    """Give the same picture not packed: packets may go on in the next row, which Pillow refuses."""
    data = path.read_bytes()
    pixel = header.depth // 8
    start = _HEADER.size + header.id_length
    start += header.palette_length * -(-header.palette_depth // 8) * header.has_palette
    pixels, at = bytearray(), start
    wanted = header.width * header.height * pixel
    while len(pixels) < wanted:
        count = (data[at] & _COUNT) + 1
        if data[at] > _COUNT:
            pixels += data[at + 1 : at + 1 + pixel] * count
            at += 1 + pixel
        else:
            pixels += data[at + 1 : at + 1 + pixel * count]
            at += 1 + pixel * count
        if at > len(data):
            raise ValueError("expected a packet to end inside the file")
    if len(pixels) != wanted:
        raise ValueError("expected the last packet to end with the picture")
    plain = header._replace(kind=header.kind - _PACKING)
    return _HEADER.pack(*plain) + data[_HEADER.size : start] + pixels


@hookimpl
def ashim_codecs() -> Iterable[Codec]:
    yield Codec(
        "tga",
        "image/x-tga",
        "tga",
        recognise=is_tga,
        probe=probe,
        read=read,
        media_types=("image/x-targa",),
        cost=Cost(read=0.12),
    )
