"""Looking at the bytes of a file, and having a decoder see them changed."""

import mmap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple


class Edit(NamedTuple):
    """Bytes from a place up to another one, and what a decoder sees instead of them."""

    start: int
    end: int
    instead: bytes = b""


@contextmanager
def mapped(path: Path) -> Iterator[mmap.mmap]:
    """Give the bytes of a file without reading it."""
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        yield data


def edited(path: Path, edits: Sequence[Edit]) -> bytes:
    """Give the bytes of a file with some of them changed; the edits are in order."""
    with mapped(path) as data:
        parts, at = [], 0
        for edit in edits:
            parts += [data[at : edit.start], edit.instead]
            at = edit.end
        return b"".join([*parts, data[at:]])
