"""The blocks of a GIF.

Source of the layout: the GIF89a specification, sections 17 to 27; of the loop, which is none of it,
the application extension NETSCAPE2.0.
"""

import struct

from ashim_gif.encoder.changes import Box
from ashim_gif.encoder.table import Table

TRAILER = b"\x3b"
_TABLE, _DEPTH, _TRANSPARENT = 0x80, 0x70, 1
"""Flags: a table follows; colours were of 8 bits; one number stands for what is not drawn."""
_STAYS, _CLEARED = 1 << 2, 2 << 2


def head(size: tuple[int, int], table: Table) -> bytes:
    """Begin a file: width and height, and the colours that frames share."""
    data = table.data if len(table) else b""
    flags = _DEPTH | (_TABLE | (table.bits - 1) if data else 0)
    return b"GIF89a" + struct.pack("<HHBBB", *size, flags, 0, 0) + data


def loop(count: int) -> bytes:
    """Say how often a film is repeated after the first time, 0 for ever; nothing for once."""
    if count == 1:
        return b""
    return b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", max(0, count - 1), 0)


def control(time: int, transparent: int | None, *, clears: bool) -> bytes:
    """Say how the next frame is shown.

    time: in hundredths of a second. clears: its box is empty afterwards.
    """
    flags = (_CLEARED if clears else _STAYS) | (_TRANSPARENT if transparent is not None else 0)
    return b"\x21\xf9\x04" + struct.pack("<BHBB", flags, time, transparent or 0, 0)


def place(box: Box, table: bytes) -> bytes:
    """Begin a frame: where it lies, and its own colours, if it has any."""
    flags = _TABLE | ((len(table) // 3).bit_length() - 2) if table else 0
    return b"\x2c" + struct.pack("<HHHHB", *box, flags) + table
