"""Migrations: all or none, once, with a copy before; and nothing happens to a newer database."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ashim_core.store.database import Store, StoreProblem, execute
from ashim_core.store.migrate import MIGRATIONS, known_migrations, migrate, version
from ashim_core.store.models import ApiKey, Preference, Role, Session, Team, User
from ashim_core.store.tables import count_rows, read_rows, tables_at
from tests.store.conftest import Where
from tests.store.test_databases import fill

FIRST = known_migrations()[0]
SECOND = """
from peewee import *
from playhouse.migrate import migrate

def up(migrator, db):
    migrator.migrate(
        migrator.add_column("teams", "colour", TextField(null=True)),
        migrator.drop_column("users", "builtin"),
        migrator.add_index("teams", ("name",)),
    )
    db.execute_sql("UPDATE teams SET colour = 'blue'")
"""
FAILING = f"{SECOND}    db.execute_sql('DELETE FROM sessions')\n    raise ValueError('no luck')\n"


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    """A folder with the first migration and a second one."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    shutil.copy(MIGRATIONS / f"{FIRST}.py", folder)
    (folder / "0002_colour.py").write_text(SECOND)
    return folder


def old(where: Where, migrations: Path) -> Store:
    """Make a database that has the first migration only, and a row in every table."""
    store = where.open()
    assert migrate(store, migrations, until=FIRST) == [FIRST]
    fill(store)
    return store


def contents(store: Store, migrations: Path = MIGRATIONS) -> object:
    tables = tables_at(version(store, migrations), migrations)
    with store.reading() as db:
        return [(table, *read_rows(db, table)) for table in tables]


def copies(where: Where) -> list[Path]:
    return sorted(where.path.parent.glob("ashim.db.before-*"))


def test_an_older_database_is_brought_up_to_date_with_its_rows(
    where: Where, migrations: Path
) -> None:
    with closing(old(where, migrations)) as store:
        assert migrate(store, migrations) == ["0002_colour"]
        assert version(store, migrations) == "0002_colour"
        tables = {table.name: table for table in tables_at("0002_colour", migrations)}
        with store.reading() as db:
            assert next(iter(read_rows(db, tables["teams"])))["colour"] == "blue"
            assert "builtin" not in next(iter(read_rows(db, tables["users"])))
            # SQLite makes such a table anew; what refers to it must not go with the old one.
            for name in ("users", "sessions", "api_keys", "preferences", "audit_log"):
                assert count_rows(db, tables[name]) == 1
        assert migrate(store, migrations) == []


def test_a_copy_of_the_file_is_kept_before(migrations: Path, tmp_path: Path) -> None:
    where = Where("sqlite", "", tmp_path / "ashim.db")
    with closing(old(where, migrations)) as store:
        assert copies(where) == []
        before = contents(store, migrations)
        migrate(store, migrations)
        migrate(store, migrations)
    (copy,) = copies(where)
    assert copy.name.startswith("ashim.db.before-0002_colour.20")
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(Where("sqlite", "", copy).open()) as kept:
        assert contents(kept, migrations) == before


@pytest.mark.parametrize("where", ["sqlite", "postgresql"], indirect=True)
def test_a_migration_that_fails_leaves_everything_as_it_was(migrations: Path, where: Where) -> None:
    (migrations / "0002_colour.py").write_text(FAILING)
    with closing(old(where, migrations)) as store:
        before = contents(store, migrations)
        with pytest.raises(StoreProblem, match=r"can't be brought up to date: no luck$"):
            migrate(store, migrations)
        assert version(store, migrations) == FIRST
        assert contents(store, migrations) == before
        assert copies(where) == []
        (migrations / "0002_colour.py").write_text(SECOND)
        assert migrate(store, migrations) == ["0002_colour"]


def test_the_first_of_several_migrations_is_taken_back_with_the_second(
    migrations: Path, tmp_path: Path
) -> None:
    (migrations / "0003_fails.py").write_text("def up(migrator, db):\n    1 / 0\n")
    where = Where("sqlite", "", tmp_path / "ashim.db")
    with closing(old(where, migrations)) as store:
        before = contents(store, migrations)
        with pytest.raises(StoreProblem, match="division by zero"):
            migrate(store, migrations)
        assert contents(store, migrations) == before


