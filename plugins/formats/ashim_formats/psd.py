"""Photoshop's PSD and PSB: the picture of all layers together, which the file holds ready-made.

Source: Adobe Photoshop File Formats Specification, November 2019.
"""

import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import pyvips

from ashim_core.plugin import Codec, Cost, Probe, Raster, ToolError, hookimpl
from ashim_formats.pixels import linear, picture, plain

if TYPE_CHECKING:
    from ashim_formats.pixels import Pixels

_HEADER = struct.Struct(">4sH6xHIIHH")
_BITMAP, _GREY, _INDEXED, _RGB, _CMYK, _DUOTONE, _LAB = 0, 1, 2, 3, 4, 8, 9
_COLOURS = {_BITMAP: 1, _GREY: 1, _INDEXED: 1, _RGB: 3, _CMYK: 4, _DUOTONE: 1, _LAB: 3}
_SPACES = {_GREY: b"GRAY", _RGB: b"RGB ", _CMYK: b"CMYK", _LAB: b"Lab "}
"""What the profile of each mode says that it is for."""
_RAW, _PACKED = 0, 1
_ICC = 1039
_DEEP_LAYERS = {b"Lr16", b"Lr32"}
_LONG_IN_PSB = {*_DEEP_LAYERS, b"LMsk", b"Layr", b"Mt16", b"Mt32", b"Mtrn", b"Alph"}
_MOST_BLOCKS = 1000
_PALETTE = 768


class _Header(NamedTuple):
    """What the beginning tells. large: PSB, where lengths have twice as many bytes."""

    large: bool
    channels: int
    height: int
    width: int
    depth: int
    mode: int

    @property
    def row(self) -> int:
        """Bytes of one row of one channel."""
        return (self.width * self.depth + 7) // 8


class _Sections(NamedTuple):
    """palette: of indexed colours. transparent: the first spare channel is alpha."""

    palette: bytes
    profile: bytes | None
    transparent: bool


def is_psd(head: bytes) -> bool:
    """Say whether a file begins as PSD or PSB does."""
    return head.startswith((b"8BPS\0\1", b"8BPS\0\2"))


def probe(path: Path) -> Probe:
    """Read the header and the sections before the pixels."""
    with path.open("rb") as file:
        header = _header(file)
        bands = _COLOURS[header.mode] + _sections(file, header).transparent
    return Probe(header.width, header.height, bands, bits=max(8, header.depth))


def _header(file: BinaryIO) -> _Header:
    _, version, channels, height, width, depth, mode = _HEADER.unpack(file.read(_HEADER.size))
    if mode not in _COLOURS:
        raise ToolError(
            "The PSD picture has several channels without colours: expected RGB, CMYK, Lab, grey, "
            "indexed colours or a bitmap.",
            code="FORMAT_NOT_SUPPORTED",
        )
    depths = {_BITMAP: {1}, _INDEXED: {8}}.get(mode, {8, 16, 32})
    if depth not in depths or channels < _COLOURS[mode]:
        raise ValueError("expected a depth and channels that go with the mode")
    return _Header(version == 2, channels, height, width, depth, mode)


def _sections(file: BinaryIO, header: _Header) -> _Sections:
    """Read what lies between header and pixels, and leave the file at the pixels."""
    palette = _part(file, 4, _PALETTE)
    profile = _profile(file, header)
    end, begin = _extent(file, 8 if header.large else 4)
    transparent = header.channels > _COLOURS[header.mode] and any(
        count < 0 for count in _layer_counts(file, header, begin, end)
    )
    file.seek(end)
    return _Sections(palette, profile, transparent)


def _number(file: BinaryIO, size: int) -> int:
    data = file.read(size)
    if len(data) < size:
        raise ValueError("expected a number, found the end of the file")
    return int.from_bytes(data, "big")


