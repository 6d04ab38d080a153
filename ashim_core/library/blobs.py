"""Bytes that are kept under their SHA-256, so that equal ones are kept once."""

import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from ashim_core.errors import ServerBusy
from ashim_core.store.sqlite_file import settle

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SHELVES = tuple(f"{number:02x}" for number in range(256))
_LEFTOVER_S = 3600
_READ_ONLY = 0o444


class Blob(NamedTuple):
    """Bytes on their way into the store. digest: SHA-256 as 64 hexadecimal digits."""

    path: Path
    digest: str
    size: int


class Blobs(Protocol):
    """Where the bytes of the library are.

    `place` and `remove` are called inside of a transaction of the database that no other one runs
    beside, so that a blob which is about to be referred to is not removed meanwhile.
    """

    def prepare(self, path: Path) -> Blob:
        """Make the bytes of a file ready; all that takes long. They survive a power cut."""

    def place(self, blob: Blob) -> None:
        """Keep prepared bytes under their digest; that they are there already is fine.

        ServerBusy when the place isn't intact.
        """

    def local(self, digest: str) -> Path:
        """Give a file of this machine to read the bytes from. FileNotFoundError if it's gone."""

    def remove(self, digest: str) -> None:
        """Forget bytes; that they are gone already is fine."""

    def shelves(self) -> Iterator[tuple[str, frozenset[str]]]:
        """Give all digests, in parts: what those of a part begin with, and which there are."""

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
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
            return Blob(path, digest, os.fstat(file.fileno()).st_size)

    def place(self, blob: Blob) -> None:
        if not self.intact():
            raise ServerBusy("The folder of the library is not there at the moment.")
        place = self._place(blob.digest)
        if place.exists() and place.stat().st_size == blob.size:
            return
        place.parent.mkdir(exist_ok=True)
        scratch = place.with_name(f"{blob.digest}.{secrets.token_hex(4)}")
        try:
            _same_bytes(blob.path, scratch)
            scratch.rename(place)
        finally:
            scratch.unlink(missing_ok=True)
        settle(place.parent)
        settle(self._folder)

    def local(self, digest: str) -> Path:
        place = self._place(digest)
        place.stat()
        return place

    def remove(self, digest: str) -> None:
        self._place(digest).unlink(missing_ok=True)

    def shelves(self) -> Iterator[tuple[str, frozenset[str]]]:
        for shelf in _SHELVES:
            names = self._names(self._folder / shelf)
            yield shelf, frozenset(name for name in names if _DIGEST.fullmatch(name))

    def intact(self) -> bool:
        return self._mark.exists()

    def adopt(self) -> None:
        self._mark.write_text("Files of the library, each under the SHA-256 of its bytes.\n")

    def _place(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"expected a SHA-256 in hexadecimal, got {digest!r}")
        return self._folder / digest[:2] / digest

    def _names(self, shelf: Path) -> list[str]:
        """Name what is on a shelf, and remove what a dead process has not finished there."""
        if not shelf.is_dir():
            return []
        for path in shelf.iterdir():
            with suppress(FileNotFoundError):
                unfinished = not _DIGEST.fullmatch(path.name)
                if unfinished and path.stat().st_mtime < time.time() - _LEFTOVER_S:
                    path.unlink()
        return [path.name for path in shelf.iterdir()]


def borrow(source: Path, target: Path) -> None:
    """Have the bytes of a file under another name, too, whatever becomes of the first one."""
    try:
        os.link(source, target)
    # Other disks, and disks that know no links.
    except OSError:
        shutil.copyfile(source, target)


def _same_bytes(source: Path, target: Path) -> None:
    borrow(source, target)
    with target.open("rb") as file:
        os.fchmod(file.fileno(), _READ_ONLY)
        os.fsync(file.fileno())
