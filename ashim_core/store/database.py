"""Opening the database, and reading and writing in it.

SQLite by default; PostgreSQL and MySQL by URL. Connections come from a pool and go back after each
step, so a request that waits for a picture holds none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from peewee import (
    Database,
    ImproperlyConfigured,
    InterfaceError,
    MySQLDatabase,
    OperationalError,
    SqliteDatabase,
)
from playhouse import db_url
from playhouse.pool import MaxConnectionsExceeded, PooledSqliteDatabase

from ashim_core.errors import DatabaseBusy, StorageFull
from ashim_core.store.models import Turn

_CONNECTIONS = 32
_WAIT_S = 5
_PRAGMAS = {
    "journal_mode": "wal",
    # Who was told "saved" must find it saved, even after the power failed.
    "synchronous": "full",
    "foreign_keys": 1,
    "trusted_schema": 0,
}


class StoreProblem(Exception):
    """Why the database can't be used, in one line for the operator."""


def execute(database: Database, sql: str) -> Any:
    """Run a statement as it is; for what the query builder has no words for."""
    return database.execute_sql(sql)  # type: ignore[no-untyped-call]


class Store:
    """The database of one server.

    path: the file, for SQLite.
    """

    def __init__(self, database: Database, path: Path | None = None) -> None:
        self.database = database
        self.path = path

    @contextmanager
    def reading(self) -> Iterator[Database]:
        """Give the database for reading; DatabaseBusy when it can't be reached."""
        with _known_failures(), self._connected():
            yield self.database

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[Database]:
        """Give the database for one transaction, which no other writer runs beside.

        durable: what was written survives a power cut. Without it, only a killed server.
        """
        with _known_failures(), self._connected():
            if isinstance(self.database, SqliteDatabase):
                with self._in_sqlite(durable):
                    yield self.database
            else:
                with self.database.atomic():
                    if durable:
                        Turn.select().for_update().execute(self.database)
                    yield self.database

    @contextmanager
    def snapshot(self) -> Iterator[Database]:
        """Give the database for reading as it is at one moment, while others go on writing."""
        with _known_failures(), self._connected(), self.database.atomic():
            if not isinstance(self.database, SqliteDatabase | MySQLDatabase):
                execute(self.database, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield self.database

    def close(self) -> None:
        """Close all connections."""
        # All of ours are pooled, which the type doesn't say.
        self.database.close_all()  # type: ignore[attr-defined]

    @contextmanager
    def _connected(self) -> Iterator[None]:
        """Have a connection for this thread; inner steps use that of the outer one."""
        if not self.database.is_closed():
            yield
            return
        self.database.connect()
        try:
            yield
        finally:
            self.database.close()

    @contextmanager
    def _in_sqlite(self, durable: bool) -> Iterator[None]:
        if self.database.in_transaction():
            raise RuntimeError("expected no transaction to be open")
        if not durable:
            execute(self.database, "PRAGMA synchronous = normal")
        try:
            with self.database.atomic("IMMEDIATE"):
                yield
        finally:
            if not durable:
                execute(self.database, "PRAGMA synchronous = full")


def open_store(url: str, path: Path) -> Store:
    """Open the database at `url`, or the SQLite file at `path` if there is no URL.

    Raises StoreProblem when it is damaged or can't be reached.
    """
    if url:
        return Store(_by_url(url))
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size == 0:
        raise StoreProblem(
            f"The database {path} is empty, so it was damaged: restore a backup with 'ashim "
            "restore', or delete the file to start anew."
        )
    database = PooledSqliteDatabase(
        str(path),
        pragmas=_PRAGMAS,
        timeout=_WAIT_S,
        max_connections=_CONNECTIONS,
        check_same_thread=False,
    )
    # What the pool calls its timeout, SQLite calls its own: only this name reaches the pool.
    database._wait_timeout = _WAIT_S
    store = Store(database, path)
    _refuse_damaged(store)
    return store


def _by_url(url: str) -> Database:
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise StoreProblem("DATABASE_URL is no URL: expected postgresql://user:password@host/name.")
    options: dict[str, Any] = {"max_connections": _CONNECTIONS, "timeout": _WAIT_S}
    try:
        database: Database = db_url.connect(
            f"{scheme.removesuffix('+pool')}+pool://{rest}",
            unquote_user=True,
            unquote_password=True,
            **options,
        )
        database.connect()
        database.close()
    except (RuntimeError, ValueError) as error:
        raise StoreProblem(f"DATABASE_URL can't be used: {error}") from error
    except ImproperlyConfigured as error:
        raise StoreProblem(
            f"DATABASE_URL names a database whose driver is not installed ({error}): "
            f"pip install 'ashim-core[{scheme.partition('+')[0]}]'"
        ) from error
    except (OperationalError, InterfaceError) as error:
        raise StoreProblem(f"The database of DATABASE_URL can't be reached: {error}") from error
    return database


def _refuse_damaged(store: Store) -> None:
    """Have SQLite look at every page; a damaged file is refused before anything reads it."""
    try:
        with store._connected():
            found = execute(store.database, "PRAGMA quick_check(1)").fetchone()[0]
    except Exception as error:
        raise _damaged(store, str(error)) from error
    if found != "ok":
        raise _damaged(store, found)


def _damaged(store: Store, reason: str) -> StoreProblem:
    return StoreProblem(
        f"The database {store.path} is damaged ({reason}): restore a backup with 'ashim restore'. "
        "Nothing was changed."
    )


@contextmanager
def _known_failures() -> Iterator[None]:
    """Turn what a caller can do something about into errors with a code."""
    try:
        yield
    except MaxConnectionsExceeded as error:
        raise DatabaseBusy("The database has too many connections at the moment.") from error
    except (OperationalError, InterfaceError) as error:
        if "full" in str(error):
            raise StorageFull("The server's storage is full. Nothing was kept.") from error
        raise DatabaseBusy("The database can't be reached or is locked at the moment.") from error
