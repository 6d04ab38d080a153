"""The configured database, for commands: where it is, opening it, and how it is."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import click

from ashim_core.cli.options import fail, readable_errors
from ashim_core.config import Config
from ashim_core.data_folder import make_private
from ashim_core.errors import AshimError
from ashim_core.identity import first_start
from ashim_core.identity.lookup import users
from ashim_core.presence import Presence
from ashim_core.server.build import open_data
from ashim_core.store.database import Store, StoreProblem, open_store
from ashim_core.store.migrate import known_migrations, version

_KINDS = {
    "postgresql": "PostgreSQL",
    "postgres": "PostgreSQL",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
}


@contextmanager
def opened(config: Config) -> Iterator[Store]:
    """Give the database in its present form; what goes wrong with it ends the command in a line."""
    with readable_errors():
        try:
            make_private(config.data_dir.resolve(), config.umask)
            presence = Presence(config.data_dir.resolve())
        except OSError as error:
            fail(f"The data folder can't be used: {error}")
        with presence:
            presence.share()
            try:
                store = open_data(config)
            except OSError as error:
                fail(f"The data folder can't be used: {error}")
            with closing(store):
                yield store


def is_there(config: Config) -> bool:
    """Say whether there is a database already; one that a URL names always counts as such."""
    return bool(config.database_url.get_secret_value()) or config.database_path.exists()


def is_current(store: Store) -> bool:
    """Say whether a database has its present form; StoreProblem when it has a later one."""
    return version(store) == known_migrations()[-1]


def warn_if_new(config: Config) -> None:
    """Say that there is no database yet: who meant another data folder wants to know."""
    if not is_there(config):
        click.echo(f"note: there was no database yet, making {config.database_path}", err=True)


def place(config: Config) -> str:
    """Name kind and place of the database; nothing of a URL that may be secret."""
    url = config.database_url.get_secret_value()
    if not url:
        return f"SQLite {config.database_path}"
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "of DATABASE_URL"
    if parts.scheme not in _KINDS:
        return "of DATABASE_URL"
    return f"{_KINDS[parts.scheme]} {parts.hostname or ''}{port}{parts.path}"


@dataclass(frozen=True)
class Condition:
    """How a database is.

    summary: what is in it. default_password: the administrator who still has it.
    problem: why it can't be used.
    """

    summary: str = ""
    default_password: str | None = None
    problem: str | None = None


def condition(config: Config) -> Condition:
    """Look at the database without changing it."""
    if not is_there(config):
        return Condition("made at the first start")
    try:
        with closing(
            open_store(config.database_url.get_secret_value(), config.database_path)
        ) as db:
            return _condition(db)
    except (StoreProblem, AshimError, OSError) as error:
        return Condition(problem=str(error))


def _condition(store: Store) -> Condition:
    migration = version(store)
    if not migration:
        return Condition("empty, filled at the first start")
    if not is_current(store):
        return Condition(f"{migration}, brought up to date at the next start")
    with store.reading() as db:
        count = users().count(db)
    name = first_start.has_default_password(store)
    people = "1 user" if count == 1 else f"{count} users"
    default = f", '{name}' with the default password" if name else ""
    return Condition(f"{migration}, {people}{default}", default_password=name)
