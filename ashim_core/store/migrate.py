"""Bringing the database to the present form: numbered migrations, all that are missing or none.

A migration is a file `NNNN_what.py` with a function `up(migrator, db)`. It names tables and columns
as they were at its time and imports nothing of ours, so that it does the same for ever. MySQL can't
take back a change of its tables: there a migration has to bear being started again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from peewee import Database, MySQLDatabase, SqliteDatabase
from playhouse.migrations import Runner

from ashim_core.installation import ashim_alone
from ashim_core.store.database import Store, execute
from ashim_core.store.failures import StoreProblem, one_line
from ashim_core.store.models import MODELS
from ashim_core.store.sqlite_file import copy_file, only_one

MIGRATIONS = Path(__file__).parent / "migrations"

_POSTGRESQL_LOCK = 0x617368696D  # "ashim"
_MYSQL_LOCK = "CONCAT('ashim.', LEFT(SHA1(DATABASE()), 32))"
_LONGEST_S = 600


def migrate(store: Store, migrations: Path = MIGRATIONS, until: str | None = None) -> list[str]:
    """Apply what is missing and give its names; keep a copy of an SQLite file before.

    until: the last migration to apply; all by default.
    Raises StoreProblem when the database was made by a newer version, or can't be read.
    """
    try:
        with store.connected(), _only_one(store):
            runner = Runner(store.database, str(migrations))
            applied, missing = _compare(runner, store)
            missing = [name for name in missing if until is None or name <= until]
            if not missing:
                return []
            with _all_or_nothing(store.database), _copy_kept(store, applied, missing):
                runner.up(missing[-1])
            return missing
    except StoreProblem:
        raise
    except Exception as error:
        raise StoreProblem(
            f"The database {_place(store)} can't be brought up to date: {one_line(error)}"
        ) from error


def version(store: Store, migrations: Path = MIGRATIONS) -> str:
    """Give the name of the last migration that was applied; empty for a new database.

    Raises StoreProblem when the database was made by a newer version.
    """
    with store.reading():
        applied, _ = _compare(Runner(store.database, str(migrations)), store)
        return max(applied, default="")


def known_migrations(migrations: Path = MIGRATIONS) -> list[str]:
    """Name the migrations there are, in their order."""
    return sorted(path.stem for path in migrations.glob("[0-9]*.py"))


def _compare(runner: Runner, store: Store) -> tuple[list[str], list[str]]:
    applied = sorted(runner.applied())
    known = [item.name for item in runner.migrations()]
    if newer := [name for name in applied if name not in known]:
        raise StoreProblem(
            f"The database {_place(store)} was made by a newer version of ashim (it has "
            f"{newer[-1]}, this one knows {known[-1]}): install that version, or run "
            f"'{ashim_alone('restore')}' with a backup."
        )
    if not applied:
        _refuse_strange(store)
    return applied, [name for name in known if name not in applied]


def _refuse_strange(store: Store) -> None:
    """Refuse the database of another program, or one that somebody made by hand."""
    # MySQL may have made some of them before the first migration was interrupted.
    if isinstance(store.database, MySQLDatabase):
        return
    ours = {model._meta.table_name for model in MODELS}
    if taken := sorted(ours.intersection(store.database.get_tables())):
        raise StoreProblem(
            f"The database {_place(store)} was not made by ashim, but has tables of the same "
            f"names ({', '.join(taken)}). Nothing was changed: give ashim a database of its own."
        )


def _place(store: Store) -> str:
    return str(store.path or "of DATABASE_URL")


@contextmanager
def _only_one(store: Store) -> Iterator[None]:
    """Keep other processes from migrating the same database at the same time."""
    if store.path is not None:
        with only_one(store.path):
            yield
        return
    take, give = (
        (f"SELECT GET_LOCK({_MYSQL_LOCK}, {_LONGEST_S})", f"SELECT RELEASE_LOCK({_MYSQL_LOCK})")
        if isinstance(store.database, MySQLDatabase)
        else (
            f"SELECT pg_advisory_lock({_POSTGRESQL_LOCK})",
            f"SELECT pg_advisory_unlock({_POSTGRESQL_LOCK})",
        )
    )
    if execute(store.database, take).fetchone()[0] == 0:
        raise StoreProblem(f"Another process migrates the database for {_LONGEST_S} seconds now.")
    try:
        yield
    finally:
        execute(store.database, give)


@contextmanager
def _all_or_nothing(database: Database) -> Iterator[None]:
    """Make one transaction of several migrations, where the database can."""
    if isinstance(database, MySQLDatabase):
        yield
    elif isinstance(database, SqliteDatabase):
        with _loose_references(database), database.atomic("IMMEDIATE"):
            yield
            if found := execute(database, "PRAGMA foreign_key_check").fetchone():
                raise StoreProblem(f"A migration left a row of {found[0]} that refers to nothing.")
    else:
        with database.atomic():
            yield


@contextmanager
def _loose_references(database: Database) -> Iterator[None]:
    """Let SQLite's tables be replaced without deleting what refers to them."""
    execute(database, "PRAGMA foreign_keys = 0")
    try:
        yield
    finally:
        execute(database, "PRAGMA foreign_keys = 1")


@contextmanager
def _copy_kept(store: Store, applied: list[str], missing: list[str]) -> Iterator[None]:
    """Keep a copy of an SQLite file that has something in it; not if nothing comes of it."""
    if store.path is None or not applied:
        yield
        return
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    copy = store.path.with_name(f"{store.path.name}.before-{missing[0]}.{stamp}")
    copy_file(store.path, copy)
    try:
        yield
    except BaseException:
        # A server that is started again and again would fill the disk with them.
        copy.unlink()
        raise
