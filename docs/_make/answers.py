"""Says in words what came out of an example, where no picture can show it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from docs._make.markdown import fenced
from docs._make.stage import Shown, Thing

_VARIES = frozenset(
    {
        *("downloadUrl", "expiresAt", "fileSize", "filename", "jobId"),
        *("originalSize", "processedSize", "size"),
        *("IPTCDigest", "XMPToolkit"),
        *("goes", "stays"),
    }
)
"""What is another with each run, machine or version of a codec, or no fact about a file."""


def answer(shown: Shown) -> list[str]:
    """Write the code block that shows what a tool says, changes or makes."""
    if shown.told is not None:
        return fenced("\n".join(_changes(*shown.told)), "diff")
    if shown.report is not None:
        return fenced(json.dumps(_lasting(shown.report), indent=2, ensure_ascii=False), "json")
    return fenced("\n".join(_arrows(shown.before, shown.after)), "text")


def _arrows(before: Sequence[Thing], after: Sequence[Thing]) -> Iterator[str]:
    """Set the files that went in beside those that came out: by pairs, where they are pairs."""
    if len(before) == len(after):
        width = max(len(str(thing)) for thing in before)
        for old, new in zip(before, after, strict=True):
            yield f"{old!s:{width}} → {new}"
        return
    if before:
        yield " + ".join(map(str, before))
    for thing in after:
        yield f"→ {thing}"


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Give what two reports don't share, a line each."""
    old, new = dict(_flat(_lasting(before))), dict(_flat(_lasting(after)))
    for name, value in old.items():
        if new.get(name) != value:
            yield f"- {name}: {value}"
    for name, value in new.items():
        if old.get(name) != value:
            yield f"+ {name}: {value}"


def _flat(value: Mapping[str, Any], inside: str = "") -> Iterator[tuple[str, str]]:
    for key, item in value.items():
        if isinstance(item, dict):
            yield from _flat(item, f"{inside}{key}.")
        elif item is not None:
            yield f"{inside}{key}", json.dumps(item, ensure_ascii=False)


def _lasting(value: Any) -> Any:
    """Leave out what varies."""
    if isinstance(value, dict):
        return {key: _lasting(item) for key, item in value.items() if key not in _VARIES}
    return [_lasting(item) for item in value] if isinstance(value, list) else value
