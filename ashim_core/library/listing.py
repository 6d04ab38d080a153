"""Finding files in the library: one page at a time, however many there are."""

import base64
import json
import unicodedata
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from peewee import Database, Field

from ashim_core.errors import ValidationFailed
from ashim_core.ids import is_id
from ashim_core.library.records import FileQuery
from ashim_core.store.models import File

if TYPE_CHECKING:
    from peewee import Expression, ModelSelect

_BEYOND = 2**63
_NO_LETTERS = frozenset({"Cc", "Cs"})
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
    text = json.dumps([query.sort, query.falling, value, row.id], ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode()


def _place(query: FileQuery) -> tuple[Any, str]:
    """Read where the page before has ended."""
    with suppress(ValueError, TypeError, RecursionError):
        sort, falling, value, last = json.loads(base64.urlsafe_b64decode(query.cursor or ""))
        right = (sort, falling) == (query.sort, query.falling) and is_id(last)
        if right and (_is_name(value) if sort == "name" else _is_number(value)):
            return value, last
    expected = "the nextCursor of a page with the same order"
    raise ValidationFailed(
        f"Expected {expected} for 'cursor' but received something else.",
        details=[{"field": "cursor", "expected": expected, "received": "something else"}],
    )


def _is_number(value: object) -> bool:
    """Say whether every database takes it; what is no number at all is not less than anything."""
    return isinstance(value, int | float) and abs(value) < _BEYOND


def _is_name(value: object) -> bool:
    """Say whether it may be what a name is sorted by: not every database takes any text."""
    return isinstance(value, str) and not any(
        unicodedata.category(char) in _NO_LETTERS for char in value
    )