def test_rows_that_refer_to_nothing_fail_a_migration(migrations: Path, tmp_path: Path) -> None:
    (migrations / "0002_colour.py").write_text(
        "def up(migrator, db):\n    db.execute_sql('DELETE FROM teams')\n"
    )
    where = Where("sqlite", "", tmp_path / "ashim.db")
    with closing(old(where, migrations)) as store:
        with pytest.raises(StoreProblem, match="a row of users that refers to nothing"):
            migrate(store, migrations)
        with store.reading() as db:
            assert Team.select().count(db) == 1
            assert execute(db, "PRAGMA foreign_keys").fetchone() == (1,)


def test_a_disk_that_is_full_before_the_copy_stops_the_migration(
    migrations: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = Where("sqlite", "", tmp_path / "ashim.db")
    with closing(old(where, migrations)) as store:
        monkeypatch.setattr("ashim_core.store.migrate.copy_file", no_space)
        with pytest.raises(StoreProblem, match="No space left on device"):
            migrate(store, migrations)
        assert version(store, migrations) == FIRST


def no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_newer_database_is_refused_and_not_changed(where: Where, migrations: Path) -> None:
    with closing(old(where, migrations)) as store:
        migrate(store, migrations)
        before = contents(store, migrations)
        for refused in (lambda: migrate(store), lambda: version(store)):
            with pytest.raises(StoreProblem, match=r"made by a newer version .* 0002_colour"):
                refused()
        assert contents(store, migrations) == before


@pytest.mark.parametrize("where", ["sqlite", "postgresql"], indirect=True)
def test_a_database_of_another_program_is_refused(where: Where) -> None:
    with closing(where.open()) as store:
        execute(store.database, "CREATE TABLE users (id INTEGER)")
        with pytest.raises(StoreProblem, match=r"not made by ashim, .* \(users\)"):
            migrate(store)
        assert store.database.get_tables() == ["users"]
        store.database.close()


@pytest.mark.parametrize("where", ["mysql"], indirect=True)
def test_a_first_start_that_was_interrupted_is_taken_up_again(where: Where) -> None:
    """Where a migration is no transaction, some tables may be there already."""
    with closing(where.open()) as store:
        execute(
            store.database,
            "CREATE TABLE turns (id VARCHAR(32) PRIMARY KEY) CHARACTER SET utf8mb4 "
            "COLLATE utf8mb4_bin",
        )
        store.database.close()
        assert migrate(store) == known_migrations()


def test_processes_that_start_at_once_make_one_database(where: Where) -> None:
    code = (
        "import pathlib, sys; from ashim_core.store.database import open_store; "
        "from ashim_core.store.migrate import migrate; sys.stdin.read(1); "
        "store = open_store(sys.argv[1], pathlib.Path(sys.argv[2])); "
        "print(len(migrate(store))); store.close()"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, where.url, str(where.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("x")
        process.stdin.flush()
    printed = sorted(process.communicate()[0].strip() for process in started)
    assert printed == ["0", str(len(known_migrations()))]
    with closing(where.open()) as store:
        assert version(store) == known_migrations()[-1]


def test_a_copy_is_whole_while_others_write(tmp_path: Path, migrations: Path) -> None:
    """What the write-ahead log holds is in the copy, too."""
    where = Where("sqlite", "", tmp_path / "ashim.db")
    with closing(old(where, migrations)) as store, closing(where.open()) as other:
        with other.writing() as db:
            Preference.insert(name="late", value="1", updated=0).execute(db)
        migrate(store, migrations)
    (copy,) = copies(where)
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("SELECT value FROM preferences WHERE name = 'late'").fetchone() == (
            "1",
        )
        assert kept.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_only_the_first_migrations_up_to_one_are_applied(where: Where, migrations: Path) -> None:
    with closing(where.open()) as store:
        assert migrate(store, migrations, until=FIRST) == [FIRST]
        with store.reading() as db:
            for model in (Team, Role, User, Session, ApiKey):
                assert model.select().count(db) == 0
