"""Every kind of database does the same: tables, references, turns, snapshots."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from peewee import IntegrityError, Model
from playhouse.schema_diff import diff_models

from ashim_core.errors import DatabaseBusy
from ashim_core.store import database
from ashim_core.store.database import Store, execute
from ashim_core.store.migrate import known_migrations, migrate, version
from ashim_core.store.models import (
    MODELS,
    ApiKey,
    AuditEntry,
    File,
    Job,
    Pipeline,
    PluginData,
    Preference,
    Role,
    Session,
    Team,
    Turn,
    User,
)
from ashim_core.store.tables import tables_at
from tests.patience import PATIENCE_S
from tests.store.conftest import Where

NOW = 1_700_000_000.123456
ROWS: list[tuple[type[Model], dict[str, Any]]] = [
    (Team, {"id": "t", "name": "Café 東京 🎨", "name_key": "café 東京 🎨", "created": NOW}),
    (
        Role,
        {
            "id": "r",
            "name": "editor",
            "description": "long " * 100,
            "permissions": '["tools:use"]',
            "builtin": True,
            "created": NOW,
            "updated": 0.1 + 0.2,
        },
    ),
    (
        User,
        {
            "id": "u",
            "username": "Ann",
            "username_key": "ann",
            "password_hash": None,
            "role": "r",
            "team": "t",
            "must_change_password": True,
            "password_is_default": False,
            "builtin": False,
            "created": NOW,
        },
    ),
    (
        Session,
        {
            "id": "s",
            "user": "u",
            "token_hash": "0" * 64,
            "created": NOW,
            "expires": NOW + 1,
            "last_used": NOW,
            "ip_address": "2001:db8::1",
        },
    ),
    (
        ApiKey,
        {
            "id": "k",
            "user": "u",
            "name": "100 % \\ 'quoted' \"twice\"",
            "key_hash": "1" * 64,
            "prefix": "si_01234567",
            "permissions": None,
            "created": NOW,
            "expires": None,
            "last_used": None,
        },
    ),
    (Preference, {"name": "appName", "value": '"pictures"', "updated": NOW}),
    (
        AuditEntry,
        {
            "id": 2**40,
            "actor_id": None,
            "actor_username": "system",
            "action": "LOGIN_FAILED",
            "target_type": "user",
            "target_id": None,
            "details": None,
            "ip_address": None,
            "created": NOW,
        },
    ),
    (Turn, {"id": "another"}),
    (
        Job,
        {
            "id": "j",
            "owner": "u",
            "kind": "tool",
            "tool": "same",
            "state": "queued",
            "progress": 0.0,
            "message": "Ä 東京 🎨",
            "completed": 0,
            "failed": 0,
            "total": 1,
            "error": None,
            "cancel": False,
            "server": "s",
            "created": NOW,
            "updated": NOW + 1,
            "expires": None,
            "claim_key": "4" * 64,
            "claim_body": None,
        },
    ),
    (
        Pipeline,
        {
            "id": "p",
            "owner": "u",
            "name": "Für das Web 🎨",
            "description": "one\ntwo",
            "steps": '[{"toolId": "same", "settings": {}}]',
            "created": NOW,
            "updated": NOW + 1,
        },
    ),
    (
        File,
        {
            "id": "f",
            "owner": "u",
            "chain": "f",
            "version": 1,
            "newest": True,
            "parent": None,
            "name": "Ä 東京 🎨.png",
            "name_key": "ä 東京 🎨.png",
            "media_type": "image/png",
            "size": 2**40,
            "width": None,
            "height": 1,
            "digest": "2" * 64,
            "tools": "[]",
            "created": NOW,
        },
    ),
    (PluginData, {"id": "a:Ä 東京", "plugin": "a", "value": '{"b": "🎨"}', "expires": NOW}),
]


def fill(store: Store) -> None:
    """Write a row into every table that there is: an older database has fewer."""
    with store.writing() as db:
        there = db.get_tables()
        for model, row in ROWS:
            if model._meta.table_name in there:
                model.insert(row).execute(db)


def count(store: Store, model: type[Model]) -> int:
    with store.reading() as db:
        return int(model.select().count(db))


def value_of(db: Any) -> int:
    return int(Preference.select().where(Preference.name == "counter").get(db).value)


@pytest.fixture
def counted(store: Store) -> Store:
    """A database that has the preference `counter`, at 0."""
    with store.writing() as db:
        Preference.insert(name="counter", value="0", updated=0).execute(db)
    return store


def increment(store: Store, *, durable: bool = True) -> None:
    with store.writing(durable=durable) as db:
        value = str(value_of(db) + 1)
        Preference.update(value=value).where(Preference.name == "counter").execute(db)


def test_migrating_again_changes_nothing(store: Store) -> None:
    fill(store)
    assert migrate(store) == []
    assert {model.__name__: count(store, model) for model, _ in ROWS} == {
        model.__name__: 2 if model is Turn else 1 for model in MODELS
    }
    assert version(store) == known_migrations()[-1]


def test_every_model_comes_back_as_it_was_written(store: Store) -> None:
    fill(store)
    assert [model for model, _ in ROWS] == list(MODELS)
    with store.reading() as db:
        for model, row in ROWS:
            key: Any = model._meta.primary_key
            read = model.select().where(key == row[key.name]).dicts().get(db)
            assert read == row


def test_the_tables_are_what_the_models_say(store: Store) -> None:
    with store.reading() as db, db.bind_ctx(MODELS):
        assert str(diff_models(db, MODELS)) == ""
        migrated = [db.get_columns(model._meta.table_name) for model in MODELS]
        references = [_references(db, model) for model in MODELS]
        execute(db, "DELETE FROM turns")
        for model in reversed(MODELS):
            model.drop_table()
        db.create_tables(MODELS)
        assert [db.get_columns(model._meta.table_name) for model in MODELS] == migrated
        assert [_references(db, model) for model in MODELS] == references


def _references(db: Any, model: type[Model]) -> set[tuple[str, ...]]:
    found = db.get_foreign_keys(model._meta.table_name)
    return {(key.column, key.dest_table, key.dest_column, key.on_delete) for key in found}


def test_tables_are_listed_after_those_that_they_refer_to(store: Store) -> None:
    tables = {table.name: table for table in tables_at(version(store))}
    assert tables.keys() == {model._meta.table_name for model in MODELS}
    for model in MODELS:
        assert tables[model._meta.table_name].columns == tuple(
            field.column_name for field in model._meta.sorted_fields
        )
    order = list(tables)
    assert order.index("users") > max(order.index("teams"), order.index("roles"))
    assert min(order.index("sessions"), order.index("api_keys")) > order.index("users")


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        (Team, {"id": "other"}),
        (Team, {"name_key": "other"}),
        (Role, {"id": "other"}),
        (User, {"id": "other"}),
        (Session, {"id": "other"}),
        (ApiKey, {"id": "other"}),
        (User, {"id": "other", "username_key": "other", "role": "nothing"}),
        (User, {"id": "other", "username_key": "other", "team": "nothing"}),
        (Session, {"id": "other", "token_hash": "2", "user": "nothing"}),
        (Pipeline, {"id": "other", "owner": "nothing"}),
        (Preference, {"name": "other", "value": None}),
    ],
)
def test_what_must_be_unique_or_there_is_enforced(
    store: Store, model: type[Model], changes: dict[str, Any]
) -> None:
    fill(store)
    row = {**dict(ROWS)[model], **changes}
    with pytest.raises(IntegrityError), store.writing() as db:
        model.insert(row).execute(db)
    assert count(store, model) == 1


def test_names_that_differ_in_accents_and_case_are_two(store: Store) -> None:
    with store.writing() as db:
        for number, name in enumerate(("cafe", "café", "CAFE")):
            Team.insert(id=str(number), name=name, name_key=name, created=NOW).execute(db)
        assert Team.select().where(Team.name_key == "café").count(db) == 1
    assert count(store, Team) == 3


def test_deleting_a_user_takes_sessions_keys_and_pipelines_along(store: Store) -> None:
    fill(store)
    with store.writing() as db:
        User.delete().where(User.id == "u").execute(db)
    assert [count(store, model) for model in (User, Session, ApiKey, Pipeline)] == [0] * 4
    assert [count(store, model) for model in (Team, Role, AuditEntry)] == [1, 1, 1]


@pytest.mark.parametrize("model", [Role, Team])
def test_what_a_user_has_can_not_be_deleted(store: Store, model: type[Model]) -> None:
    fill(store)
    with pytest.raises(IntegrityError), store.writing() as db:
        model.delete().execute(db)
    assert count(store, model) == 1


def test_a_step_that_fails_leaves_nothing(counted: Store) -> None:
    def fail() -> None:
        with counted.writing() as db:
            Preference.update(value="7").execute(db)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with counted.reading() as db:
        assert value_of(db) == 0


def test_a_step_inside_of_another_is_a_mistake(store: Store) -> None:
    with store.writing(), pytest.raises(RuntimeError), store.writing():
        raise AssertionError("expected no second transaction")
    with store.snapshot(), pytest.raises(RuntimeError), store.writing():
        raise AssertionError("expected no second transaction")


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have those who wait their turn not give up on a busy machine."""
    monkeypatch.setattr(database, "WAIT_S", PATIENCE_S)


