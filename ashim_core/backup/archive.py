"""The file of a backup: a compressed tar archive of plain files, the manifest before all others."""

import gzip
import hashlib
import io
import os
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from ashim_core.backup.manifest import MOST_BYTES, NAME, BackupProblem, Manifest, read_manifest

_PIECE = 1024 * 1024
_MOST_EXPANSION = 200
"""What rows compress to at most; a file of zeros compresses to five times as little."""
_SMALL = 64 * 1024 * 1024
_MODE = 0o600


def pack(folder: Path, manifest: Manifest, target: Path) -> None:
    """Write the files of a folder that the manifest names into a new archive."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", format=tarfile.USTAR_FORMAT) as archive:
            text = manifest.model_dump_json(indent=2).encode()
            archive.addfile(_header(NAME, len(text), manifest), io.BytesIO(text))
            for name, entry in manifest.files.items():
                with (folder / name).open("rb") as source:
                    archive.addfile(_header(name, entry.size, manifest), source)
        file.flush()
        os.fsync(file.fileno())


def unpack(archive: Path, folder: Path) -> Manifest:
    """Put the files of an archive into a folder, each as the manifest says; BackupProblem.

    Nothing of an archive is believed: it has plain files only, each is named by the manifest, once,
    and has the size and the contents given there.
    """
    try:
        with gzip.open(archive, "rb") as stream:
            return _unpack(stream, folder, archive.stat().st_size)
    except (EOFError, zlib.error, gzip.BadGzipFile, tarfile.HeaderError) as error:
        raise BackupProblem(f"The backup {archive} is damaged, or is none: {error}") from error


def _unpack(stream: io.BufferedIOBase, folder: Path, packed: int) -> Manifest:
    members = _members(stream)
    name, size = next(members, ("nothing", 0))
    if name != NAME or size > MOST_BYTES:
        raise BackupProblem(f"This is no backup of ashim: expected {NAME} first, found {name!a}")
    manifest = read_manifest(_exactly(stream, size))
    _refuse_bomb(manifest, packed)
    waiting = dict(manifest.files)
    for name, size in members:
        entry = waiting.pop(name, None)
        if entry is None:
            raise BackupProblem(f"The backup has a file that its manifest doesn't name: {name!a}")
        if size != entry.size or _extract(stream, size, folder / name) != entry.sha256:
            raise BackupProblem(f"The backup is damaged: {name} is not what it was")
    if waiting:
        raise BackupProblem(f"The backup is damaged: {min(waiting)} is missing")
    return manifest


def _members(stream: io.BufferedIOBase) -> Iterator[tuple[str, int]]:
    """Give name and size of each file; whoever asks for the next one has read the contents.

    Python's own reader would take links, holes and names of any length, at any size.
    """
    while any(block := _exactly(stream, tarfile.BLOCKSIZE)):
        header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        if header.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or header.size < 0:
            raise BackupProblem(f"The backup has something that is no plain file: {header.name!a}")
        yield header.name, header.size
        _exactly(stream, -header.size % tarfile.BLOCKSIZE)
    # The checksum of the whole comes after the end.
    while filling := stream.read(tarfile.RECORDSIZE):
        if any(filling):
            raise BackupProblem("The backup has something after its end.")


def _extract(stream: io.BufferedIOBase, size: int, target: Path) -> str:
    """Write so many bytes to a new file; give their SHA-256."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with target.open("xb") as file:
        os.fchmod(file.fileno(), _MODE)
        for start in range(0, size, _PIECE):
            piece = _exactly(stream, min(_PIECE, size - start))
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _exactly(stream: io.BufferedIOBase, size: int) -> bytes:
    found = stream.read(size)
    if len(found) != size:
        raise EOFError("it ends too early")
    return found


def _refuse_bomb(manifest: Manifest, packed: int) -> None:
    total = sum(entry.size for entry in manifest.files.values())
    if total > _SMALL + packed * _MOST_EXPANSION:
        raise BackupProblem(f"No backup of {packed} bytes has {total} bytes in it.")


def _header(name: str, size: int, manifest: Manifest) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size, header.mode, header.mtime = size, _MODE, int(manifest.created.timestamp())
    return header
