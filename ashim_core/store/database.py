"""Opening the database, and reading and writing in it.

SQLite by default; PostgreSQL and MySQL by URL. Connections come from a pool and go back after each
step, so a request that waits for a picture holds none.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from peewee import Database, PostgresqlDatabase, SqliteDatabase

from ashim_core.errors import DatabaseBusy
from ashim_core.installation import ashim_alone
from ashim_core.store.failures import StoreProblem, known_failures
from ashim_core.store.models import Turn
from ashim_core.store.server import connect
from ashim_core.store.sqlite_file import open_file

__all__ = ["Store", "StoreProblem", "execute", "interrupted_restore", "open_server", "open_store"]

WAIT_S: float = 5
"""How long a step waits for a connection, for other writers, and for a server to answer."""
_CONNECTIONS = 32


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
        self._turn = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Database]:
        """Give the database for reading; DatabaseBusy when it can't be reached."""
        with known_failures(), self.connected():
            yield self.database

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[Database]:
        """Give the database for one transaction, which no other durable one runs beside.

        durable: what was written survives a power cut. Without it, only a killed server; and on a
        database server it doesn't wait for its turn.
        """
        self._refuse_inner_step()
        with known_failures(), self._in_turn(durable), self.connected():
            if isinstance(self.database, SqliteDatabase):
                with self._in_sqlite(durable):
                    yield self.database
            else:
                with self._on_server(durable):
                    yield self.database

    @contextmanager
    def snapshot(self) -> Iterator[Database]:
        """Give the database for reading as it is at one moment, while others go on writing."""
        self._refuse_inner_step()
        # SQLite has no other isolation than this one.
        wanted = {} if self.path else {"isolation_level": "REPEATABLE READ"}
        with known_failures(), self.connected(), self.database.atomic(**wanted):
            yield self.database

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Have a connection for this thread; inner steps use that of the outer one."""
        if not self.database.is_closed():
            yield
            return
        self.database.connect()
        try:
            yield
        finally:
            self.database.close()

    def probe(self) -> None:
        """Read something; DatabaseBusy when it can't be reached."""
        with self.reading() as db:
            Turn.select().exists(db)

    def close(self) -> None:
        """Close all connections but those that another thread is using right now.

        To take one away from under a thread crashes the process: SQLite doesn't look.
        """
        # All of ours are pooled, which the type doesn't say.
        self.database.close_idle()  # type: ignore[attr-defined]

    def _refuse_inner_step(self) -> None:
        if self.database.in_transaction():
            raise RuntimeError("expected no transaction to be open")

    @contextmanager
    def _in_turn(self, durable: bool) -> Iterator[None]:
        """Have the writers of this process queue here, where waiting takes no connection."""
        # Who has one already must not wait for somebody who waits for one.
        holds_connection = not self.database.is_closed()
        if holds_connection or not (durable or self.path):
            yield
            return
        if not self._turn.acquire(timeout=WAIT_S):
            raise DatabaseBusy("Too many wait for the database at the moment.")
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _in_sqlite(self, durable: bool) -> Iterator[None]:
        synchronous = nullcontext() if durable else self._less_synchronous()
        # The lock for writing is taken at once: later, what was read may have changed by then.
        with synchronous, self.database.atomic("IMMEDIATE"):
            yield

    @contextmanager
    def _less_synchronous(self) -> Iterator[None]:
        execute(self.database, "PRAGMA synchronous = normal")
        try:
            yield
        finally:
            execute(self.database, "PRAGMA synchronous = full")

    @contextmanager
    def _on_server(self, durable: bool) -> Iterator[None]:
        # After the turn has come, each query must see what those before have written.
        with self.database.atomic(isolation_level="READ COMMITTED"):
            if isinstance(self.database, PostgresqlDatabase):
                execute(self.database, f"SET LOCAL lock_timeout = {round(WAIT_S * 1000)}")
            if durable:
                Turn.select().for_update().execute(self.database)
            yield


def open_store(url: str, path: Path) -> Store:
    """Open the database at `url`, or the SQLite file at `path` if there is no URL.

    Raises StoreProblem when it is damaged or can't be reached.
    """
    if interrupted_restore(path).exists():
        raise StoreProblem(
            "A restore was interrupted, so the data is neither old nor new: run "
            f"'{ashim_alone('restore')}' again. What was there is in "
            f"{path.parent}/before-restore-*."
        )
    return Store(open_file(path, WAIT_S, _CONNECTIONS), path) if not url else open_server(url)


def open_server(url: str) -> Store:
    """Open the database at `url`. Raises StoreProblem when it can't be reached."""
    return Store(connect(url, WAIT_S, _CONNECTIONS))


def interrupted_restore(path: Path) -> Path:
    """Name the file that is there while a restore puts data in the place of other data."""
    return path.with_name(f"{path.name}.restoring")
