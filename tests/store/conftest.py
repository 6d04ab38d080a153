"""The databases that ashim supports, each empty: a file, and servers where they are installed."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from ashim_core.config import Config
from ashim_core.store.database import Store, open_store
from ashim_core.store.migrate import migrate
from tests.store import servers

KINDS = ("sqlite", "postgresql", "mysql")
_numbers = itertools.count()


class Where(NamedTuple):
    """Where a database is; `url` is empty for SQLite."""

    kind: str
    url: str
    path: Path

    def open(self) -> Store:
        return open_store(self.url, self.path)

    def config(self) -> Config:
        return Config(data_dir=self.path.parent, max_users=0, skip_must_change_password=True)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Callable[[str], str]]:
    """Make a database on a PostgreSQL server; gives its URL."""
    programs = servers.find_postgresql()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: apt install postgresql")
    with servers.postgresql(programs) as make:
        yield make


@pytest.fixture(scope="session")
def mysql() -> Iterator[Callable[[str], str]]:
    """Make a database on a MariaDB server; gives its URL."""
    programs = servers.find_mariadb()
    if programs is None:
        pytest.skip("MariaDB is not installed: apt install mariadb-server")
    with servers.mariadb(*programs) as make:
        yield make


@pytest.fixture(params=KINDS)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Where:
    """An empty database, of each kind in turn."""
    return new_database(request, request.param, tmp_path)


@pytest.fixture
def store(where: Where) -> Iterator[Store]:
    """A database in its present form, of each kind in turn."""
    with closing(where.open()) as store:
        migrate(store)
        yield store


def new_database(request: pytest.FixtureRequest, kind: str, folder: Path) -> Where:
    """Make an empty database of a kind."""
    path = folder / "data" / "ashim.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "sqlite":
        return Where(kind, "", path)
    make: Callable[[str], str] = request.getfixturevalue(kind)
    return Where(kind, make(f"ashim_{next(_numbers)}"), path)
