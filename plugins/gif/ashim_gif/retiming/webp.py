"""The times of a WebP. Source of the layout: RFC 9649, section 2.7.1."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ashim_core.plugin import metadata
from ashim_gif.retiming.plan import Timing, begins, content

_LOOP_AT, _DELAY_AT, _FRAME_AT = 12, 20, 24
"""Bytes from the beginning of a chunk to what is looked for."""


def retimed(
    data: metadata.Data, pieces: Sequence[metadata.Piece], timing: Timing
) -> list[metadata.Piece] | None:
    """Give the pieces of a WebP with other times, and another loop."""
    frames = sum(begins(data, piece, 4) == b"ANMF" for piece in pieces)
    if timing.delays is not None and len(timing.delays) != frames:
        return None
    return list(_timed(data, pieces, timing))


def _timed(
    data: metadata.Data, pieces: Sequence[metadata.Piece], timing: Timing
) -> Iterator[metadata.Piece]:
    delays = iter(timing.delays or ())
    for piece in pieces:
        name = begins(data, piece, 4)
        if name == b"ANIM" and timing.loop is not None:
            whole = content(data, piece)
            after = whole[_LOOP_AT + 2 :]
            yield whole[:_LOOP_AT] + timing.loop.to_bytes(2, "little") + after
        elif name == b"ANMF" and timing.delays is not None:
            whole = content(data, piece)
            yield whole[:_DELAY_AT] + next(delays).to_bytes(3, "little") + whole[_DELAY_AT + 3 :]
        else:
            yield piece


def is_lossless(path: Path) -> bool:
    """Say whether all pixels of a WebP, still or moving, were written without loss."""
    with metadata.mapped(path) as data:
        for block in metadata.CONTAINERS["webp"].layout(data):
            name = begins(data, block, 4)
            if name == b"ANMF":
                name = bytes(data[block.start + _FRAME_AT : block.start + _FRAME_AT + 4])
            if name in (b"VP8 ", b"ALPH"):
                return False
    return True
