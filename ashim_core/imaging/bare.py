"""A picture file as it came, without what it says besides its picture."""

from dataclasses import dataclass
from pathlib import Path

from ashim_core.errors import AshimError
from ashim_core.imaging.blanked import blanks
from ashim_core.imaging.header import Header
from ashim_core.imaging.metadata import (
    CONTAINERS,
    EVERYTHING,
    Block,
    Choice,
    Container,
    Piece,
    mapped,
    orientation,
    pieces,
    write,
)

_BARE = Choice(EVERYTHING, gps=True, profiles="srgb", unread=True)
"""What goes: everything that doesn't change how the picture looks."""


@dataclass(frozen=True)
class Bare:
    """What a file without its metadata is made of. size: in bytes."""

    source: Path
    pieces: tuple[Piece, ...]
    size: int

    def write(self, path: Path) -> None:
        """Write it to a place where there is nothing yet."""
        write(self.source, self.pieces, path)


def bare(header: Header, *, keep_metadata: bool = False) -> Bare | None:
    """Take a file apart that shows the same picture without metadata; None if that can't be done.

    A tag that says which way up the picture is stays, and so does a profile that isn't sRGB.
    keep_metadata: all of it stays.
    """
    whole = _whole(header.path)
    if keep_metadata:
        return whole if not header.thumbnail else None
    name = header.format.codec.container if header.format.codec else header.format.name
    if name == "plain":
        return whole
    container = CONTAINERS.get(name)
    if container is None:
        return _blanked(header, name)
    try:
        parts = _parts(header, container)
    except AshimError:  # the pixels could be read, so the damage is elsewhere
        return None
    return Bare(header.path, parts, sum(map(_size, parts))) if parts else None


def _parts(header: Header, container: Container) -> tuple[Piece, ...]:
    """Give what stays; nothing if the picture would lie otherwise with what stays."""
    with mapped(header.path) as data:
        blocks = container.layout(data)
        exif = next((block for block in blocks if block.kind == "exif"), None)
        if exif and orientation(container, data, exif, _BARE) != header.orientation:
            return ()
        return tuple(pieces(container, data, blocks, _BARE))


def _blanked(header: Header, format: str) -> Bare | None:
    """Have something else stand in the place of metadata, so that nothing has to move."""
    edits = blanks(header.path, format)
    if edits is None:
        return None
    parts: list[Piece] = []
    at, size = 0, header.path.stat().st_size
    for edit in edits:
        parts += [Block(at, edit.start), edit.instead]
        at = edit.end
    return Bare(header.path, (*parts, Block(at, size)), size)


def _whole(path: Path) -> Bare:
    size = path.stat().st_size
    return Bare(path, (Block(0, size),), size)


def _size(piece: Piece) -> int:
    return len(piece) if isinstance(piece, bytes) else piece.size
