"""The SQLite file: made whole or not at all, looked at before use, locked while it changes."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from playhouse.pool import PooledSqliteDatabase

from ashim_core.installation import ashim_alone
from ashim_core.store.failures import StoreProblem, one_line

_PRAGMAS = {
    "journal_mode": "wal",
    # Who was told "saved" must find it saved, even after the power failed.
    "synchronous": "full",
    "foreign_keys": 1,
    "trusted_schema": 0,
}
_PRIVATE = 0o600
_START = b"SQLite format 3\0"
_SMALLEST = 512


def open_file(path: Path, wait_s: float, connections: int) -> PooledSqliteDatabase:
    """Open the database in a file, which is made if there is none.

    Raises StoreProblem when it is damaged or can't be opened; then nothing in it was changed.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with only_one(path):
            if not path.exists():
                _make(path)
            _look_at(path)
    except OSError as error:
        raise StoreProblem(f"The database {path} can't be opened: {error.strerror}.") from error
    database = PooledSqliteDatabase(
        str(path),
        pragmas=_PRAGMAS,
        timeout=wait_s,
        max_connections=connections,
        check_same_thread=False,
    )
    # The keyword above is how long to wait for a connection; this is how long for a lock.
    database.timeout = wait_s
    return database


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Keep other processes from making or changing the form of the same file meanwhile."""
    with path.with_name(f"{path.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def companions(path: Path) -> tuple[Path, ...]:
    """Name the files that belong to a database: its own and, while it is open, SQLite's two."""
    return (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm"))


def copy_file(path: Path, target: Path) -> None:
    """Copy a database that may be in use: complete, consistent, and only then under its name."""
    scratch = target.with_name(f"{target.name}.new")
    _new_file(scratch)
    try:
        with (
            closing(sqlite3.connect(path)) as source,
            closing(sqlite3.connect(scratch)) as copy,
        ):
            source.backup(copy)
        settle(scratch)
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)
    settle(target.parent)


def settle(path: Path) -> None:
    """Have the disk hold what was written to a file, or which files are in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make(path: Path) -> None:
    """Make an empty database. An empty file would look like one that lost its contents."""
    log = companions(path)[1]
    if log.exists() and log.stat().st_size:
        raise StoreProblem(
            f"The database {path} is missing, but {log.name} is there and holds a part of it: "
            f"put it back, or {_restore()}."
        )
    scratch = path.with_name(f"{path.name}.new")
    _new_file(scratch)
    with closing(sqlite3.connect(scratch)) as made:
        made.execute("PRAGMA journal_mode = wal")
    settle(scratch)
    scratch.rename(path)
    settle(path.parent)


def _new_file(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=_PRIVATE)


def _look_at(path: Path) -> None:
    """Have SQLite look at every page; a damaged file is refused before anything writes to it."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(len(_START))
    # SQLite takes a file that is shorter than its header for a new one, and would begin there.
    if size < _SMALLEST or start != _START:
        raise _damaged(path, "it is no SQLite database" if size else "it is empty")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as look:
            found = look.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError as error:
        raise StoreProblem(f"The database {path} can't be opened: {one_line(error)}.") from error
    except sqlite3.DatabaseError as error:
        raise _damaged(path, one_line(error)) from error
    if found != "ok":
        raise _damaged(path, " ".join(str(found).split()))


def _restore() -> str:
    return f"run '{ashim_alone('restore')}' with a backup"


def _damaged(path: Path, reason: str) -> StoreProblem:
    return StoreProblem(
        f"The database {path} is damaged ({reason}). Nothing was changed: {_restore()}, which "
        "keeps this one."
    )
