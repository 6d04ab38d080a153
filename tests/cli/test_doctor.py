"""`ashim doctor`: what it says about the database."""

import os
from pathlib import Path

import peewee
import pytest

from ashim_core.store.database import execute
from ashim_core.store.migrate import known_migrations
from tests.cli.commands import PASSWORD, ashim, database, done

DEFAULT = "'admin' can't sign in from other machines before there is a password"


def line(label: str, text: str) -> str:
    (found,) = [row for row in text.splitlines() if row.startswith(label)]
    return found.removeprefix(label).strip()


def test_it_makes_no_database(tmp_path: Path) -> None:
    text = done("doctor").stdout
    place = tmp_path / "data" / "ashim.db"
    assert line("database", text) == f"SQLite {place} (made at the first start)"
    assert not place.parent.exists()


def test_it_names_migration_users_and_the_default_password(tmp_path: Path) -> None:
    done("user", "list")
    place = tmp_path / "data" / "ashim.db"
    assert line("database", done("doctor").stdout) == (
        f"SQLite {place} ({known_migrations()[-1]}, 1 user, 'admin' with the default password)"
    )
    done("user", "set-password", "admin", typed=PASSWORD)
    done("user", "add", "mia", typed=PASSWORD)
    assert (
        line("database", done("doctor").stdout)
        == f"SQLite {place} ({known_migrations()[-1]}, 2 users)"
    )


def test_db_path_is_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PATH", "elsewhere.db")
    done("user", "list")
    assert line("database", done("doctor").stdout).startswith(f"SQLite {tmp_path}/elsewhere.db (")


@pytest.mark.parametrize(
    ("host", "sign_in", "problem"),
    [
        ("127.0.0.1", "true", False),
        ("localhost", "true", False),
        ("::1", "true", False),
        ("0.0.0.0", "true", True),
        ("::", "true", True),
        ("192.0.2.7", "true", True),
        ("images.example", "true", True),
        ("0.0.0.0", "false", False),
    ],
)
def test_the_default_password_is_a_problem_on_a_network_only(
    monkeypatch: pytest.MonkeyPatch, host: str, sign_in: str, problem: bool
) -> None:
    monkeypatch.setenv("HOST", host)
    monkeypatch.setenv("AUTH_ENABLED", sign_in)
    done("user", "list")
    result = ashim("doctor")
    assert (result.exit_code, DEFAULT in result.stdout) == (int(problem), problem)
    done("user", "set-password", "admin", typed=PASSWORD)
    assert DEFAULT not in done("doctor").stdout


def test_a_server_that_is_not_reached_is_a_problem_without_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://mia:hidden@127.0.0.1:1/pictures?sslkey=hidden")
    result = ashim("doctor")
    assert result.exit_code == 1
    assert line("database", result.stdout) == "PostgreSQL 127.0.0.1:1/pictures"
    assert "can't be reached" in line("problem", result.stdout)
    assert "hidden" not in result.output


@pytest.mark.parametrize("url", ["hidden", "postgresql://mia:hidden@127.0.0.1:port/x", "://hidden"])
def test_a_url_that_is_none_is_a_problem_without_its_text(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    result = ashim("doctor")
    assert result.exit_code == 1
    assert line("problem", result.stdout).startswith("DATABASE_URL ")
    assert "hidden" not in result.output


def test_a_missing_driver_is_a_problem_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peewee, "mysql", None)
    monkeypatch.setenv("DATABASE_URL", "mysql://mia:hidden@127.0.0.1/pictures")
    result = ashim("doctor")
    assert result.exit_code == 1
    assert line("database", result.stdout) == "MySQL 127.0.0.1/pictures"
    assert "pip install 'ashim-core[mysql]'" in line("problem", result.stdout)


def test_a_newer_database_is_a_problem() -> None:
    done("user", "list")
    with database() as store:
        statement = "INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2026')"
        with store.writing() as db:
            execute(db, statement)
    result = ashim("doctor")
    assert result.exit_code == 1
    assert "newer version of ashim (it has 9999_later" in line("problem", result.stdout)


def test_an_older_database_is_no_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done("user", "list")
    monkeypatch.setattr("ashim_core.cli.database.known_migrations", lambda: ["0001", "0002_later"])
    place = tmp_path / "data" / "ashim.db"
    assert line("database", done("doctor").stdout) == (
        f"SQLite {place} ({known_migrations()[-1]}, brought up to date at the next start)"
    )


def test_a_damaged_database_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "data" / "ashim.db"
    path.parent.mkdir()
    path.write_bytes(b"")
    result = ashim("doctor")
    assert result.exit_code == 1
    assert "is damaged" in line("problem", result.stdout)


def test_a_secret_file_that_is_missing_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL_FILE", "nowhere.txt")
    result = ashim("doctor")
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert "'nowhere.txt'" in result.stderr


def test_a_data_folder_that_is_a_file_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "file" / "data"))
    result = ashim("doctor")
    assert result.exit_code == 1
    assert f"{tmp_path / 'file'} is no folder" in line("problem", result.stdout)


def test_a_data_folder_that_can_t_be_written_to_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever runs this may be root, who can write everywhere."""
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    result = ashim("doctor")
    assert result.exit_code == 1
    assert "can't be written to by user" in line("problem", result.stdout)


def test_formats_of_packages_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASHIM_PACKAGES", "ashim-formats")
    formats = line("formats", ashim("doctor").stdout).split(", ")
    assert "jpeg" in formats
    assert "bmp (ashim-formats)" in formats


def test_a_misspelt_variable_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_UPLOAD_SIZE", "500")
    result = ashim("doctor")
    assert result.exit_code == 1
    assert "did you mean MAX_UPLOAD_SIZE_MB?" in line("problem", result.stdout)
