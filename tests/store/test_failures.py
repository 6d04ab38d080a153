"""What callers are told when a database fails while it is used, and that it recovers."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import peewee
import pytest

from ashim_core.errors import DatabaseBusy, StorageFull
from ashim_core.store.database import Store, execute, open_store
from ashim_core.store.failures import known_failures
from ashim_core.store.migrate import migrate
from ashim_core.store.models import Preference


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store("", tmp_path / "ashim.db")) as store:
        migrate(store)
        yield store


def save(store: Store, name: str, *, pages: int | None = None) -> None:
    """Save a large value, on a disk that has room for so many pages."""
    with store.writing() as db:
        room = 1_000_000 if pages is None else pages
        execute(db, f"PRAGMA max_page_count = {room}").fetchall()
        for number in range(20):
            row = {"name": f"{name} {number}", "value": "x" * 100_000, "updated": 0}
            Preference.insert(row).execute(db)


def test_a_full_disk_keeps_nothing_and_what_was_there_stays_readable(store: Store) -> None:
    save(store, "first")
    with pytest.raises(StorageFull) as caught:
        save(store, "second", pages=1)
    assert (caught.value.status, caught.value.code) == (507, "STORAGE_FULL")
    with store.reading() as db:
        assert Preference.select().count(db) == 20
    save(store, "third")
    with store.reading() as db:
        assert Preference.select().count(db) == 40
        assert execute(db, "PRAGMA integrity_check").fetchone() == ("ok",)


def driver_error(text: str, *args: Any, **fields: Any) -> Exception:
    """An error as a driver raises it, inside of the one that the query builder makes of it."""
    original = type("OperationalError", (Exception,), fields)(*args, text)
    return peewee.OperationalError(original, *args, text)


@pytest.mark.parametrize(
    ("error", "known"),
    [
        (driver_error("No space left on device", sqlstate="53100"), StorageFull),
        (driver_error("Disk full (/tmp/x)", 1021), StorageFull),
        (driver_error("The table 'users' is full", 1114), StorageFull),
        (driver_error("Got error 28 'No space left on device' from engine", 1030), StorageFull),
        (driver_error("server closed the connection unexpectedly"), DatabaseBusy),
        (driver_error("canceling statement due to lock timeout", sqlstate="55P03"), DatabaseBusy),
        (driver_error("Deadlock found when trying to get lock", 1213), DatabaseBusy),
        (driver_error("host 'fullmoon' refuses the connection", 2003), DatabaseBusy),
    ],
)
def test_errors_of_servers_are_told_apart(error: Exception, known: type[Exception]) -> None:
    with pytest.raises(known), known_failures():
        raise error


def test_other_errors_stay_what_they_are() -> None:
    mistake = peewee.OperationalError("expected a connection")
    with pytest.raises(peewee.OperationalError, match="expected a connection"), known_failures():
        raise mistake


def test_a_failed_rollback_does_not_hide_its_cause() -> None:
    def fail() -> None:
        try:
            raise driver_error("No space left on device", sqlstate="53100")
        finally:
            raise peewee.OperationalError("cannot rollback")

    with pytest.raises(StorageFull), known_failures():
        fail()


def test_a_pool_whose_connections_are_all_taken_is_told_as_busy(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool: Any = store.database
    pool.close_idle()
    monkeypatch.setattr(pool, "_wait_timeout", 0.1)
    monkeypatch.setattr(pool, "_in_use", dict.fromkeys(range(32), SimpleNamespace()))
    with pytest.raises(DatabaseBusy), store.reading():
        raise AssertionError("expected no connection")
    monkeypatch.undo()
    with store.reading() as db:
        assert Preference.select().count(db) == 0
