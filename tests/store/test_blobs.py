"""Bytes under their SHA-256: whole or not there, whatever is killed, on one disk and on two."""

import errno
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ashim_core.config import Config
from ashim_core.errors import ServerBusy, StorageFull
from ashim_core.events import Events
from ashim_core.identity.service import Identity
from ashim_core.library.blobs import Blob, FolderBlobs
from ashim_core.library.service import Library, NewFile
from ashim_core.library.sweep import sweep
from ashim_core.policy import local_user
from ashim_core.store.database import Store, open_store
from ashim_core.store.migrate import migrate
from ashim_core.testing import check_blobs

BYTES = b"picture" * 1000
DIGEST = hashlib.sha256(BYTES).hexdigest()
COPIER = """
import os, sys, time
from pathlib import Path
from ashim_core.library import blobs

def link(*_):
    raise OSError(18, "another disk")

def copy(source, target, length):
    target.write(source.read(100))
    target.flush()
    print("copying", flush=True)
    time.sleep(60)

os.link = link
blobs.shutil.copyfileobj = copy
blobs.FolderBlobs(Path(sys.argv[1])).prepare(Path(sys.argv[2]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def blobs(folder: Path) -> FolderBlobs:
    made = FolderBlobs(folder)
    made.adopt()
    return made


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    path = tmp_path / "work" / "in0"
    path.parent.mkdir()
    path.write_bytes(BYTES)
    return path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store("", tmp_path / "ashim.db")) as store:
        migrate(store)
        Identity(store, Config(data_dir=tmp_path, auth_enabled=False))
        yield store


def another_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object) -> None:
        raise OSError(errno.EXDEV, "another disk")

    monkeypatch.setattr(os, "link", link)


def lies_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("??/*"))


def test_a_folder_is_a_place_for_bytes(folder: Path) -> None:
    check_blobs(lambda: FolderBlobs(folder))


@pytest.mark.parametrize("disks", [1, 2])
def test_bytes_are_kept_read_only_and_nothing_else_is_left(
    blobs: FolderBlobs, folder: Path, upload: Path, monkeypatch: pytest.MonkeyPatch, disks: int
) -> None:
    if disks == 2:
        another_disk(monkeypatch)
    assert blobs.prepare(upload) == Blob(upload, DIGEST, len(BYTES))
    assert lies_in(folder) == [DIGEST]
    assert blobs.local(DIGEST).read_bytes() == BYTES
    assert blobs.local(DIGEST).stat().st_mode & 0o222 == 0
    assert [path.name for path in upload.parent.iterdir()] == ["in0"]
    assert (blobs.local(DIGEST).stat().st_nlink == 1) == (disks == 2)


@pytest.mark.parametrize("disks", [1, 2])
def test_damaged_bytes_are_replaced_by_the_next_upload(
    blobs: FolderBlobs, folder: Path, upload: Path, monkeypatch: pytest.MonkeyPatch, disks: int
) -> None:
    if disks == 2:
        another_disk(monkeypatch)
    place = folder / DIGEST[:2] / DIGEST
    place.parent.mkdir()
    place.write_bytes(b"damaged")
    blobs.prepare(upload)
    assert place.read_bytes() == BYTES


def test_prepared_bytes_that_a_sweep_has_taken_are_there_again(
    blobs: FolderBlobs, folder: Path, upload: Path
) -> None:
    blob = blobs.prepare(upload)
    blobs.remove(DIGEST)
    blobs.place(blob)
    assert (folder / DIGEST[:2] / DIGEST).read_bytes() == BYTES


def test_nothing_is_written_where_no_library_is(folder: Path, upload: Path) -> None:
    blobs = FolderBlobs(folder)
    with pytest.raises(ServerBusy):
        blobs.prepare(upload)
    with pytest.raises(ServerBusy):
        blobs.place(Blob(upload, DIGEST, len(BYTES)))
    assert list(folder.iterdir()) == []


def test_a_copy_that_finds_no_room_leaves_nothing(
    blobs: FolderBlobs, folder: Path, upload: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    another_disk(monkeypatch)
    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(OSError, match="No space"):
        blobs.prepare(upload)
    assert lies_in(folder) == []


def test_what_a_living_process_copies_stays_and_what_a_dead_one_has_begun_goes(
    blobs: FolderBlobs, folder: Path, upload: Path
) -> None:
    command = [sys.executable, "-c", COPIER, str(folder), str(upload)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "copying\n"
            (begun,) = lies_in(folder)
            assert begun.startswith(f"{DIGEST}.")
            assert dict(blobs.shelves())[DIGEST[:2]] == frozenset()
            assert lies_in(folder) == [begun]
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert dict(blobs.shelves())[DIGEST[:2]] == frozenset()
    assert lies_in(folder) == []


def test_a_copy_whose_file_a_sweep_has_taken_begins_anew(
    blobs: FolderBlobs, folder: Path, upload: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep came between the file and its lock."""
    taken: list[str] = []
    flock = fcntl.flock

    def late(file: Any, how: int) -> None:
        if not taken:
            taken.extend(lies_in(folder))
            (folder / DIGEST[:2] / taken[0]).unlink()
        flock(file, how)

    another_disk(monkeypatch)
    monkeypatch.setattr(fcntl, "flock", late)
    blobs.prepare(upload)
    assert len(taken) == 1
    assert lies_in(folder) == [DIGEST]


