"""The text fields of a form: every one is known, sent once, and no or yes in the usual words."""

import difflib
import re
from collections.abc import Collection

from flask import request

from ashim_core.errors import ValidationFailed
from ashim_core.ids import ID_PATTERN
from ashim_core.web.context import core
from ashim_core.wire.validation import ModelT, names_of, shown, validated

SETTINGS = "settings"
TARGET = "fileId"
_RUN = (TARGET, "strict", "manifest", "clientJobId")
"""What goes along with everything that is run. `clientJobId` is how older clients name a job; the
server names its jobs itself, so nothing comes of it."""
TOOL_FIELDS = (SETTINGS, *_RUN)
BATCH_FIELDS = (*TOOL_FIELDS, "stream")
PIPELINE_FIELDS = ("pipeline", "steps", "pipelineId", *_RUN)
PIPELINE_BATCH_FIELDS = (*PIPELINE_FIELDS, "stream")

_YES = frozenset({"true", "1", "yes", "on"})
_NO = frozenset({"false", "0", "no", "off"})
_REFERENCE = re.compile(rf"(?:/api/v1)?/files/({ID_PATTERN})(?:/download)?")
_FILE_NAME = re.compile(r"(?:file|image|picture)s?\d*(?:\[\d*\])?")
"""What people call the part with the file."""
_SHOWN = 60
"""Characters of a wrong name that are said again."""


def expect_fields(
    known: Collection[str], *, settings: Collection[str] = (), files: Collection[str] = ()
) -> None:
    """Refuse a form with a text field that is unknown, or that says twice what holds once.

    settings: what belongs into the field `settings` and is easily sent beside it.
    files: fields that hold files, besides those that are called so.
    Raises ValidationFailed, which names the field and the nearest one. A reference to a file of
    the library may be in any field, as an upload may.
    """
    for name, values in request.form.lists():
        if all(referred(value) for value in values):
            continue
        if name not in known:
            expected = _expected(name, known, settings, files)
            raise _refusal(name, expected, f"the unknown field '{name[:_SHOWN]}'")
        if len(values) > 1 and name != TARGET:
            raise _refusal(name, "one value", str(len(values)))


def received_fields(model: type[ModelT]) -> ModelT:
    """Read the text fields of a form that has no others; ValidationFailed.

    What else is there refers to files of the library.
    """
    known = names_of(model)
    expect_fields(known)
    return validated(model, {name: text for name, text in request.form.items() if name in known})


def wished(field: str) -> bool:
    """Read a field of yes or no; absent means no. Raises ValidationFailed."""
    text = request.form.get(field)
    word = "no" if text is None else text.strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise _refusal(field, "true or false", shown(text))


def referred(value: str) -> str | None:
    """Give the id of the file that a field refers to with `/files/<id>`."""
    found = _REFERENCE.fullmatch(value.removeprefix(core().config.root_path))
    return found and found[1]


def _expected(
    name: str, known: Collection[str], settings: Collection[str], files: Collection[str]
) -> str:
    if name in settings:
        return f"'{name}' inside of the JSON in '{SETTINGS}'"
    if name in files or _FILE_NAME.fullmatch(name.lower()):
        return "a part with a file name, or '/files/<id>' for a file of the library"
    near = difflib.get_close_matches(name[:_SHOWN], known, n=1)
    if near:
        return f"'{near[0]}'"
    return f"one of {', '.join(known)}" if known else "files and nothing else"


def _refusal(field: str, expected: str, received: str) -> ValidationFailed:
    field = field[:_SHOWN]
    return ValidationFailed(
        f"Invalid form: expected {expected} for '{field}' but received {received}.",
        details=[{"field": field, "expected": expected, "received": received}],
    )
