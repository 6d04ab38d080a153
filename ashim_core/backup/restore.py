"""Putting the data of a backup in the place of what is there, which is kept.

A new SQLite database is made of the backup first, in the form that the backup has, and brought up
to date. Only when all of that has worked does anything change: the new file takes the place of the
old one, or its rows go to the database server in one transaction. While things move, a file says so
and no server starts; whoever is interrupted there runs the command again.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from ashim_core.backup.archive import unpack
from ashim_core.backup.manifest import KEPT, LEFT_OUT, BackupProblem, Manifest, rows_of
from ashim_core.backup.rows import read_lines
from ashim_core.backup.save import save
from ashim_core.identity import audit
from ashim_core.policy import operator
from ashim_core.store.database import Store, interrupted_restore, open_server, open_store
from ashim_core.store.migrate import known_migrations, migrate, version
from ashim_core.store.sqlite_file import companions, settle
from ashim_core.store.tables import (
    Table,
    count_rows,
    delete_rows,
    read_rows,
    tables_at,
    write_rows,
)


class Place(NamedTuple):
    """Where the data of a server is.

    data: the data folder.  database: the file of the SQLite database.  url: of the database server
    that is used in its place; empty for SQLite.
    """

    data: Path
    database: Path
    url: str


class Restored(NamedTuple):
    """What came of a restore. before: where the old data is now, if there was any."""

    manifest: Manifest
    before: Path | None


def restore(archive: Path, place: Place, *, replace: bool = False) -> Restored:
    """Restore a backup. No server may use the data folder meanwhile.

    replace: also where the tables of a database server have rows, which are deleted then.
    Raises BackupProblem, StoreProblem, or what a full or busy database raises: then nothing was
    changed. After an OSError, as after being killed, it may have to run again.
    """
    with _staging(place.data) as staged:
        manifest = unpack(archive, staged / "files")
        made = staged / "ashim.db"
        _make_database(manifest, staged / "files", made)
        if place.url:
            with closing(open_server(place.url)) as server:
                _refuse_occupied(server, replace)
                before = _keep_rows(server, place.data)
                _fill(server, made, interrupted_restore(place.database))
        else:
            before = _new_folder(place.data)
            _mark(interrupted_restore(place.database))
            _swap_database(made, place.database, before)
        _swap_files(staged / "files", place.data, before)
    _unmark(interrupted_restore(place.database))
    if not any(before.iterdir()):
        before.rmdir()
        return Restored(manifest, None)
    return Restored(manifest, before)


@contextmanager
def _staging(data: Path) -> Iterator[Path]:
    """Have an empty folder that is removed afterwards, or by the next one."""
    folder = data / "restoring"
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _make_database(manifest: Manifest, files: Path, target: Path) -> None:
    """Make a database of the rows of a backup, in the form of today."""
    known = known_migrations()
    if manifest.migration not in known:
        raise BackupProblem(
            f"The backup was made by a newer version of ashim ({manifest.version}; it has "
            f"{manifest.migration}, this one knows {known[-1]}): install that version."
        )
    with closing(open_store("", target)) as store:
        migrate(store, until=manifest.migration)
        _insert(store, manifest, files)
        migrate(store)
        with store.writing() as db:
            made = manifest.created.isoformat(timespec="seconds")
            audit.record(db, operator(), "DATA_RESTORED", "server", created=made)
    settle(target)


def _insert(store: Store, manifest: Manifest, files: Path) -> None:
    tables = [table for table in tables_at(manifest.migration) if table.name not in LEFT_OUT]
    if manifest.rows.keys() != {table.name for table in tables}:
        raise BackupProblem("The backup is wrong: it doesn't have the tables that it should have")
    if missing := [table.name for table in tables if rows_of(table.name) not in manifest.files]:
        raise BackupProblem(f"The backup is wrong: it has no rows of {missing[0]}")
    with store.writing() as db:
        for table in tables:
            write_rows(db, table, read_lines(files / rows_of(table.name), table))
            if count_rows(db, table) != manifest.rows[table.name]:
                raise BackupProblem(f"The backup is wrong: rows of {table.name} are missing")


def _refuse_occupied(server: Store, replace: bool) -> None:
    if not replace and any(_counts(server)):
        raise BackupProblem(
            "The database of DATABASE_URL has rows already: give --replace to delete them. A "
            "backup of them is made first."
        )


def _counts(server: Store) -> list[int]:
    present = version(server)
    with server.reading() as db:
        return [
            count_rows(db, table) for table in _tables(present or None) if table.name != "turns"
        ]


def _tables(migration: str | None) -> list[Table]:
    return [] if migration is None else tables_at(migration)


def _keep_rows(server: Store, data: Path) -> Path:
    """Back up what a database server has; give the folder."""
    before = _new_folder(data)
    if any(_counts(server)):
        save(server, data, before / "backup.tar.gz")
    return before


def _fill(server: Store, made: Path, marker: Path) -> None:
    """Have the rows of a new SQLite database on a server, and no others."""
    migrate(server)
    tables = [table for table in tables_at(version(server)) if table.name != "turns"]
    marked = marker.exists()
    try:
        with closing(open_store("", made)) as source, server.writing() as db:
            for table in reversed(tables):
                delete_rows(db, table)
            with source.snapshot() as rows:
                for table in tables:
                    write_rows(db, table, read_rows(rows, table))
            _mark(marker)
    except BaseException:
        if not marked:
            _unmark(marker)
        raise


def _swap_database(made: Path, target: Path, before: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    for old in companions(target):
        if old.exists():
            shutil.move(old, before / old.name)
            settle(before / old.name)
    settle(before)
    shutil.move(made, target)
    settle(target)
    settle(target.parent)


def _swap_files(files: Path, data: Path, before: Path) -> None:
    for name in KEPT:
        if (data / name).exists():
            shutil.move(data / name, before / name)
        if (files / name).exists():
            shutil.move(files / name, data / name)
    settle(data)


def _new_folder(data: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    folder = data / f"before-restore-{stamp}"
    folder.mkdir(mode=0o700)
    return folder


def _mark(marker: Path) -> None:
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.touch()
    settle(marker.parent)


def _unmark(marker: Path) -> None:
    marker.unlink(missing_ok=True)
    settle(marker.parent)
