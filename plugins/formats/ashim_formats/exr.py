"""OpenEXR: pictures of light, read by the library of the same name.

The header is read here, so that nothing is believed before the core has seen the sizes. Source:
"OpenEXR File Layout", in the documentation of OpenEXR.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ashim_core.plugin import Codec, Cost, Probe, Raster, ToolError, hookimpl
from ashim_formats.pixels import linear_in_strips

if TYPE_CHECKING:
    from ashim_formats.pixels import Pixels

_MAGIC = b"v/1\x01"
_DEEP, _SEVERAL_PARTS = 0x800, 0x1000
_LONGEST_HEADER = 1024 * 1024
_LONGEST_NAME = 256
_CHANNEL = struct.Struct("<iB3xii")
_HALF, _HALF_BITS = 1, 16


class _Header(NamedTuple):
    """The sizes of the pixels that are there; the channels that make the picture; their depth."""

    width: int
    height: int
    channels: tuple[str, ...]
    bits: int


def is_exr(head: bytes) -> bool:
    """Say whether a file begins as OpenEXR does."""
    return head.startswith(_MAGIC)


def _read_header(path: Path) -> _Header:
    with path.open("rb") as file:
        data = file.read(_LONGEST_HEADER)
    (flags,) = struct.unpack_from("<4xI", data)
    if flags & (_DEEP | _SEVERAL_PARTS):
        raise ToolError(
            "The EXR file has several parts, or pixels of several depths: expected one flat "
            "picture.",
            code="FORMAT_NOT_SUPPORTED",
        )
    attributes = dict(_attributes(data))
    left, top, right, bottom = struct.unpack("<4i", attributes["dataWindow"])
    kinds = dict(_channels(attributes["channels"]))
    return _Header(
        right - left + 1,
        bottom - top + 1,
        _wanted(kinds),
        _HALF_BITS if set(kinds.values()) == {_HALF} else 32,
    )


def _attributes(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Walk the header: each attribute has a name, a type, a length and a value."""
    at = 8
    while data[at : at + 1] != b"\0":
        name, at = _name(data, at)
        _, at = _name(data, at)
        (size,) = struct.unpack_from("<I", data, at)
        at += 4
        if at + size > len(data):
            raise ValueError("expected an attribute to end with the header")
        yield name, data[at : at + size]
        at += size


def _name(data: bytes, at: int) -> tuple[str, int]:
    end = data.index(b"\0", at, at + _LONGEST_NAME)
    return data[at:end].decode(), end + 1


def _channels(data: bytes) -> Iterator[tuple[str, int]]:
    """Give name and type of the channels in which every pixel has a value."""
    at = 0
    while data[at : at + 1] not in {b"\0", b""}:
        name, at = _name(data, at)
        kind, _, across, down = _CHANNEL.unpack_from(data, at)
        at += _CHANNEL.size
        if (across, down) == (1, 1):
            yield name, kind


def _wanted(channels: Mapping[str, int]) -> tuple[str, ...]:
    """Name the channels to use: colours or grey, and alpha if there is any."""
    alpha = ("A",) if "A" in channels else ()
    for colours in (("R", "G", "B"), ("Y",)):
        if set(colours) <= channels.keys():
            return colours + alpha
    raise ToolError(
        "The EXR file has no picture in colours or grey: expected the channels R, G and B, or Y.",
        code="FORMAT_NOT_SUPPORTED",
    )


def probe(path: Path) -> Probe:
    """Read the header."""
    header = _read_header(path)
    return Probe(header.width, header.height, len(header.channels), bits=header.bits)


def read(path: Path, all_frames: bool) -> Raster:
    """Decode the picture; light brighter than white is cut off, as are pixels that are not there.

    Colours are stored multiplied by their alpha.
    """
    import numpy

    header = _read_header(path)
    planes = _decoded(path, header)

    def light(rows: slice) -> "Pixels":
        pixels = numpy.stack([plane[rows] for plane in planes], axis=2).astype(numpy.float32)
        if "A" in header.channels:
            alpha = pixels[:, :, -1:].clip(0, 1)
            pixels[:, :, :-1] /= numpy.where(alpha > 0, alpha, 1)
        return pixels

    return Raster((linear_in_strips(header.height, light),))


def _decoded(path: Path, header: _Header) -> "list[Pixels]":
    import numpy

    # By name: no type information is published for it.
    library: Any = import_module("OpenEXR")
    imath: Any = import_module("Imath")
    kind = imath.PixelType.HALF if header.bits == _HALF_BITS else imath.PixelType.FLOAT
    file = library.InputFile(str(path))
    try:
        shape = (header.height, header.width)
        return [
            numpy.frombuffer(plane, f"f{header.bits // 8}").reshape(shape)
            for plane in file.channels(header.channels, imath.PixelType(kind))
        ]
    finally:
        file.close()


@hookimpl
def ashim_codecs() -> Iterable[Codec]:
    yield Codec(
        "exr", "image/x-exr", "exr", recognise=is_exr, probe=probe, read=read, cost=Cost(read=0.12)
    )
