"""What pydantic says about a caller's data, as details that teach: field, expected, received."""

import difflib
import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ashim_core.errors import Detail, ValidationFailed

_SHOWN = 80
_MOST = 8
_SECRET = "password"  # noqa: S105 - a name, not a value
"""What a field is called whose value must not come back, nor reach a log."""

_STARTS = (
    *("Value error, ", "Input should be ", "expected ", "String should ", "List should "),
    *("Dictionary should ", "have "),
)
"""How pydantic begins what it wants."""

ModelT = TypeVar("ModelT", bound=BaseModel)


def validated(model: type[ModelT], data: Mapping[str, Any], what: str) -> ModelT:
    """Build a model from a caller's data; ValidationFailed names every wrong field.

    what: the whole of the data, for sentences: "the body".
    """
    try:
        return model.model_validate(dict(data))
    except ValidationError as error:
        details = details_of(error, model)
    raise ValidationFailed(f"Invalid request: {first_of(details, what)}", details=details)


def details_of(error: ValidationError, model: type[BaseModel]) -> list[Detail]:
    """Give one detail for every wrong field, but not for thousands of them."""
    return [_detail(item, model) for item in error.errors(include_url=False)[:_MOST]]


def first_of(details: list[Detail], what: str) -> str:
    """Say the first detail as a sentence without its beginning."""
    first = details[0]
    field = f"'{first['field']}'" if first["field"] else what
    return f"expected {first['expected']} for {field} but received {first['received']}."


def names_of(model: type[BaseModel]) -> list[str]:
    """Give the names of a model's fields on the wire."""
    return [info.alias or name for name, info in model.model_fields.items()]


def shown(value: object) -> str:
    """Show a caller's value, or its beginning, as JSON."""
    if isinstance(value, str):
        value = value[: _SHOWN + 1]
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _detail(item: ErrorDetails, model: type[BaseModel]) -> Detail:
    field = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        return {
            "field": field[:_SHOWN],
            "expected": _nearest(field, model),
            "received": f"the unknown name '{field[:_SHOWN]}'",
        }
    if item["type"] == "missing":
        return {"field": field, "expected": "a value", "received": "nothing"}
    if field.lower().endswith(_SECRET):
        return {"field": field, "expected": _expectation(item), "received": _kind(item["input"])}
    if isinstance(item["input"], Mapping):
        return {"field": field, "expected": _expectation(item), "received": _together(item)}
    return {"field": field, "expected": _expectation(item), "received": shown(item["input"])}


def _kind(value: object) -> str:
    """Say what a secret was like, without a letter of it."""
    if isinstance(value, str):
        return f"a text of {len(value)} characters"
    return f"a value of type {type(value).__name__}"


def _together(item: ErrorDetails) -> str:
    return "an object" if item["loc"] else "these together"


def _nearest(field: str, model: type[BaseModel]) -> str:
    names = names_of(model)
    near = difflib.get_close_matches(field[:_SHOWN], names, n=1)
    return f"'{near[0]}'" if near else f"one of {', '.join(names) or 'nothing at all'}"


def _expectation(item: ErrorDetails) -> str:
    """Turn pydantic's 'Input should be …' into what completes 'expected …'."""
    text = item["msg"].replace("String should match pattern", "text that matches")
    for start in _STARTS:
        text = text.removeprefix(start)
    return text.replace(" after validation", "")
