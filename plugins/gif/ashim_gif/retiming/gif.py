"""The times of a GIF. Source: the GIF89a specification, section 23, and NETSCAPE2.0."""

import struct
from collections.abc import Iterator, Sequence

from ashim_core.plugin import metadata
from ashim_gif.encoder.blocks import control, loop
from ashim_gif.encoder.hundredths import hundredths
from ashim_gif.retiming.plan import Timing, begins, content

_FRAME, _EXTENSION, _CONTROL, _APPLICATION = 0x2C, 0x21, 0xF9, 0xFF
_CONTROL_SIZE = 8


def retimed(
    data: metadata.Data, pieces: Sequence[metadata.Piece], timing: Timing
) -> list[metadata.Piece] | None:
    """Give the pieces of a GIF with other times, and with another loop behind its colours."""
    frames = sum(begins(data, piece, 1)[0] == _FRAME for piece in pieces[1:])
    if timing.delays is not None and len(timing.delays) != frames:
        return None
    head, *rest = pieces
    found: list[metadata.Piece] = [b"GIF89a" + content(data, head)[6:]]
    if timing.loop is not None:
        rest = [piece for piece in rest if not _is_application(data, piece)]
        found += [loop(timing.loop)]
    return [*found, *(rest if timing.delays is None else _timed(data, rest, timing.delays))]


def _is_application(data: metadata.Data, piece: metadata.Piece) -> bool:
    """Say whether it is an application's: of these, only those that loop are still there."""
    return begins(data, piece, 2) == bytes((_EXTENSION, _APPLICATION))


def _timed(
    data: metadata.Data, pieces: Sequence[metadata.Piece], delays: Sequence[int]
) -> Iterator[metadata.Piece]:
    """Give each frame a control extension with its time: the one that it has, or a new one."""
    times = hundredths(delays)
    before: bytes | None = None
    for piece in pieces:
        first = begins(data, piece, 2)
        if first == bytes((_EXTENSION, _CONTROL)):
            before = content(data, piece)
            continue
        if first[0] == _FRAME:
            yield _with_time(before, next(times))
            before = None
        yield piece


def _with_time(before: bytes | None, time: int) -> bytes:
    if before is None or len(before) != _CONTROL_SIZE:
        return control(time, None, clears=False)
    return before[:4] + struct.pack("<H", time) + before[6:]
