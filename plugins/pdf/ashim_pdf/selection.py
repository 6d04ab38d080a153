"""Which pages of a document are meant: `all`, or `1,3-5`."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from ashim_core.plugin import ToolError

ALL = "all"
_PART = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?")


def _well_written(text: str) -> str:
    """Bring a selection to one form; `all` for an empty one."""
    text = "".join(text.split()).lower()
    if text in ("", ALL):
        return ALL
    for first, last in _ranges(text):
        if not 1 <= first <= last:
            raise ValueError("pages from 1 on, the first of a range before the last")
    return text


Selection = Annotated[str, Field(max_length=1000), AfterValidator(_well_written)]
"""A setting that names pages, counted from 1."""


def _ranges(text: str) -> Iterator[tuple[int, int]]:
    for part in text.split(","):
        found = _PART.fullmatch(part)
        if found is None:
            raise ValueError("all, or pages and ranges such as 1,3-5")
        yield int(found[1]), int(found[2] or found[1])


def is_one_page(text: str) -> bool:
    """Say whether a selection names one page, whatever the document is."""
    return text.isdigit()


def selected(text: str, count: int, most: int) -> list[int]:
    """Give the numbers of the pages in ascending order, each once.

    count: of the document. most: pages that may be selected.
    Raises ToolError for a page that isn't there, and for too many.
    """
    ranges = [(1, count)] if text == ALL else list(_ranges(text))
    last = max(end for _, end in ranges)
    if last > count:
        raise ToolError(
            f"There is no page {last}: the document has {count}.",
            code="PAGE_NOT_FOUND",
            details=[{"field": "pages", "expected": f"1 to {count}", "received": text}],
        )
    # No more than `most` steps, however often the same pages are named.
    pages: set[int] = set()
    for first, end in ranges:
        pages.update(range(first, min(end, first + most) + 1))
    if len(pages) > most:
        raise ToolError(
            f"That would be more than {most} pages: expected fewer at a time.",
            code="TOO_MANY_PAGES",
            details=[{"field": "pages", "expected": f"at most {most} pages", "received": text}],
        )
    return sorted(pages)
