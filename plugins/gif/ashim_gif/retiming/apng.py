"""The times of an APNG. Source: PNG Specification, third edition, section 11.3.6."""

import struct
import zlib
from collections.abc import Iterator, Sequence

from ashim_core.plugin import metadata
from ashim_gif.retiming.plan import Timing, begins, content

_DELAY_AT = 28
"""Bytes from the beginning of the chunk of a frame to its time."""
_MOST = 65_535
_FINE, _COARSE = 1000, 100
"""Parts of a second that times are given in; the coarse ones last longer."""


def retimed(
    data: metadata.Data, pieces: Sequence[metadata.Piece], timing: Timing
) -> list[metadata.Piece] | None:
    """Give the pieces of an APNG with other times, and another loop."""
    frames = sum(_name(data, piece) == b"fcTL" for piece in pieces)
    if timing.delays is not None and len(timing.delays) != frames:
        return None
    return list(_timed(data, pieces, timing))


def _timed(
    data: metadata.Data, pieces: Sequence[metadata.Piece], timing: Timing
) -> Iterator[metadata.Piece]:
    delays = iter(timing.delays or ())
    for piece in pieces:
        name = _name(data, piece)
        if name == b"acTL" and timing.loop is not None:
            whole = content(data, piece)
            yield _checked(whole[:12] + struct.pack(">I", timing.loop))
        elif name == b"fcTL" and timing.delays is not None:
            whole = content(data, piece)
            time = _fraction(next(delays))
            yield _checked(whole[:_DELAY_AT] + time + whole[_DELAY_AT + 4 : -4])
        else:
            yield piece


def _fraction(delay: int) -> bytes:
    """Write milliseconds as a part of a second, in units in which they have room."""
    unit = _FINE if delay <= _MOST else _COARSE
    return struct.pack(">HH", min(_MOST, round(delay * unit / 1000)), unit)


def _checked(chunk: bytes) -> bytes:
    """Add the checksum that a chunk ends with."""
    return chunk + struct.pack(">I", zlib.crc32(chunk[4:]))


def _name(data: metadata.Data, piece: metadata.Piece) -> bytes:
    return begins(data, piece, 8)[4:]
