"""Bytes that are kept under their SHA-256, so that equal ones are kept once."""

import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol, runtime_checkable

from ashim_core.errors import ServerBusy
from ashim_core.store.sqlite_file import settle

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SHELVES = tuple(f"{number:02x}" for number in range(256))
_SCRATCH = re.compile(rf"{_DIGEST.pattern}\.[0-9a-f]{{8}}")
_NO_LINKS = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS})
"""Other disks, and disks that know no links, or no more of them."""
_WRITING = 0o222
_PIECE = 1024 * 1024


class Blob(NamedTuple):
    """Bytes on their way into the store. digest: SHA-256 as 64 hexadecimal digits."""

    path: Path
    digest: str
    size: int


@runtime_checkable
class Blobs(Protocol):
    """Where the bytes of the library are.

    `place` and `remove` are called inside of a transaction of the database that no other one runs
    beside, so that a blob which is about to be referred to is not removed meanwhile. What is only
    prepared may be: nothing refers to it yet.
    """

    def prepare(self, path: Path) -> Blob:
        """Keep the bytes of a file under their digest; all that takes long.

        They survive a power cut. It takes as long whether they are there already or not. ServerBusy
        when the place isn't intact.
        """

    def place(self, blob: Blob) -> None:
        """See to it that prepared bytes are there still. ServerBusy when the place isn't intact."""

    def local(self, digest: str) -> Path:
        """Give a file of this machine to read the bytes from. FileNotFoundError if it's gone."""

    def remove(self, digest: str) -> None:
        """Forget bytes; that they are gone already is fine."""

    def shelves(self) -> Iterator[tuple[str, frozenset[str]]]:
        """Give all digests, in parts: what those of a part begin with, and which there are.

        The parts come in ascending order, and every digest belongs to one of them.
        """

    def intact(self) -> bool:
        """Say whether this is the place that was adopted, and not an empty one in its stead."""

    def adopt(self) -> None:
        """Make an empty place the one that is used from now on."""


class FolderBlobs:
    """Blobs in a folder: `ab/abcd…` holds the bytes whose digest begins like that."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mark = folder / "library"
        folder.mkdir(parents=True, exist_ok=True)

    def prepare(self, path: Path) -> Blob:
        self._refuse_absent()
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            _forbid_writing(file)
            os.fsync(file.fileno())
            blob = Blob(path, digest, os.fstat(file.fileno()).st_size)
        self._put(blob)
        return blob

    def place(self, blob: Blob) -> None:
        self._refuse_absent()
        if not self._place(blob.digest).exists():
            self._put(blob)

    def local(self, digest: str) -> Path:
        place = self._place(digest)
        place.stat()
        return place

    def remove(self, digest: str) -> None:
        self._place(digest).unlink(missing_ok=True)

    def shelves(self) -> Iterator[tuple[str, frozenset[str]]]:
        there = {*os.listdir(self._folder)}
        for shelf in _SHELVES:
            names = self._names(self._folder / shelf) if shelf in there else []
            yield shelf, frozenset(name for name in names if _DIGEST.fullmatch(name))

    def intact(self) -> bool:
        return self._mark.exists()

    def adopt(self) -> None:
        self._mark.write_text("Files of the library, each under the SHA-256 of its bytes.\n")
        settle(self._mark)
        settle(self._folder)

    def _refuse_absent(self) -> None:
        if not self.intact():
            raise ServerBusy("The folder of the library is not there at the moment.")

    def _put(self, blob: Blob) -> None:
        """Have the bytes appear whole. Equal ones are replaced: to skip them would take less."""
        place = self._place(blob.digest)
        place.parent.mkdir(exist_ok=True)
        try:
            _move_link(blob.path, place)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            _move_copy(blob.path, place)
        settle(place.parent)
        settle(self._folder)

    def _place(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"expected a SHA-256 in hexadecimal, got {digest!r}")
        return self._folder / digest[:2] / digest

    def _names(self, shelf: Path) -> list[str]:
        """Name what is on a shelf, and remove what a dead process has not finished there."""
        for path in shelf.iterdir():
            if _SCRATCH.fullmatch(path.name):
                _remove_unless_held(path)
        return [path.name for path in shelf.iterdir()]


def _forbid_writing(file: BinaryIO) -> None:
    """Have nobody change a file, whoever may read it."""
    os.fchmod(file.fileno(), stat.S_IMODE(os.fstat(file.fileno()).st_mode) & ~_WRITING)


def _move_link(source: Path, place: Path) -> None:
    """Have a file under another name, too; what that name was for before is replaced at once."""
    # Beside the source, where it is removed with all else that a dead process has left.
    scratch = source.with_name(f"{source.name}.{secrets.token_hex(4)}")
    try:
        os.link(source, scratch)
        scratch.rename(place)
    finally:
        scratch.unlink(missing_ok=True)


def _move_copy(source: Path, place: Path) -> None:
    """Have a copy of a file; what its name was for before is replaced at once."""
    with source.open("rb") as original, _scratch_of(place) as copy:
        shutil.copyfileobj(original, copy, _PIECE)
        copy.flush()
        _forbid_writing(copy)
        os.fsync(copy.fileno())
        Path(copy.name).rename(place)


@contextmanager
def _scratch_of(place: Path) -> Iterator[BinaryIO]:
    """Open a new file beside a place; its lock tells a sweep that somebody is at work on it."""
    while True:
        path = place.with_name(f"{place.name}.{secrets.token_hex(4)}")
        try:
            with path.open("xb") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                # A sweep may have come between the file and its lock.
                if os.fstat(file.fileno()).st_nlink:
                    yield file
                    return
        finally:
            path.unlink(missing_ok=True)


def _remove_unless_held(path: Path) -> None:
    """Remove what a process has begun to write, unless that process is alive."""
    with suppress(BlockingIOError, FileNotFoundError), path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
