"""Queries that every request makes, with their SQL written once."""

from typing import Any

from peewee import Database, ModelSelect

from ashim_core.store.database import Store


class Prepared:
    """A query of one row. Writing its SQL takes the query builder ten times as long as asking."""

    def __init__(self, store: Store, query: "ModelSelect[Any]") -> None:
        """Take a query with as many parameters as `first` will be given, of any value."""
        self._sql, self._example = query.bind(store.database).sql()

    def first(self, db: Database, *parameters: Any) -> tuple[Any, ...] | None:
        """Give the first row with these parameters in place of those of the example."""
        if len(parameters) != len(self._example):
            raise TypeError(f"expected {len(self._example)} parameters, got {len(parameters)}")
        found: tuple[Any, ...] | None = db.execute_sql(  # type: ignore[no-untyped-call]
            self._sql, parameters
        ).fetchone()
        return found
