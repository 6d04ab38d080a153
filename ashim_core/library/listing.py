"""Finding files in the library: one page at a time, however many there are."""

import base64
import binascii
import json
import unicodedata
from typing import TYPE_CHECKING, Any, cast

from peewee import Database, Field

from ashim_core.errors import ValidationFailed
from ashim_core.library.records import FileQuery
from ashim_core.store.models import File

if TYPE_CHECKING:
    from peewee import Expression, ModelSelect

_COLUMNS: dict[str, Field] = {"createdAt": File.created, "name": File.name_key, "size": File.size}


def name_key(name: str) -> str:
    """Bring a name to the form in which names are searched and sorted."""
    return unicodedata.normalize("NFC", name.casefold())


def page(db: Database, query: FileQuery, owner: str | None) -> tuple[list[File], int, str | None]:
    """Give the files of a page, how many there are in all, and the cursor of the next page.

    owner: whose files; None: everybody's. Raises ValidationFailed for a cursor that is none.
    """
    found = _matching(query, owner)
    total = found.count(db)
    column = _COLUMNS[query.sort]
    if query.cursor is not None:
        found = found.where(_after(column, query))
    order = (column.desc(), File.id.desc()) if query.falling else (column.asc(), File.id.asc())
    rows = list(found.order_by(*order).offset(query.offset).limit(query.limit + 1).execute(db))
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    return rows, total, _cursor(rows[-1], query) if more else None


def _matching(query: FileQuery, owner: str | None) -> "ModelSelect[File]":
    found = File.select().where(File.newest == True)  # noqa: E712 - an expression of the database
    if owner is not None:
        found = found.where(File.owner == owner)
    if query.search:
        # Escapes what has a meaning in a pattern: % and _ are letters here.
        found = found.where(File.name_key.contains(name_key(query.search)))
    return found


def _after(column: Any, query: FileQuery) -> "Expression":
    value, last = _place(query)
    beyond, further = column > value, File.id > last
    if query.falling:
        beyond, further = column < value, File.id < last
    return cast("Expression", beyond | ((column == value) & further))


def _cursor(row: File, query: FileQuery) -> str:
    value = {"createdAt": row.created, "name": row.name_key, "size": row.size}[query.sort]
    text = json.dumps([query.sort, query.falling, value, row.id])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _place(query: FileQuery) -> tuple[Any, str]:
    """Read where the page before has ended."""
    try:
        sort, falling, value, last = json.loads(base64.urlsafe_b64decode(query.cursor or ""))
        right = (sort, falling) == (query.sort, query.falling) and isinstance(last, str)
        if right and isinstance(value, str if sort == "name" else int | float):
            return value, last
    except (binascii.Error, ValueError, TypeError):
        pass
    expected = "the nextCursor of a page with the same order"
    raise ValidationFailed(
        f"cursor: expected {expected}.",
        details=[{"field": "cursor", "expected": expected, "received": "something else"}],
    )
