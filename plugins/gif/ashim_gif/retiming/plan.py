"""What the three formats have in common when their times change."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ashim_core.plugin import metadata


class Timing(NamedTuple):
    """How a film shall play. delays: milliseconds of each frame; None is for what stays."""

    delays: Sequence[int] | None
    loop: int | None


Retime = Callable[[metadata.Data, Sequence[metadata.Piece], Timing], "list[metadata.Piece] | None"]
"""Takes the data of a file and what is left of it; None where its frames are not those expected."""


def content(data: metadata.Data, piece: metadata.Piece) -> bytes:
    """Give the bytes of a piece."""
    return piece if isinstance(piece, bytes) else bytes(data[piece.start : piece.end])


def begins(data: metadata.Data, piece: metadata.Piece, count: int) -> bytes:
    """Give the first bytes of a piece."""
    if isinstance(piece, bytes):
        return piece[:count]
    return bytes(data[piece.start : min(piece.end, piece.start + count)])
