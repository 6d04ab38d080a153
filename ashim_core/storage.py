"""Where bytes lie: one folder per job, removed as a whole."""

import re
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ValidationError

from ashim_core.engine.task import Output, TaskResult
from ashim_core.errors import NotFound

_RECORD = "result.json"
_INPUTS = "in[0-9]*"
_ID_BYTES = 16
_ID = re.compile(r"[0-9a-f]{32}")


class JobRecord(BaseModel):
    """A finished job whose results can be downloaded.

    created, expires: seconds since the epoch.
    owner: the account that started it.
    """

    id: str
    owner: str
    created: float
    expires: float
    result: TaskResult

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

    def forget_inputs(self) -> None:
        """Remove the uploads; the results stay."""
        for upload in self.path.glob(_INPUTS):
            upload.unlink()

    def remove(self) -> None:
        """Remove everything; a folder that is gone already is fine."""
        shutil.rmtree(self.path, ignore_errors=True)


class JobStorage:
    """All job folders under one root."""

    def __init__(self, root: Path, max_age_hours: float) -> None:
        self._root = root
        self._max_age_hours = max_age_hours
        self._root.mkdir(parents=True, exist_ok=True)

    def create(self) -> JobFolder:
        """Make an empty folder for a new job, under a name that can't be guessed."""
        folder = JobFolder(self._root / secrets.token_hex(_ID_BYTES))
        folder.path.mkdir()
        folder.outputs.mkdir()
        return folder

    def finish(
        self, folder: JobFolder, result: TaskResult, owner: str, hours: float | None = None
    ) -> JobRecord:
        """Keep the results of a job, for so many hours or as long as results usually are."""
        now = time.time()
        record = JobRecord(
            id=folder.id,
            owner=owner,
            created=now,
            expires=now + 3600 * (hours or self._max_age_hours),
            result=result,
        )
        scratch = folder.path / f"{_RECORD}.new"
        scratch.write_text(record.model_dump_json())
        scratch.rename(folder.path / _RECORD)
        folder.forget_inputs()
        return record

    def output(self, job_id: str, name: str, owner: str | None = None) -> Output:
        """Find a result by the name it was announced with; NotFound also when it has expired.

        owner: whose it must be; None: anybody's.
        """
        record = self._record(self._root / job_id) if _ID.fullmatch(job_id) else None
        if record is not None and record.expires > time.time() and owner in (None, record.owner):
            for output in record.result.outputs:
                if output.name == name and Path(output.path).is_file():
                    return output
        raise NotFound("There is no such result, or it has expired.")

    def probe(self) -> None:
        """Write and remove a file; OSError says why jobs can't be kept."""
        path = self._root / f"probe-{secrets.token_hex(4)}"
        path.write_bytes(b"ashim")
        path.unlink()

    def sweep(self, *, started: bool = False) -> int:
        """Remove expired results, and what interrupted jobs left; give the number of folders.

        started: the server has just started, so no job can be running.
        """
        doomed = [folder for folder in self._folders() if self._is_over(folder, started)]
        for folder in doomed:
            folder.remove()
        return len(doomed)

    def _folders(self) -> Iterator[JobFolder]:
        return (JobFolder(path) for path in self._root.iterdir() if path.is_dir())

    def _is_over(self, folder: JobFolder, started: bool) -> bool:
        record = self._record(folder.path)
        if record is not None:
            return record.expires < time.time()
        try:
            return started or folder.path.stat().st_mtime < time.time() - 3600 * self._max_age_hours
        except FileNotFoundError:
            return False

    @staticmethod
    def _record(folder: Path) -> JobRecord | None:
        try:
            return JobRecord.model_validate_json((folder / _RECORD).read_bytes())
        except (FileNotFoundError, NotADirectoryError, ValidationError):
            return None
