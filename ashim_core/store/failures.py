"""What goes wrong with a database, told apart: it is busy, full, or can't be used at all."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from peewee import DataError, InterfaceError, OperationalError, PeeweeException
from playhouse.pool import MaxConnectionsExceeded

from ashim_core.errors import AshimError, DatabaseBusy, StorageFull, ValidationFailed

_SQLITE_BUSY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_INTERRUPT,
    }
)
_POSTGRESQL_FULL = "53100"
_MYSQL_FULL = frozenset({1021, 1114})
_Known = type[StorageFull] | type[DatabaseBusy] | type[ValidationFailed]
_SENTENCES: dict[_Known, str] = {
    StorageFull: "The server's storage is full. Nothing was kept.",
    DatabaseBusy: "The database can't be reached or is locked at the moment.",
    ValidationFailed: "A text is too long for the database, or has characters that it can't hold.",
}


class StoreProblem(Exception):
    """Why the database can't be used, in one line for the operator."""


@contextmanager
def known_failures() -> Iterator[None]:
    """Turn what a caller can do something about into errors with a code."""
    try:
        yield
    except (PeeweeException, sqlite3.Error, MaxConnectionsExceeded) as error:
        kinds = [_kind(cause) for cause in _causes(error)]
        for known, sentence in _SENTENCES.items():
            if known in kinds:
                raise known(sentence) from error
        raise


def one_line(error: BaseException) -> str:
    """Give the text of an error without its line breaks."""
    return " ".join(str(error).split()) or type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Give the error and those it came from: a failed ROLLBACK hides what it was for."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, AshimError):
        yield cause
        cause = cause.__context__


def _kind(error: BaseException) -> _Known | None:
    if isinstance(error, MaxConnectionsExceeded):
        return DatabaseBusy
    if isinstance(error, sqlite3.Error):
        return _kind_of_sqlite(error)
    original = getattr(error, "orig", None)
    if original is None or isinstance(original, sqlite3.Error):
        return None
    if _is_full(original):
        return StorageFull
    if isinstance(error, DataError):
        return ValidationFailed
    return DatabaseBusy if isinstance(error, OperationalError | InterfaceError) else None


def _kind_of_sqlite(error: sqlite3.Error) -> _Known | None:
    """Tell by the number: a mistake in a query is of the same class as a locked file."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    primary = code & 0xFF
    if primary == sqlite3.SQLITE_FULL or code == sqlite3.SQLITE_IOERR_SHMSIZE:
        return StorageFull
    return DatabaseBusy if primary in _SQLITE_BUSY else None


def _is_full(error: BaseException) -> bool:
    return (
        getattr(error, "sqlstate", None) == _POSTGRESQL_FULL
        or error.args[:1] in {(code,) for code in _MYSQL_FULL}
        or "No space left" in str(error)
    )
