"""A database that can't be used is refused in one line, and nothing in it is changed."""

import os
import socket
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

import peewee
import pytest

from ashim_core.store import database
from ashim_core.store.database import interrupted_restore, open_store
from ashim_core.store.failures import StoreProblem
from ashim_core.store.migrate import migrate
from ashim_core.store.models import AuditEntry
from ashim_core.store.sqlite_file import companions
from tests.store.conftest import Where
from tests.store.test_databases import fill

PAGE = 4096


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a database with a few hundred rows."""
    path = tmp_path / "ashim.db"
    with closing(open_store("", path)) as store:
        migrate(store)
        fill(store)
        with store.writing() as db:
            AuditEntry.insert_many(
                [
                    {"actor_username": "x" * 50, "action": "a", "target_type": "b", "created": 1}
                    for _ in range(500)
                ]
            ).execute(db)
    assert companions(path)[1].exists() is False
    return path


def refusal(path: Path) -> str:
    """Open a file that must be refused and stay as it is; give the line."""
    before = path.read_bytes()
    with pytest.raises(StoreProblem) as caught:
        open_store("", path)
    assert path.read_bytes() == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def overwrite(path: Path, position: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(position)
        file.write(content)


@pytest.mark.parametrize("position", [0, 5, 15, 16, 20, 21, 22, 23, 59])
def test_flipped_bytes_in_the_header_are_refused(path: Path, position: int) -> None:
    flipped = path.read_bytes()[position] ^ 0xFF
    overwrite(path, position, bytes([flipped]))
    assert f"The database {path} is damaged (" in refusal(path)


def test_the_format_of_a_newer_sqlite_is_refused(path: Path) -> None:
    overwrite(path, 47, b"\x09")
    assert "can't be opened: unsupported file format" in refusal(path)


def test_every_page_that_is_overwritten_is_missed(path: Path) -> None:
    whole = path.read_bytes()
    pages = len(whole) // PAGE
    assert pages > 30
    for page in range(1, pages):
        path.write_bytes(whole)
        overwrite(path, page * PAGE, b"\xff" * 64)
        assert "is damaged" in refusal(path)


@pytest.mark.parametrize("kept", [1, 15, 16, 99, 100, PAGE - 1, PAGE, 3 * PAGE, 20 * PAGE + 17])
def test_a_file_that_was_cut_off_is_refused(path: Path, kept: int) -> None:
    os.truncate(path, kept)
    assert "is damaged" in refusal(path)


def test_an_empty_file_is_refused(path: Path) -> None:
    os.truncate(path, 0)
    assert "is damaged (it is empty)" in refusal(path)


def test_a_text_is_refused(path: Path) -> None:
    path.write_text("these are my notes\n" * 500)
    assert "is damaged (it is no SQLite database)" in refusal(path)


def test_a_wrong_number_of_pages_is_refused(path: Path) -> None:
    overwrite(path, 28, struct.pack(">I", 9))
    assert "is damaged" in refusal(path)


def test_a_log_without_its_database_is_kept(path: Path) -> None:
    """It holds what was saved last; a new database would make SQLite delete it."""
    log = companions(path)[1]
    path.unlink()
    log.write_bytes(b"the last changes")
    with pytest.raises(StoreProblem, match=r"is missing, but ashim\.db-wal is there"):
        open_store("", path)
    assert log.read_bytes() == b"the last changes"
    assert not path.exists()


def test_a_log_that_a_killed_server_left_is_used(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy" / "ashim.db"
    copy.parent.mkdir()
    with closing(open_store("", path)) as store:
        with store.writing() as db:
            AuditEntry.insert(
                actor_username="late", action="a", target_type="b", created=1
            ).execute(db)
        for file in companions(path)[:2]:
            (copy.parent / file.name).write_bytes(file.read_bytes())
    with closing(open_store("", copy)) as store, store.reading() as db:
        assert AuditEntry.select().where(AuditEntry.actor_username == "late").count(db) == 1


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ashim.db").mkdir()
    with pytest.raises(StoreProblem, match="can't be opened"):
        open_store("", tmp_path / "ashim.db")


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreProblem, match="can't be opened: File exists"):
        open_store("", tmp_path / "data" / "ashim.db")


def test_a_new_database_is_private_and_never_empty(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "ashim.db"
    with closing(open_store("", path)) as store, store.reading():
        assert store.path == path
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_size == PAGE
    assert sorted(file.name for file in path.parent.iterdir()) == ["ashim.db", "ashim.db.lock"]


def test_what_an_interrupted_first_start_left_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "ashim.db"
    (tmp_path / "ashim.db.new").write_text("half a database")
    with closing(open_store("", path)) as store:
        migrate(store)
    with closing(sqlite3.connect(path)) as made:
        assert made.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_it_is_durable_and_keeps_references(path: Path) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0}
    with closing(open_store("", path)) as store:
        pool: Any = store.database
        for durable in (True, False, True):
            with store.writing(durable=durable):
                assert pool.pragma("synchronous") == (2 if durable else 1)
            with store.reading():
                assert {name: pool.pragma(name) for name in wanted} == wanted
        assert pool.timeout == database.WAIT_S == 5


def test_nothing_opens_while_a_restore_is_unfinished(where: Where) -> None:
    where.open().close()
    interrupted_restore(where.path).touch()
    with pytest.raises(StoreProblem, match="run 'ashim restore' again"):
        where.open()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "can't be read"),
        ("sqlite:///ashim.db", "For SQLite, set DB_PATH"),
        ("oracle://ann:s3cret@host/name", "can't be read"),
        ("postgresql://ann:s3cret@host", "names no database"),
        ("postgresql://ann:s3/cret@host/name", "can't be read"),
        ("mysql://ann:s3cret@host:port/name", "can't be read"),
        ("postgresql://ann:s3cret@127.0.0.1/name?colour=blue", "colour"),
        ("mysql://ann:s3cret@127.0.0.1/name?colour=blue", "colour"),
    ],
)
def test_an_unreadable_url_is_refused_without_its_password(
    url: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(StoreProblem) as caught:
        open_store(url, tmp_path / "ashim.db")
    assert words in str(caught.value)
    assert "s3" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.fixture
def nobody_listens() -> int:
    """A port of the loopback interface that refuses connections."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "mysql", "mariadb"])
def test_a_server_that_does_not_answer_is_refused(
    scheme: str, tmp_path: Path, nobody_listens: int
) -> None:
    url = f"{scheme}://ann:s3cret@127.0.0.1:{nobody_listens}/name"
    with pytest.raises(StoreProblem, match="can't be reached: ") as caught:
        open_store(url, tmp_path / "ashim.db")
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("scheme", "forget", "extra"),
    [
        ("postgres", ("psycopg", "psycopg2"), "ashim-core[postgresql]"),
        ("mariadb", ("mysql",), "ashim-core[mysql]"),
    ],
)
def test_a_missing_driver_is_named(
    scheme: str,
    forget: tuple[str, ...],
    extra: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in forget:
        monkeypatch.setattr(peewee, name, None)
    with pytest.raises(StoreProblem, match=r"driver .* is not installed") as caught:
        open_store(f"{scheme}://ann@127.0.0.1/name", tmp_path / "ashim.db")
    assert f"pip install '{extra}'" in str(caught.value)


@pytest.mark.parametrize("where", ["postgresql", "mysql"], indirect=True)
def test_a_database_that_a_server_does_not_have_is_refused(where: Where) -> None:
    with pytest.raises(StoreProblem, match="can't be reached"):
        open_store(where.url.replace("/ashim_", "/missing_"), where.path)