def test_a_sweep_leaves_alone_what_is_not_its_own(blobs: FolderBlobs, folder: Path) -> None:
    others = folder / "ab" / "notes.txt"
    others.parent.mkdir()
    others.write_text("notes")
    assert dict(blobs.shelves())["ab"] == frozenset()
    assert others.exists()


class Watched(FolderBlobs):
    """Bytes in a folder, which may only be written while others may write to the database."""

    store: Store
    written = 0

    def prepare(self, path: Path) -> Blob:
        # Refused inside of a transaction.
        with self.store.writing():
            self.written += 1
        return super().prepare(path)


def test_no_disk_is_waited_for_while_other_writers_wait(
    store: Store, folder: Path, upload: Path
) -> None:
    blobs = Watched(folder)
    blobs.store = store
    library = Library(store, blobs, lambda digest: None, quota=0, root_path="", events=Events())
    sweep(store, library)
    actor, file = local_user(), NewFile(upload, "a.png", "image/png")
    (kept,) = library.add(actor, [file])
    library.add_version(actor, kept.id, file, [])
    assert blobs.written == 2


def test_a_sweep_between_the_bytes_and_their_row_loses_nothing(
    store: Store, folder: Path, upload: Path
) -> None:
    class Swept(FolderBlobs):
        def prepare(self, path: Path) -> Blob:
            blob = super().prepare(path)
            assert sweep(store, library) == 1
            return blob

    library = Library(
        store, Swept(folder), lambda digest: None, quota=0, root_path="", events=Events()
    )
    sweep(store, library)
    library.add(local_user(), [NewFile(upload, "a.png", "image/png")])
    assert (folder / DIGEST[:2] / DIGEST).read_bytes() == BYTES
    assert sweep(store, library) == 0


def test_of_several_files_of_which_one_finds_no_room_none_is_left(
    store: Store, folder: Path, tmp_path: Path
) -> None:
    class Small(FolderBlobs):
        def prepare(self, path: Path) -> Blob:
            if path.name == "2":
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().prepare(path)

    library = Library(
        store, Small(folder), lambda digest: None, quota=0, root_path="", events=Events()
    )
    sweep(store, library)
    files = []
    for number in range(3):
        path = tmp_path / str(number)
        path.write_text(path.name)
        files.append(NewFile(path, f"{number}.png", "image/png"))
    with pytest.raises(StorageFull):
        library.add(local_user(), files)
    assert lies_in(folder) == []
