"""BMP whose header says by masks which bits of a pixel are red, green, blue and alpha.

Source: the reference of Microsoft for BITMAPINFOHEADER, BITMAPV4HEADER and their compressions.
"""

import struct
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyvips

from ashim_formats.pixels import plain

if TYPE_CHECKING:
    from ashim_formats.pixels import Pixels

_FILE_HEADER = 14
_INFO = struct.Struct("<IiiHHI")
_BIT_FIELDS, _WITH_ALPHA = 3, 6
"""Compressions: with three masks, and with four."""
_MASKS, _ALPHA_MASK = 54, 66
_V3 = 56
"""The length of the header from which on there is always a mask for alpha."""
_DEPTHS = {16: "<u2", 32: "<u4"}
_BYTE = 8


class BitFields(NamedTuple):
    """What the header says. height: negative where rows begin at the top. depth: bits of a pixel.

    masks: of red, green and blue. alpha: its mask, or 0. start: of the pixels.
    """

    width: int
    height: int
    depth: int
    masks: tuple[int, int, int]
    alpha: int
    start: int

    @property
    def bits(self) -> int:
        """Bits of the deepest channel; at least 8."""
        return max(_BYTE, *(mask.bit_count() for mask in self.masks))


def find(path: Path) -> BitFields | None:
    """Read the header; None if colours are stored in another way, ValueError for nonsense."""
    with path.open("rb") as file:
        head = file.read(_ALPHA_MASK + 4).ljust(_ALPHA_MASK + 4, b"\0")
    length, width, height, _, depth, compression = _INFO.unpack_from(head, _FILE_HEADER)
    if compression not in {_BIT_FIELDS, _WITH_ALPHA} or length not in {40, 52, 56, 108, 124}:
        return None
    masks = struct.unpack_from("<3I", head, _MASKS)
    has_alpha = compression == _WITH_ALPHA or length >= _V3
    (alpha,) = struct.unpack_from("<I", head, _ALPHA_MASK) if has_alpha else (0,)
    if depth not in _DEPTHS or width < 1 or height == 0 or not any(masks):
        raise ValueError("expected pixels of 16 or 32 bits")
    if any(mask >> depth or not _is_one_run(mask) for mask in (*masks, alpha)):
        raise ValueError("expected each mask to be one run of bits")
    return BitFields(width, height, depth, masks, alpha, struct.unpack_from("<I", head, 10)[0])


def _is_one_run(mask: int) -> bool:
    run = mask >> _shift(mask)
    return not run & (run + 1)


def _shift(mask: int) -> int:
    """Give how many bits lie below those of a mask."""
    return (mask & -mask).bit_length() - 1 if mask else 0


def read(path: Path, fields: BitFields) -> pyvips.Image:
    """Decode the pixels; alpha that is 0 everywhere was left empty by whoever wrote the file."""
    import numpy

    height = abs(fields.height)
    row = -(-fields.width * fields.depth // 32) * 4
    with path.open("rb") as file:
        file.seek(fields.start)
        data = file.read(row * height)
    rows = numpy.frombuffer(data, numpy.uint8).reshape(height, row)
    if fields.height > 0:
        rows = rows[::-1]
    used = numpy.ascontiguousarray(rows[:, : fields.width * fields.depth // 8])
    values = used.view(_DEPTHS[fields.depth])
    channels = [_channel(values, mask) for mask in fields.masks]
    if fields.alpha and (values & numpy.uint32(fields.alpha)).any():
        channels.append(_channel(values, fields.alpha))
    return plain(numpy.stack(channels, axis=2))


def _channel(values: "Pixels", mask: int) -> "Pixels":
    """Give what a mask selects, from 0 to 255; an empty one selects nothing."""
    import numpy

    most = mask >> _shift(mask)
    if most == 0:
        return numpy.zeros(values.shape, numpy.uint8)
    selected = (values & numpy.uint32(mask)) >> numpy.uint32(_shift(mask))
    channel: Pixels = numpy.round(selected * (255 / most)).astype(numpy.uint8)
    return channel
