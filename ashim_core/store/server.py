"""The database server of DATABASE_URL: PostgreSQL or MySQL."""

from typing import Any, NamedTuple

from peewee import Database, ImproperlyConfigured, PeeweeException
from playhouse import db_url
from playhouse.pool import PooledMySQLDatabase, PooledPostgresqlDatabase

from ashim_core.installation import with_extra
from ashim_core.store.failures import StoreProblem, one_line

_EXPECTED = (
    "expected postgresql:// or mysql://user:password@host/name, with special characters in user "
    "and password percent-encoded"
)


class _Kind(NamedTuple):
    make: Any
    extra: str


_POSTGRESQL = _Kind(PooledPostgresqlDatabase, "postgresql")
_MYSQL = _Kind(PooledMySQLDatabase, "mysql")
_KINDS = {
    "postgresql": _POSTGRESQL,
    "postgres": _POSTGRESQL,
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
}


def connect(url: str, wait_s: float, connections: int) -> Database:
    """Open the database of a URL, and make sure that it answers.

    Raises StoreProblem, which never quotes the URL: there is a password in it.
    """
    kind = _KINDS.get(url.partition("://")[0])
    if kind is None:
        raise StoreProblem(f"DATABASE_URL can't be read: {_EXPECTED}. For SQLite, set DB_PATH.")
    database = _make(kind, _parameters(kind, url, wait_s), wait_s, connections)
    try:
        database.connect()
        database.close()
    except ImproperlyConfigured as error:
        raise StoreProblem(
            f"The driver for the database of DATABASE_URL is not installed ({one_line(error)}): "
            f"{with_extra(kind.extra)}"
        ) from error
    except (PeeweeException, OSError) as error:
        raise StoreProblem(
            f"The database of DATABASE_URL can't be reached: {one_line(error)}"
        ) from error
    except (TypeError, ValueError, RuntimeError) as error:
        raise StoreProblem(f"DATABASE_URL can't be used: {one_line(error)}") from error
    return database


def _parameters(kind: _Kind, url: str, wait_s: float) -> dict[str, Any]:
    try:
        found: dict[str, Any] = db_url.parse(url, unquote_user=True, unquote_password=True)
    except ValueError:
        # What was made of it may be a part of the password, so the reason is not repeated.
        raise StoreProblem(f"DATABASE_URL can't be read: {_EXPECTED}.") from None
    if not found.get("database"):
        raise StoreProblem(f"DATABASE_URL names no database: {_EXPECTED}.")
    if "passwd" in found:
        found["password"] = found.pop("passwd")
    found.setdefault("connect_timeout", max(1, round(wait_s)))
    if kind is _POSTGRESQL:
        return {**found, "prefer_psycopg3": True}
    return {**found, "init_command": f"SET SESSION {_mysql_session(max(1, round(wait_s)))}"}


def _mysql_session(seconds: int) -> str:
    """Say how long to wait for locks, and that a text which is too long is not to be cut off."""
    return (
        f"innodb_lock_wait_timeout = {seconds}, lock_wait_timeout = {seconds}, "
        "sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')"
    )


def _make(kind: _Kind, given: dict[str, Any], wait_s: float, connections: int) -> Database:
    try:
        database: Database = kind.make(max_connections=connections, timeout=wait_s, **given)
    except (TypeError, ValueError) as error:
        raise StoreProblem(f"DATABASE_URL can't be used: {one_line(error)}") from error
    return database
