"""JPEG 2000, read by OpenJPEG through Pillow.

Source: ISO/IEC 15444-1, annexes A (the codestream) and I (the boxes around it).
"""

import os
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from ashim_core.plugin import Codec, Cost, Probe, Raster, hookimpl
from ashim_formats.pixels import decoded, opened, plain

_BOXES = b"\0\0\0\x0cjP  \r\n\x87\n"
_CODESTREAM = b"\xff\x4f\xff\x51"
_MOST_BOXES = 100
_SIZES = struct.Struct(">4x4xIIIIIIIIHB")
"""The codestream's first segment: sides, offsets, the same of tiles, channels, their depth."""
_TILE_PART = struct.Struct(">HHHI")
_TILE, _END = 0xFF90, 0xFFD9


def is_jp2(head: bytes) -> bool:
    """Say whether a file is JPEG 2000, in boxes or bare."""
    return head.startswith((_BOXES, _CODESTREAM))


def probe(path: Path) -> Probe:
    """Read the header."""
    from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile

    with opened(Jpeg2KImageFile, path) as image:
        return Probe(*image.size, bands=len(image.getbands()), bits=_bits(path))


def _bits(path: Path) -> int:
    """Give the depth of the first channel."""
    with path.open("rb") as file:
        _seek_codestream(file)
        depth = file.read(_SIZES.size)[_SIZES.size - 1]
    return max(8, (depth & 0x7F) + 1)


def _check_tiles(path: Path) -> None:
    """Count the tiles: OpenJPEG says nothing of those that are missing."""
    with path.open("rb") as file:
        _seek_codestream(file)
        begin = file.tell()
        right, bottom, _, _, width, height, left, top, *_ = _SIZES.unpack(file.read(_SIZES.size))
        file.seek(begin + 2)
        found = len(_tiles(file))
    if found != -((left - right) // width) * -((top - bottom) // height):
        raise ValueError("expected every tile of the picture")


def _tiles(file: BinaryIO) -> set[int]:
    """Walk the segments, and give the numbers of the tiles that are there."""
    numbers = set()
    while len(head := file.read(_TILE_PART.size)) == _TILE_PART.size:
        marker, length, number, part = _TILE_PART.unpack(head)
        if marker == _END:
            break
        skip = 2 + length
        if marker == _TILE:
            numbers.add(number)
            if part == 0:  # it goes to the end of the file
                break
            skip = max(part, skip)
        file.seek(skip - _TILE_PART.size, os.SEEK_CUR)
    return numbers


def _seek_codestream(file: BinaryIO) -> None:
    at = 0
    for _ in range(_MOST_BOXES):
        file.seek(at)
        head = file.read(16)
        if head.startswith(_CODESTREAM):
            file.seek(at)
            return
        (length,) = struct.unpack_from(">I", head)
        begin = 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", head, 8)
            begin = 16
        at += begin if head[4:8] == b"jp2c" else max(length, begin)
    raise ValueError("expected a codestream among the boxes")


def read(path: Path, all_frames: bool) -> Raster:
    """Decode the picture; Pillow itself reduces colours of more than 8 bits."""
    import numpy
    from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile

    _check_tiles(path)
    image = opened(Jpeg2KImageFile, path)
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):
        with image:
            image.load()
            grey = numpy.asarray(image).clip(0, 65_535).astype(numpy.uint16)
        return Raster((plain(grey[:, :, None]),), profile)
    return Raster((decoded(image),), profile)


@hookimpl
def ashim_codecs() -> Iterable[Codec]:
    yield Codec(
        "jp2",
        "image/jp2",
        "jp2",
        recognise=is_jp2,
        probe=probe,
        read=read,
        extensions=("j2k", "jpx", "j2c"),
        media_types=("image/jpx", "image/x-jp2"),
        cost=Cost(read=0.4),
    )
