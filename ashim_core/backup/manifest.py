"""What a backup says about itself: which files are in it, and of what form the data is."""

from datetime import datetime
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ashim_core.store.failures import StoreProblem

FORMAT = 1
NAME = "manifest.json"
MOST_BYTES = 128 * 1024 * 1024
KEPT = ("secret", "branding/", "files/")
"""Files of the data folder, and folders with all that is in them, that go into a backup."""
LEFT_OUT = frozenset({"jobs", "sessions", "turns"})
"""Tables that don't. A login that somebody ended after the backup must stay ended, so nobody is
signed in after a restore; jobs go with their results, which aren't kept; `turns` holds no data, and
every database makes its row itself."""
_FOLDERS = tuple(name for name in KEPT if name.endswith("/"))


class BackupProblem(StoreProblem):
    """Why a backup can't be made or restored, in one line for the operator."""


class Entry(BaseModel):
    """A file of the backup."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Manifest(BaseModel):
    """The first file of a backup.

    migration: the last one that the database had.  rows: how many each table has.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    version: str
    migration: str
    created: datetime
    files: Annotated[dict[str, Entry], Field(max_length=1_000_000)]
    rows: dict[Annotated[str, Field(pattern="^[a-z_]+$")], Annotated[int, Field(ge=0)]]


def read_manifest(text: bytes) -> Manifest:
    """Read a manifest, of which every file has an acceptable name; BackupProblem."""
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise BackupProblem(f"This is no backup of ashim: {NAME}: {place} {first['msg']}") from None
    if manifest.format != FORMAT:
        raise BackupProblem(
            f"The backup has format {manifest.format} (of ashim {manifest.version}), this version "
            f"reads format {FORMAT}: install that version."
        )
    for name in manifest.files:
        if not (_is_kept(name) or name in {rows_of(table) for table in manifest.rows}):
            raise BackupProblem(f"The backup has a file of an unexpected name: {name!a}")
    return manifest


def rows_of(table: str) -> str:
    """Name the file that holds the rows of a table."""
    return f"tables/{table}.jsonl"


def _is_kept(name: str) -> bool:
    path = PurePosixPath(name)
    plain = name == str(path) and ".." not in path.parts and name.isprintable()
    return plain and (name in KEPT or name.startswith(_FOLDERS))
