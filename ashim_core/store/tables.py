"""Which tables there were after a migration, and their rows, without the models of today."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from graphlib import TopologicalSorter
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import peewee
from peewee import Database, PostgresqlDatabase, SqliteDatabase
from playhouse.migrations import Runner

from ashim_core.store.failures import StoreProblem, one_line
from ashim_core.store.migrate import MIGRATIONS

Row = Mapping[str, str | int | float | None]

_HISTORY = "schema_migration"
_READ_AT_A_TIME = 500
_WRITTEN_AT_A_TIME = 50
"""Times the columns, this has to stay below the 999 parameters that older SQLite takes."""
_UNFIT = (
    *(peewee.IntegrityError, peewee.DataError, peewee.InternalError, peewee.ProgrammingError),
    *(OverflowError, ValueError),
)
"""What databases and their drivers raise for values that a column can't have."""


class Table(NamedTuple):
    """A table: its columns in their order, and the one that tells rows apart."""

    name: str
    columns: tuple[str, ...]
    key: str


def tables_at(last: str, migrations: Path = MIGRATIONS) -> list[Table]:
    """Give the tables as a migration left them, each after those that it refers to."""
    database = SqliteDatabase(":memory:")
    database.connect()
    with closing(database):
        Runner(database, str(migrations)).up(last)
        return [_describe(database, name) for name in _in_order(database)]


def read_rows(db: Database, table: Table) -> Iterator[Row]:
    """Give the rows of a table by its key, a few at a time. Truth values are 0 and 1."""
    source, last = _source(table), None
    key = getattr(source, table.key)
    while True:
        query = source.select().order_by(key).limit(_READ_AT_A_TIME).tuples()
        if last is not None:
            query = query.where(key > last)
        rows = [dict(zip(table.columns, values, strict=True)) for values in query.execute(db)]
        yield from ({name: _plain(value) for name, value in row.items()} for row in rows)
        if len(rows) < _READ_AT_A_TIME:
            return
        last = rows[-1][table.key]


def count_rows(db: Database, table: Table) -> int:
    """Give the number of rows."""
    return int(_source(table).select().count(db))


def write_rows(db: Database, table: Table, rows: Iterable[Row]) -> None:
    """Add rows to a table, in the present transaction; StoreProblem when they are no such rows."""
    found: list[Any] = db.get_columns(table.name)
    truths = [column.name for column in found if column.data_type == "boolean"]
    waiting = iter(rows)
    while some := [_typed(row, truths) for row in islice(waiting, _WRITTEN_AT_A_TIME)]:
        try:
            _source(table).insert(some).execute(db)
        except _UNFIT as error:
            raise StoreProblem(
                f"The rows of {table.name} don't fit into the database: {one_line(error)}"
            ) from error
    if isinstance(db, PostgresqlDatabase):
        _count_on(db, table, found)


def delete_rows(db: Database, table: Table) -> None:
    """Remove all rows, in the present transaction."""
    _source(table).delete().execute(db)


def _source(table: Table) -> Any:
    # Whatever the key is, the columns are all that a statement may name.
    return peewee.Table(table.name, table.columns)


def _in_order(database: SqliteDatabase) -> list[str]:
    refers: dict[str, set[str]] = {}
    for name in database.get_tables():
        if name != _HISTORY and not name.startswith("sqlite_"):
            keys: list[Any] = database.get_foreign_keys(name)
            refers[name] = {key.dest_table for key in keys if key.dest_table != name}
    return list(TopologicalSorter(refers).static_order())


def _describe(database: SqliteDatabase, name: str) -> Table:
    columns: list[Any] = database.get_columns(name)
    (key,) = database.get_primary_keys(name)
    return Table(name, tuple(column.name for column in columns), key)


def _plain(value: Any) -> str | int | float | None:
    if isinstance(value, bool):
        return int(value)
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"expected text or a number in the database, found {type(value).__name__}")


def _typed(row: Row, truths: list[str]) -> dict[str, Any]:
    return {**row, **{name: bool(row[name]) for name in truths if row[name] is not None}}


def _count_on(db: Database, table: Table, columns: list[Any]) -> None:
    """Have PostgreSQL number new rows after those that brought their numbers along."""
    for column in columns:
        if "nextval(" in (column.default or ""):
            db.execute_sql(  # type: ignore[no-untyped-call]
                f'SELECT setval(pg_get_serial_sequence(%s, %s), COALESCE(MAX("{column.name}"), 1), '  # noqa: S608 - names that the database gave
                f'COUNT(*) > 0) FROM "{table.name}"',
                (table.name, column.name),
            )
