"""Bringing the database to the present form: numbered migrations, each one transaction.

A migration is a file `NNNN_what.py` with a function `up(migrator, db)`. It names tables and columns
as they were at its time and imports nothing of ours, so that it does the same for ever.
"""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from peewee import DatabaseError
from playhouse.migrations import Runner

from ashim_core.store.database import Store, StoreProblem

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(store: Store, migrations: Path = MIGRATIONS, until: str | None = None) -> list[str]:
    """Apply what is missing and give its names; keep a copy of an SQLite file before.

    until: the last migration to apply; all by default.
    Raises StoreProblem when the database was made by a newer version, or can't be read.
    """
    with _alone(store), store._connected():
        try:
            runner = Runner(store.database, str(migrations))
            applied, missing = _compare(runner, store)
            if missing and applied:
                keep_copy(store, f"before-{missing[0]}")
            done: list[str] = runner.up(until) if missing else []
        except DatabaseError as error:
            raise StoreProblem(
                f"The database {_place(store)} can't be brought up to date: {error}"
            ) from error
        return done


def version(store: Store, migrations: Path = MIGRATIONS) -> str:
    """Give the name of the last migration that was applied; empty for a new database."""
    with store.reading():
        return max(Runner(store.database, str(migrations)).applied(), default="")


def keep_copy(store: Store, label: str) -> Path | None:
    """Copy an SQLite file, complete and consistent, next to itself; give the copy."""
    if store.path is None:
        return None
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    copy = store.path.with_name(f"{store.path.name}.{label}.{stamp}")
    with closing(sqlite3.connect(store.path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    copy.chmod(0o600)
    return copy


def _compare(runner: Runner, store: Store) -> tuple[list[str], list[str]]:
    applied = sorted(runner.applied())
    known = [item.name for item in runner.migrations()]
    if newer := [name for name in applied if name not in known]:
        raise StoreProblem(
            f"The database {_place(store)} was made by a newer version of ashim (it has "
            f"{newer[-1]}, this one knows {known[-1]}): install that version, or restore a backup."
        )
    return applied, [name for name in known if name not in applied]


def _place(store: Store) -> str:
    return str(store.path or "of DATABASE_URL")


@contextmanager
def _alone(store: Store) -> Iterator[None]:
    """Keep other processes from migrating the same SQLite file at the same time."""
    if store.path is None:
        yield
        return
    with store.path.with_name(store.path.name + ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
