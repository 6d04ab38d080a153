"""Making a backup, while the server goes on."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import ashim_core
from ashim_core.backup.archive import pack
from ashim_core.backup.manifest import (
    FORMAT,
    KEPT,
    LEFT_OUT,
    BackupProblem,
    Entry,
    Manifest,
    rows_of,
)
from ashim_core.backup.rows import write_lines
from ashim_core.borrowed import borrow
from ashim_core.store.database import Store
from ashim_core.store.migrate import version
from ashim_core.store.sqlite_file import settle
from ashim_core.store.tables import read_rows, tables_at


def save(store: Store, data: Path, target: Path) -> Manifest:
    """Write the database, and what is kept in the data folder, to a new file.

    The file appears when it is complete. Raises BackupProblem when there is nothing to save or the
    file exists, StoreProblem when the database is newer.
    """
    if target.exists():
        raise BackupProblem(f"{target} exists already")
    migration = version(store)
    if not migration:
        raise BackupProblem("There is nothing to back up: the server was never started")
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as scratch:
        staged = Path(scratch)
        rows = _stage_rows(store, migration, staged)
        _stage_files(data, staged)
        manifest = Manifest(
            format=FORMAT,
            version=ashim_core.__version__,
            migration=migration,
            created=datetime.now(UTC),
            files={name: _entry(staged / name) for name in _names(staged)},
            rows=rows,
        )
        archive = staged / "archive"
        pack(staged, manifest, archive)
        archive.rename(target)
    settle(target.parent)
    return manifest


def _stage_rows(store: Store, migration: str, staged: Path) -> dict[str, int]:
    """Write every table as it is at one moment; give the numbers of rows."""
    (staged / "tables").mkdir()
    with store.snapshot() as db:
        return {
            table.name: write_lines(staged / rows_of(table.name), read_rows(db, table))
            for table in tables_at(migration)
            if table.name not in LEFT_OUT
        }


def _stage_files(data: Path, staged: Path) -> None:
    for name in KEPT:
        for source in _plain_files(data / name):
            target = staged / source.relative_to(data)
            target.parent.mkdir(parents=True, exist_ok=True)
            # It may be removed at any moment.
            with suppress(FileNotFoundError):
                borrow(source, target)


def _plain_files(path: Path) -> Iterator[Path]:
    for found in (path, *sorted(path.rglob("*"))):
        if found.is_file() and not found.is_symlink():
            yield found


def _names(staged: Path) -> list[str]:
    return sorted(path.relative_to(staged).as_posix() for path in _plain_files(staged))


def _entry(path: Path) -> Entry:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Entry(size=path.stat().st_size, sha256=digest)