def _extent(file: BinaryIO, size: int) -> tuple[int, int]:
    """Read the length of a section: give its end, which lies inside the file, and its beginning."""
    length = _number(file, size)
    begin = file.tell()
    if begin + length > os.fstat(file.fileno()).st_size:
        raise ValueError("expected a section to end inside the file")
    return begin + length, begin


def _part(file: BinaryIO, size: int, most: int) -> bytes:
    """Read the beginning of a section and go to its end."""
    end, begin = _extent(file, size)
    data = file.read(min(most, end - begin))
    file.seek(end)
    return data


def _profile(file: BinaryIO, header: _Header) -> bytes | None:
    """Find the ICC profile among the resources; only one that is for such colours is of use."""
    end, _ = _extent(file, 4)
    profile = None
    for _ in range(_MOST_BLOCKS):
        if file.tell() + 12 > end or file.read(4) != b"8BIM":
            break
        kind = _number(file, 2)
        name = _number(file, 1)
        file.seek(name + (name + 1) % 2, os.SEEK_CUR)
        size = _number(file, 4)
        if kind == _ICC and file.tell() + size <= end:
            profile = file.read(size)
            break
        file.seek(size + size % 2, os.SEEK_CUR)
    file.seek(end)
    fits = profile is not None and profile[16:20] == _SPACES.get(header.mode)
    return profile if fits and header.depth < 32 else None


def _layer_counts(file: BinaryIO, header: _Header, begin: int, end: int) -> Iterator[int]:
    """Give the numbers of layers, negative where alpha of the whole picture is stored."""
    size = 8 if header.large else 4
    file.seek(begin)
    if end - begin < size:
        return
    length = _number(file, size)
    if length:
        yield _count(file)
    file.seek(begin + size + length)
    if file.tell() + 4 <= end:
        file.seek(_number(file, 4), os.SEEK_CUR)  # the mask of all layers
    for _ in range(_MOST_BLOCKS):
        if file.tell() + 12 > end or file.read(4) not in {b"8BIM", b"8B64"}:
            return
        key = file.read(4)
        length = _number(file, 8 if header.large and key in _LONG_IN_PSB else 4)
        after = file.tell() + length + -length % 4
        if key in _DEEP_LAYERS and length:
            yield _count(file)
        file.seek(after)


def _count(file: BinaryIO) -> int:
    number = _number(file, 2)
    return number - 65_536 if number > 32_767 else number


def read(path: Path, all_frames: bool) -> Raster:
    """Decode the ready-made picture."""
    with path.open("rb") as file:
        header = _header(file)
        sections = _sections(file, header)
        pixels = _channels(file, header, _COLOURS[header.mode] + sections.transparent)
    if sections.transparent and header.mode in {_RGB, _GREY}:
        _take_white_out(pixels)
    return Raster((_picture(pixels, header, sections),), sections.profile)


def _channels(file: BinaryIO, header: _Header, count: int) -> "Pixels":
    """Read the first so many channels, which lie one behind the other."""
    import numpy

    pixels = numpy.empty((header.height, header.width, count), _kind(header.depth))
    for channel, data in zip(range(count), _planes(file, header), strict=False):
        rows = numpy.frombuffer(data, numpy.uint8).reshape(header.height, header.row)
        if header.depth == 1:
            pixels[:, :, channel] = numpy.unpackbits(rows, axis=1)[:, : header.width]
        else:
            stored = numpy.dtype(_kind(header.depth)).newbyteorder(">")
            pixels[:, :, channel] = rows.view(stored)
    return pixels


def _kind(depth: int) -> str:
    return {1: "uint8", 8: "uint8", 16: "uint16", 32: "float32"}[depth]


def _planes(file: BinaryIO, header: _Header) -> Iterator[bytes]:
    """Give the bytes of one channel after the other."""
    compression = _number(file, 2)
    size = header.row * header.height
    if compression == _RAW:
        for _ in range(header.channels):
            yield file.read(size)
    elif compression == _PACKED:
        yield from _unpacked(file, header)
    else:
        raise ValueError("expected pixels as they are, or packed")


