"""When two names are the same, and when they only look the same."""

import unicodedata
from collections.abc import Iterable
from functools import cache

from ashim_core.errors import Conflict, ValidationFailed

_COMPARED = 100
"""Room for a name in the form in which it is compared, where one letter may become many."""


def compared(name: str) -> str:
    """Give the form in which names are compared: case and compatibility forms don't count."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def refuse_taken(name: str, taken: Iterable[str], what: str) -> None:
    """Refuse a name that is taken (Conflict), or looks like one that is (ValidationFailed)."""
    if len(compared(name)) > _COMPARED:
        raise ValidationFailed(
            f"'{name}' is too long in the form in which names are compared.",
            details=[
                {"field": "name", "expected": "a shorter name", "received": f"{len(name)} letters"}
            ],
        )
    for other in taken:
        if _folded(name) == _folded(other):
            raise Conflict(
                f"There is a {what} '{other}' already.",
                details=[{"field": "name", "expected": "a new name", "received": name}],
            )
        if _looks(name) == _looks(other):
            raise ValidationFailed(
                f"'{name}' looks like the {what} '{other}'.",
                details=[
                    {
                        "field": "name",
                        "expected": "a name that can't be taken for another",
                        "received": f"{name!a}, which looks like '{other}'",
                    }
                ],
            )


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.casefold())


def _looks(name: str) -> str:
    """Give what all names have in common that look like this one (after Unicode TS 39)."""
    return "".join(map(_representative, compared(name)))


@cache
def _representative(char: str) -> str:
    from confusable_homoglyphs.confusables import (  # noqa: PLC0415 - 10 MB, and rarely needed
        confusables_data,
    )

    twins: list[str] = [item["c"] for item in confusables_data.get(char, ())]
    return min(char, *twins) if twins else char
