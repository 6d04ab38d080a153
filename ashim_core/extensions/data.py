"""What a plugin of the server keeps in the database: values under keys of its own."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

from peewee import Database, Expression, fn

from ashim_core.store.database import Store
from ashim_core.store.models import PluginData as Row

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")
_MOST_KEY = 200
_MOST_VALUE = 60_000
"""Bytes of JSON; what the smallest of the databases can hold is a little more."""


class PluginData:
    """Values under keys, in the database of the server and in its backups.

    All processes see the same, and each call is a transaction. A key is 1 to 200 printable
    characters; a value is what JSON can say, 60,000 bytes of it at most. DatabaseBusy and
    StorageFull come from every call that has to wait for the database, or that writes.

    name: whose they are; plugins see nothing of each other's.
    """

    def __init__(self, store: Store, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise ValueError(f"expected 1 to 50 of a-z, 0-9 and '-', got {name!r}")
        self._store = store
        self._name = name

    def get(self, key: str, default: Any = None) -> Any:
        """Give the value of a key; `default` when there is none, or when it has expired."""
        with self._store.reading() as db:
            return self._value(db, self._id(key), default)

    def set(self, key: str, value: Any, *, seconds: float | None = None) -> None:
        """Keep a value in the place of what was there. seconds: how long; None: for ever."""
        self.change(key, lambda _: value, seconds=seconds)

    def add(self, key: str, value: Any, *, seconds: float | None = None) -> bool:
        """Keep a value unless there is one; say whether there was none."""
        row = self._row(key, value, seconds)
        with self._store.writing() as db:
            if self._find(db, row["id"]) is not None:
                return False
            _put(db, row)
        return True

    def change(
        self, key: str, change: Callable[[Any], Any], *, seconds: float | None = None
    ) -> Any:
        """Have what `change` makes of the present value kept in its place; give it.

        It is called inside of the transaction, so nobody else writes meanwhile, and must be quick;
        with None where there is no value.
        """
        with self._store.writing() as db:
            row = self._row(key, change(self._value(db, self._id(key), None)), seconds)
            _put(db, row)
        return json.loads(row["value"])

    def remove(self, key: str) -> bool:
        """Forget a key; say whether it was there."""
        id = self._id(key)
        with self._store.writing() as db:
            there = self._find(db, id) is not None
            Row.delete().where(Row.id == id).execute(db)
        return there

    def items(
        self, prefix: str = "", *, after: str = "", limit: int = 1000
    ) -> list[tuple[str, Any]]:
        """Give keys that begin with `prefix`, and their values, in the database's own order.

        after: the last key that was given before; the next ones are those behind it.
        """
        start = f"{self._name}:{prefix}"
        wanted = (Row.plugin == self._name) & _current()
        # Not LIKE, which doesn't tell capitals apart everywhere, nor a range, as every database
        # has an order of its own.
        wanted &= fn.SUBSTR(Row.id, 1, len(start)) == start
        if after:
            wanted &= Row.id > f"{self._name}:{after}"
        with self._store.reading() as db:
            rows = Row.select().where(wanted).order_by(Row.id).limit(limit).execute(db)
            return [(row.id[len(self._name) + 1 :], json.loads(row.value)) for row in rows]

    def _value(self, db: Database, id: str, default: Any) -> Any:
        row = self._find(db, id)
        return default if row is None else json.loads(row.value)

    def _find(self, db: Database, id: str) -> Row | None:
        row: Row | None = Row.select().where((Row.id == id) & _current()).first(db)
        return row

    def _row(self, key: str, value: Any, seconds: float | None) -> dict[str, Any]:
        text = json.dumps(value, allow_nan=False)
        if len(text) > _MOST_VALUE:
            raise ValueError(f"expected at most {_MOST_VALUE} bytes under '{key}', got {len(text)}")
        expires = None if seconds is None else time.time() + seconds
        return {"id": self._id(key), "plugin": self._name, "value": text, "expires": expires}

    def _id(self, key: str) -> str:
        if not 1 <= len(key) <= _MOST_KEY or not key.isprintable():
            raise ValueError(f"expected 1 to {_MOST_KEY} printable characters, got {key[:50]!r}")
        return f"{self._name}:{key}"


def sweep(store: Store) -> int:
    """Remove what has expired of all plugins; give how many values."""
    with store.writing(durable=False) as db:
        return int(Row.delete().where(Row.expires <= time.time()).execute(db))


def _current() -> Expression:
    return Row.expires.is_null() | (Row.expires > time.time())


def _put(db: Database, row: dict[str, Any]) -> None:
    Row.delete().where(Row.id == row["id"]).execute(db)
    Row.insert(row).execute(db)