def _unpacked(file: BinaryIO, header: _Header) -> Iterator[bytes]:
    """Unpack channels of which each row says how many bytes it takes."""
    import numpy
    from PIL import Image

    kind = ">u4" if header.large else ">u2"
    width = numpy.dtype(kind).itemsize
    table = file.read(width * header.height * header.channels)
    lengths = numpy.frombuffer(table, kind).reshape(header.channels, header.height)
    for total in lengths.sum(axis=1, dtype=numpy.int64):
        packed = file.read(int(total))
        size = (header.row, header.height)
        yield Image.frombytes("L", size, packed, "packbits", "L").tobytes()


def _take_white_out(pixels: "Pixels") -> None:
    """Undo that half transparent colours are stored mixed with white."""
    import numpy

    whole = 1.0 if pixels.dtype.kind == "f" else float(numpy.iinfo(pixels.dtype).max)
    alpha = pixels[:, :, -1]
    mixed = (alpha > 0) & (alpha < whole)
    share = alpha[mixed].astype(numpy.float32)[:, None] / whole
    colours = pixels[mixed][:, :-1].astype(numpy.float32)
    pure = ((colours - whole * (1 - share)) / share).clip(0, whole)
    pixels[mixed, :-1] = pure if pixels.dtype.kind == "f" else pure.round()


def _picture(pixels: "Pixels", header: _Header, sections: _Sections) -> pyvips.Image:
    """Give colours the meaning that their mode has."""
    import numpy

    if header.mode == _BITMAP:
        return plain((1 - pixels) * numpy.uint8(255))
    if header.mode == _INDEXED:
        return _indexed(pixels, sections.palette)
    if header.mode == _CMYK:
        return _inks(pixels, header.depth)
    if header.mode == _LAB:
        return _lab(pixels, header.depth)
    return linear(pixels) if header.depth == 32 else plain(pixels)


def _indexed(pixels: "Pixels", palette: bytes) -> pyvips.Image:
    """Look colours up in the palette: all reds, all greens, all blues."""
    import numpy

    colours = numpy.frombuffer(palette, numpy.uint8).reshape(3, 256).T
    opaque = colours[pixels[:, :, 0]]
    return plain(numpy.concatenate([opaque, pixels[:, :, 1:]], axis=2))


def _inks(pixels: "Pixels", depth: int) -> pyvips.Image:
    """Turn inks round: stored is how much of the paper stays."""
    import numpy

    if depth == 32:
        raise ValueError("expected inks of 8 or 16 bits")
    if depth == 16:
        pixels = (pixels // 257).astype(numpy.uint8)
    inks = picture(255 - pixels[:, :, :4], "cmyk")
    return inks.bandjoin(picture(pixels[:, :, 4:], "b-w")) if pixels.shape[2] > 4 else inks


def _lab(pixels: "Pixels", depth: int) -> pyvips.Image:
    """Give L from 0 to 100, and a and b around 0."""
    import numpy

    if depth == 32:
        raise ValueError("expected Lab of 8 or 16 bits")
    whole, middle, unit = (255, 128, 1) if depth == 8 else (65_535, 32_768, 256)
    values = pixels.astype(numpy.float32)
    values[:, :, 0] *= 100 / whole
    values[:, :, 1:3] = (values[:, :, 1:3] - middle) / unit
    values[:, :, 3:] *= 255 / whole
    return picture(values, "lab").colourspace("srgb")


@hookimpl
def ashim_codecs() -> Iterable[Codec]:
    yield Codec(
        "psd",
        "image/vnd.adobe.photoshop",
        "psd",
        recognise=is_psd,
        probe=probe,
        read=read,
        extensions=("psb",),
        media_types=("image/x-photoshop", "application/x-photoshop"),
        cost=Cost(read=0.05),
    )
