"""Where bytes lie: one folder per job, removed as a whole.

Work in progress lies in a folder of the process that does it, so that what a dead process left can
be told from what a living one needs. A result that is kept moves out of there in one step.
"""

import errno
import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from ashim_core.borrowed import borrow
from ashim_core.engine.task import Output, StepReport
from ashim_core.errors import NotFound, StorageFull
from ashim_core.ids import is_id, new_id

_RECORD = "result.json"
_INPUTS = "in[0-9]*"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class ItemRecord(BaseModel):
    """What became of one input of a batch.

    output: the name of its result. code, message: of the error that came instead. size: in bytes.
    report: what a tool says that reports in place of making files. facts: what it says of them.
    saved_file_id: the version in the library that the result is.
    """

    input: str
    output: str | None = None
    size: int | None = None
    code: str | None = None
    message: str | None = None
    ms: float
    report: dict[str, object] | None = None
    facts: dict[str, object] | None = None
    saved_file_id: str | None = Field(default=None, serialization_alias="savedFileId")


class JobRecord(BaseModel):
    """A finished job whose results can be downloaded.

    created, expires: seconds since the epoch.
    owner: the account that started it.
    outputs: with paths inside the job's folder.
    archive: all outputs in one file, if there are several.
    many: there are many by nature, even if there is one.
    facts: what the tool says of them.
    """

    id: str
    owner: str
    kind: str
    created: float
    expires: float
    original_size: int
    outputs: tuple[Output, ...] = ()
    archive: Output | None = None
    notes: tuple[str, ...] = ()
    report: dict[str, object] | None = None
    facts: dict[str, object] | None = None
    many: bool = False
    steps: tuple[StepReport, ...] = ()
    items: tuple[ItemRecord, ...] = ()

    @property
    def expires_at(self) -> str:
        """The moment of expiry in ISO 8601, UTC."""
        return datetime.fromtimestamp(self.expires, UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class JobFolder:
    """The folder of one job: its uploads, results in `out`, and the record once it is done."""

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


class JobStorage:
    """All job folders of one data folder.

    instance: names this process among those that use it.
    """

    def __init__(self, data: Path, max_age_hours: float) -> None:
        self.instance = new_id()
        self._kept = data / "jobs"
        self._work = data / "work"
        self._max_age_hours = max_age_hours
        self._kept.mkdir(parents=True, exist_ok=True)
        self._work.mkdir(parents=True, exist_ok=True)
        # Held as long as this process lives, however it ends; there before the folder is.
        self._alive = self._lock_of(self.instance).open("w")
        fcntl.flock(self._alive, fcntl.LOCK_EX)
        (self._work / self.instance).mkdir()

    def create(self) -> JobFolder:
        """Make an empty folder for a new job, under a name that can't be guessed."""
        folder = JobFolder(self._work / self.instance / new_id())
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
        disk = os.statvfs(self._kept)
        if disk.f_bavail * disk.f_frsize - wanted < reserve:
            raise StorageFull("The server's storage is nearly full. Nothing was kept.")

    def expiry(self, hours: float | None = None) -> float:
        """Say when what is finished now expires: after so many hours, or the usual time."""
        return time.time() + 3600 * (hours or self._max_age_hours)

    def keep(self, folder: JobFolder, record: JobRecord) -> JobRecord:
        """Keep the results of a job; give the record with their final places."""
        inside = record.model_copy(
            update={
                "outputs": tuple(_moved(item, folder.path, Path()) for item in record.outputs),
                "archive": record.archive and _moved(record.archive, folder.path, Path()),
            }
        )
        # The uploads make room for the record.
        folder.forget_inputs()
        with known_when_full():
            (folder.path / _RECORD).write_text(inside.model_dump_json())
            folder.path.rename(self._kept / folder.id)
        return self.record(folder.id)

    def record(self, job_id: str, owner: str | None = None) -> JobRecord:
        """Give the record of a kept job; NotFound also when it has expired.

        owner: whose it must be; None: anybody's.
        """
        record = self._read(self._kept / job_id) if is_id(job_id) else None
        if record is None or record.expires <= time.time() or owner not in (None, record.owner):
            raise NotFound("There is no such result, or it has expired.")
        place = self._kept / job_id
        return record.model_copy(
            update={
                "outputs": tuple(_moved(item, Path(), place) for item in record.outputs),
                "archive": record.archive and _moved(record.archive, Path(), place),
            }
        )

    def output(self, job_id: str, name: str, owner: str | None = None) -> Output:
        """Find a result by the name it was announced with; NotFound also when it has expired."""
        record = self.record(job_id, owner)
        for output in (*record.outputs, record.archive):
            if output is not None and output.name == name and Path(output.path).is_file():
                return output
        raise NotFound("There is no such result, or it has expired.")

    def remove(self, job_id: str) -> None:
        """Remove what was kept of a job."""
        if is_id(job_id):
            JobFolder(self._kept / job_id).remove()

    def probe(self) -> None:
        """Write and remove a file; OSError says why jobs can't be kept."""
        path = self._kept / f"probe-{secrets.token_hex(4)}"
        try:
            path.write_bytes(b"ashim")
        finally:
            path.unlink(missing_ok=True)

    def sweep(self) -> int:
        """Remove expired results, and what dead processes left; give the number of jobs."""
        doomed = [folder for folder in self._finished() if self._is_over(folder)]
        for instance in self._dead():
            work = self._work / instance
            doomed += [JobFolder(path) for path in _inside(work)]
            JobFolder(work).remove()
            self._lock_of(instance).unlink(missing_ok=True)
        for folder in doomed:
            folder.remove()
        return len(doomed)

    def living(self) -> frozenset[str]:
        """Name the processes that use this data folder."""
        dead = frozenset(self._dead())
        return frozenset(path.name for path in self._work.iterdir() if path.is_dir()) - dead

    def close(self) -> None:
        """Leave: what this process was working on can be swept."""
        self._alive.close()

    def _dead(self) -> Iterator[str]:
        for path in sorted(self._work.iterdir()):
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
        return self._work / f"{instance}.lock"

    def _finished(self) -> Iterator[JobFolder]:
        return (JobFolder(path) for path in self._kept.iterdir() if path.is_dir())

    def _is_over(self, folder: JobFolder) -> bool:
        record = self._read(folder.path)
        return record is None or record.expires < time.time()

    @staticmethod
    def _read(folder: Path) -> JobRecord | None:
        try:
            return JobRecord.model_validate_json((folder / _RECORD).read_bytes())
        except (FileNotFoundError, NotADirectoryError, ValidationError):
            return None


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


def _moved(output: Output, old: Path, new: Path) -> Output:
    """Give an output whose path is below `new` as it was below `old`."""
    return output.model_copy(update={"path": str(new / Path(output.path).relative_to(old))})