@pytest.mark.usefixtures("patience")
def test_writers_take_turns(counted: Store, where: Where) -> None:
    """In one process and in two: the second one has its own connections and its own lock."""
    with closing(where.open()) as other, ThreadPoolExecutor(4) as threads:
        steps = [lambda store=store: increment(store) for store in (counted, other) * 100]
        for future in [threads.submit(step) for step in steps]:
            future.result()
    with counted.reading() as db:
        assert value_of(db) == 200


@pytest.mark.usefixtures("patience")
def test_many_writers_all_come_to_their_turn(counted: Store) -> None:
    with ThreadPoolExecutor(48) as threads:
        for future in [threads.submit(increment, counted) for _ in range(240)]:
            future.result()
    with counted.reading() as db:
        assert value_of(db) == 240


def in_a_thread(step: Callable[[], Any]) -> Any:
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(step).result()


def test_readers_see_the_last_state_while_somebody_writes(counted: Store) -> None:
    def read() -> int:
        with counted.reading() as db:
            return value_of(db)

    with counted.writing() as db:
        Preference.update(value="7").execute(db)
        assert in_a_thread(read) == 0
    assert read() == 7


def test_waiting_writers_leave_readers_their_connections(
    counted: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WAIT_S", 0.5)
    begun = threading.Semaphore(0)

    def write() -> None:
        begun.release()
        with pytest.raises(DatabaseBusy):
            increment(counted)

    def read() -> int:
        with counted.reading() as db:
            return value_of(db)

    with ThreadPoolExecutor(64) as threads, counted.writing():
        waiting = [threads.submit(write) for _ in range(63)]
        for _ in waiting:
            begun.acquire()
        assert threads.submit(read).result() == 0
        for future in waiting:
            future.result()


@pytest.mark.usefixtures("patience")
def test_readers_who_write_let_a_writer_without_a_connection_pass(counted: Store) -> None:
    """As when a request notes that a session was used, while somebody signs in."""
    pool: Any = counted.database
    connections = pool._max_connections
    all_taken = threading.Barrier(connections + 1)
    go_on = threading.Event()

    def read_and_write() -> None:
        with counted.reading():
            all_taken.wait()
            go_on.wait()
            increment(counted, durable=counted.path is None)

    with ThreadPoolExecutor(connections + 1) as threads:
        readers = [threads.submit(read_and_write) for _ in range(connections)]
        all_taken.wait()
        writer = threads.submit(increment, counted)
        while not counted._turn.locked():
            assert not writer.done()
            time.sleep(0.001)
        go_on.set()
        for future in [*readers, writer]:
            future.result()
    with counted.reading() as db:
        assert value_of(db) == connections + 1


def test_a_snapshot_sees_one_moment(counted: Store) -> None:
    def read(db: Any) -> tuple[int, int]:
        return value_of(db), int(Team.select().count(db))

    def change() -> None:
        with counted.writing() as db:
            Preference.update(value="7").execute(db)
            Team.insert(id="t", name="t", name_key="t", created=NOW).execute(db)

    with counted.snapshot() as db:
        assert value_of(db) == 0
        in_a_thread(change)
        assert read(db) == (0, 0)
    with counted.reading() as db:
        assert read(db) == (7, 1)


def test_a_lock_that_others_keep_is_told_as_busy(
    where: Where, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while somebody else, here a second process's connections, has the lock for long."""
    monkeypatch.setattr(database, "WAIT_S", 1)
    with closing(where.open()) as store, closing(where.open()) as other:
        migrate(store)
        with store.writing() as db:
            Preference.insert(name="counter", value="0", updated=0).execute(db)
        with other.writing(), pytest.raises(DatabaseBusy) as caught:
            in_a_thread(lambda: increment(store))
        assert (caught.value.status, caught.value.code) == (503, "DATABASE_BUSY")
        increment(store)
        with store.reading() as db:
            assert value_of(db) == 1


def test_a_row_that_others_lock_is_told_as_busy_without_a_turn(
    where: Where, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WAIT_S", 1)
    with closing(where.open()) as store, closing(where.open()) as other:
        migrate(store)
        with store.writing() as db:
            Preference.insert(name="counter", value="0", updated=0).execute(db)
        with other.writing() as db:
            Preference.update(value="7").execute(db)
            with pytest.raises(DatabaseBusy):
                in_a_thread(lambda: increment(store, durable=False))
    with closing(where.open()) as store, store.reading() as db:
        assert value_of(db) == 7


def test_mistakes_in_queries_are_not_told_as_busy(store: Store) -> None:
    with pytest.raises(Exception, match="nothing") as caught, store.reading() as db:
        execute(db, "SELECT * FROM nothing")
    assert not isinstance(caught.value, DatabaseBusy)


def test_connections_go_back_after_each_step(store: Store) -> None:
    for _ in range(100):
        with store.reading() as db:
            Turn.select().count(db)
        with store.writing() as db:
            Turn.select().count(db)
    pool: Any = store.database
    assert len(pool._in_use) == 0
    assert len(pool._connections) == 1
