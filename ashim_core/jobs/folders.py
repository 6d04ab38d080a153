"""Where work in progress lies: one folder per job, removed as a whole.

It lies in a folder of the process that does the work, so that what a dead process left can be told
from what a living one needs.
"""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ashim_core.borrowed import borrow
from ashim_core.errors import StorageFull
from ashim_core.ids import new_id

_INPUTS = "in[0-9]*"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True)
class JobFolder:
    """The folder of one job: its uploads, and its results in `out`."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def outputs(self) -> Path:
        return self.path / "out"

    def new_input(self) -> Path:
        """Name a file for the next upload. What the caller called it plays no part."""
        return self.path / f"in{len(list(self.path.glob(_INPUTS)))}"

    def borrow(self, source: Path) -> Path:
        """Have a file that lies elsewhere as an upload, whatever becomes of it there.

        FileNotFoundError when it has gone; StorageFull.
        """
        place = self.new_input()
        with known_when_full():
            borrow(source, place)
        return place

    def forget_inputs(self) -> None:
        """Remove the uploads; the results stay."""
        for upload in self.path.glob(_INPUTS):
            upload.unlink()

    def remove(self) -> None:
        """Remove everything; a folder that is gone already is fine."""
        shutil.rmtree(self.path, ignore_errors=True)


class WorkFolders:
    """The folders of the jobs of this process, in the data folder that it shares with others.

    instance: names this process among those that use it.
    """

    def __init__(self, data: Path) -> None:
        self.instance = new_id()
        self._folder = data / "work"
        self._folder.mkdir(parents=True, exist_ok=True)
        # Held as long as this process lives, however it ends; there before the folder is.
        self._alive = self._lock_of(self.instance).open("w")
        fcntl.flock(self._alive, fcntl.LOCK_EX)
        (self._folder / self.instance).mkdir()

    def create(self) -> JobFolder:
        """Make an empty folder for a new job, under a name that can't be guessed."""
        folder = JobFolder(self._folder / self.instance / new_id())
        try:
            with known_when_full():
                folder.path.mkdir()
                folder.outputs.mkdir()
        except BaseException:
            folder.remove()
            raise
        return folder

    @contextmanager
    def short_lived(self) -> Iterator[JobFolder]:
        """Make the folder of a job that nobody asks for again; it goes when the body is done."""
        folder = self.create()
        try:
            yield folder
        finally:
            folder.remove()

    def check_room(self, reserve: int, wanted: int = 0) -> None:
        """Refuse what would not leave enough of the disk free; StorageFull.

        reserve: bytes that must stay free; 0: the disk isn't asked. wanted: bytes that will come.
        """
        if not reserve:
            return
        disk = os.statvfs(self._folder)
        if disk.f_bavail * disk.f_frsize - wanted < reserve:
            raise StorageFull("The server's storage is nearly full. Nothing was kept.")

    def sweep(self) -> int:
        """Remove what dead processes left; give the number of their jobs."""
        doomed = []
        for instance in self._dead():
            work = self._folder / instance
            doomed += _inside(work)
            JobFolder(work).remove()
            self._lock_of(instance).unlink(missing_ok=True)
        return len(doomed)

    def living(self) -> frozenset[str]:
        """Name the processes that use this data folder."""
        dead = frozenset(self._dead())
        return frozenset(path.name for path in self._folder.iterdir() if path.is_dir()) - dead

    def close(self) -> None:
        """Leave: what this process was working on can be swept."""
        self._alive.close()

    def _dead(self) -> Iterator[str]:
        for path in sorted(self._folder.iterdir()):
            if path.is_dir() and path.name != self.instance and self._is_dead(path.name):
                yield path.name

    def _is_dead(self, instance: str) -> bool:
        try:
            with self._lock_of(instance).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except FileNotFoundError:
            # The lock is there before the folder is, so another sweep has just taken it away.
            return True
        return True

    def _lock_of(self, instance: str) -> Path:
        return self._folder / f"{instance}.lock"


def _inside(folder: Path) -> list[Path]:
    """Give what is in a folder, which another sweep may be removing at the same moment."""
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []


@contextmanager
def known_when_full() -> Iterator[None]:
    """Turn the error of a full disk, or of a used up quota, into StorageFull."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull("The server's storage is full. Nothing was kept.") from error
        raise
