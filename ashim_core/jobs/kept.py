"""Where results are kept until they expire, and the folder that does it."""

import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, runtime_checkable

from pydantic import ValidationError

from ashim_core.engine.task import Output
from ashim_core.errors import NotFound
from ashim_core.ids import is_id
from ashim_core.jobs.folders import JobFolder, known_when_full
from ashim_core.jobs.record import JobRecord

_RECORD = "result.json"


@runtime_checkable
class Results(Protocol):
    """Where the results of jobs are kept until they expire.

    All web processes see the same. What fails as a disk does raises OSError, StorageFull when it
    is full, and ServerBusy when the place can't be reached at the moment.
    """

    def keep(self, folder: JobFolder, record: JobRecord) -> JobRecord:
        """Keep the results of a job; give the record as `record` gives it from then on.

        All of it or nothing, and it survives the end of this process. Of the folder nothing is
        needed after that, and it may be gone.
        record: its outputs and its archive lie in the folder.
        """

    def record(self, job_id: str, owner: str | None = None) -> JobRecord:
        """Give the record of a kept job; NotFound also when it has expired.

        owner: whose it must be; None: anybody's. The outputs needn't be at hand.
        """

    def output(self, job_id: str, name: str, owner: str | None = None) -> Output:
        """Find a result by the name it was announced with; NotFound also when it has expired.

        Its path is a file of this machine, which can be read from now on.
        """

    def remove(self, job_id: str) -> None:
        """Remove what was kept of a job; that there is nothing is fine."""

    def sweep(self) -> int:
        """Remove what has expired; give the number of jobs."""

    def probe(self) -> None:
        """Try whether something can be kept at the moment; raises why not."""


class FolderResults:
    """Results in a folder: `<job>/` as the job had it, with the record beside the files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, folder: JobFolder, record: JobRecord) -> JobRecord:
        inside = _moved(record, folder.path, Path())
        # The uploads make room for the record.
        folder.forget_inputs()
        with known_when_full():
            (folder.path / _RECORD).write_text(inside.model_dump_json())
            folder.path.rename(self._folder / folder.id)
        return self.record(folder.id)

    def record(self, job_id: str, owner: str | None = None) -> JobRecord:
        record = self._read(self._folder / job_id) if is_id(job_id) else None
        if record is None or record.expires <= time.time() or owner not in (None, record.owner):
            raise _no_such_result()
        return _moved(record, Path(), self._folder / job_id)

    def output(self, job_id: str, name: str, owner: str | None = None) -> Output:
        record = self.record(job_id, owner)
        for output in (*record.outputs, record.archive):
            if output is not None and output.name == name and Path(output.path).is_file():
                return output
        raise _no_such_result()

    def remove(self, job_id: str) -> None:
        if is_id(job_id):
            JobFolder(self._folder / job_id).remove()

    def sweep(self) -> int:
        doomed = [folder for folder in self._finished() if self._is_over(folder)]
        for folder in doomed:
            folder.remove()
        return len(doomed)

    def probe(self) -> None:
        path = self._folder / f"probe-{secrets.token_hex(4)}"
        try:
            path.write_bytes(b"ashim")
        finally:
            path.unlink(missing_ok=True)

    def _finished(self) -> Iterator[JobFolder]:
        return (JobFolder(path) for path in self._folder.iterdir() if path.is_dir())

    def _is_over(self, folder: JobFolder) -> bool:
        record = self._read(folder.path)
        return record is None or record.expires < time.time()

    @staticmethod
    def _read(folder: Path) -> JobRecord | None:
        try:
            return JobRecord.model_validate_json((folder / _RECORD).read_bytes())
        except (FileNotFoundError, NotADirectoryError, ValidationError):
            return None


def _no_such_result() -> NotFound:
    return NotFound("There is no such result, or it has expired.")


def _moved(record: JobRecord, old: Path, new: Path) -> JobRecord:
    """Give a record whose files are below `new` as they were below `old`."""
    return record.model_copy(
        update={
            "outputs": tuple(_elsewhere(item, old, new) for item in record.outputs),
            "archive": record.archive and _elsewhere(record.archive, old, new),
        }
    )


def _elsewhere(output: Output, old: Path, new: Path) -> Output:
    return output.model_copy(update={"path": str(new / Path(output.path).relative_to(old))})
