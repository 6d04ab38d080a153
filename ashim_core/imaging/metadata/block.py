"""A file as blocks: which stretch of bytes is the picture, and which one is about it."""

import mmap
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import Literal

from ashim_core.errors import DecodeFailed, EmptyFile, TooComplex

Data = mmap.mmap | bytes
Kind = Literal["exif", "xmp", "icc", "iptc", "comments", "other"]
EVERYTHING: frozenset[Kind] = frozenset(("exif", "xmp", "iptc", "comments", "other"))
"""All that is about the picture, but for the profile that says what its colours mean."""

BEHIND = "data behind the end"
INDEX = "index of further pictures"
HINTS = "chunk iDOT"
"""What blocks are called that hold further pictures with metadata of their own, or count bytes."""

_PART = 256 * 1024
_MOST = 50_000
"""A picture of 100 MB has far fewer blocks, and each one costs memory."""
_MOST_SAID = 10_000
"""Blocks of metadata that ExifTool takes some tenths of a second for."""


@dataclass(frozen=True)
class Block:
    """A stretch of a file.

    kind: what it says; None for the picture itself.
    name: what people call it.
    inner: where what it says begins and ends, without its header.
    instead: what has to stand in its place when it goes.
    """

    start: int
    end: int
    kind: Kind | None = None
    name: str = ""
    inner: tuple[int, int] = (0, 0)
    instead: bytes = b""

    @property
    def size(self) -> int:
        return self.end - self.start


Piece = Block | bytes
"""What a new file is made of: blocks of the old one, and new bytes."""


def _unchanged(data: Data, pieces: list[Piece]) -> list[Piece]:
    return pieces


@dataclass(frozen=True)
class Container:
    """How one format holds what it holds.

    blocks: `(data)`; gives the whole file as blocks. Raises DecodeFailed.
    content: `(data, block)`; what a block says, inflated.
    wrap: `(data, block, content)`; the block as it would be with another content.
    plain: what stands in the place of an sRGB profile that goes.
    finish: `(data, pieces)`; mends what counts on other parts of the file.
    """

    blocks: Callable[[Data], Iterable[Block]]
    content: Callable[[Data, Block], bytes]
    wrap: Callable[[Data, Block, bytes], bytes]
    plain: bytes = b""
    finish: Callable[[Data, list[Piece]], list[Piece]] = _unchanged

    def layout(self, data: Data) -> list[Block]:
        """Give all blocks, unless they are too many."""
        found = list(islice(self.blocks(data), _MOST + 1))
        if len(found) > _MOST:
            raise TooComplex(f"The file has too many parts: expected at most {_MOST}.")
        return found

    def check(self, data: Data) -> None:
        """Refuse a file that says so much that ExifTool would need all the time of a task."""
        said = (block for block in self.blocks(data) if block.kind is not None)
        if next(islice(said, _MOST_SAID, None), None) is not None:
            raise TooComplex(
                f"The file has too many parts of metadata: expected at most {_MOST_SAID}."
            )


@contextmanager
def mapped(path: Path) -> Iterator[mmap.mmap]:
    """Open a file to look at any of its bytes without reading all of them."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            raise EmptyFile("The file is empty: expected a picture, received 0 bytes.")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


def number(data: Data, at: int, size: int, order: Literal["big", "little"] = "big") -> int:
    """Read an unsigned number; DecodeFailed where the file ends before it."""
    piece = data[at : at + size]
    if len(piece) < size:
        raise DecodeFailed("The file can't be read: it is cut off.")
    return int.from_bytes(piece, order)


def write(source: Path, pieces: Iterable[Piece], path: Path) -> None:
    """Write pieces of a file one after the other; what lay together is copied together."""
    # Reading costs a third of what the same bytes cost where they are mapped.
    with source.open("rb", buffering=0) as old, path.open("xb", buffering=0) as new:
        for piece in _joined(pieces):
            if isinstance(piece, bytes):
                _write_all(new, piece)
            else:
                old.seek(piece.start)
                _copy(old, new, piece.size)


def _copy(old: FileIO, new: FileIO, size: int) -> None:
    while size > 0:
        part = old.read(min(size, _PART))
        if not part:
            raise DecodeFailed("The file can't be read: it became shorter.")
        _write_all(new, part)
        size -= len(part)


def _write_all(new: FileIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[new.write(left) :]


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    last: Block | None = None
    for piece in pieces:
        if isinstance(piece, Block):
            if last is not None and last.end == piece.start:
                last = Block(last.start, piece.end)
                continue
            last, piece = piece, last  # noqa: PLW2901 - it changes places with the one before
        else:
            if last is not None:
                yield last
            last = None
        if piece is not None:
            yield piece
    if last is not None:
        yield last
