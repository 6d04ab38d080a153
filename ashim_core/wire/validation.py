"""What pydantic says about a caller's data, as details that teach: field, expected, received."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ashim_core.errors import Detail, ValidationFailed

_SHOWN = 80
_MOST = 8
_EXACT = 1e6
"""Numbers below that are written without their decimal places where they have none."""
_UNKNOWN = "the unknown name "
_SECRET = "password"  # noqa: S105 - a name, not a value
"""What a field is called whose value must not come back, nor reach a log."""

_KINDS = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "finite": "a number",
    "string": "text",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "dict": "an object",
    "model": "an object",
    "missing": "a value",
}
"""What is wanted, by the first word of pydantic's name for the error that it is something else."""
_BOUNDS = {
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "greater_than": "more than {gt}",
    "less_than": "less than {lt}",
    "string_pattern_mismatch": "text that matches '{pattern}'",
}
_BOUNDED = re.compile(r"(?:String|List|Tuple|Dictionary|Set) should have (.*?)(?: after .*)?")
_STARTS = ("Value error, ", "Input should be ", "expected ")
"""How pydantic begins what it wants."""

ModelT = TypeVar("ModelT", bound=BaseModel)


def validated(model: type[ModelT], data: Mapping[str, Any]) -> ModelT:
    """Build a model from a caller's data; ValidationFailed names every wrong field."""
    try:
        return model.model_validate(dict(data))
    except ValidationError as error:
        details = details_of(error, model)
    raise ValidationFailed(f"Invalid request: {first_of(details)}", details=details)


def details_of(error: ValidationError, model: type[BaseModel]) -> list[Detail]:
    """Give one detail for every wrong field, but not for thousands of them.

    What is missing comes last: where a name is misspelt, that is what has to be told.
    """
    items = error.errors(include_url=False)
    items.sort(key=lambda item: item["type"] == "missing")
    return [_detail(item, model) for item in items[:_MOST]]


def first_of(details: list[Detail]) -> str:
    """Say the first detail as a sentence without its beginning."""
    field, expected, received = (details[0][key] for key in ("field", "expected", "received"))
    if received.startswith(_UNKNOWN):
        return f"expected {expected} but received {received}."
    place = f" for '{field}'" if field else ""
    return f"expected {expected}{place} but received {received}."


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
            "expected": _nearest(str(item["loc"][-1]), _models_at(model, item["loc"][:-1])),
            "received": f"{_UNKNOWN}'{field[:_SHOWN]}'",
        }
    if item["type"] == "missing":
        return {"field": field, "expected": _expectation(item), "received": "nothing"}
    if field.lower().endswith(_SECRET):
        return {"field": field, "expected": _expectation(item), "received": _kind(item["input"])}
    if isinstance(item["input"], Mapping):
        return {"field": field, "expected": _expectation(item), "received": _object(item)}
    return {"field": field, "expected": _expectation(item), "received": shown(item["input"])}


def _kind(value: object) -> str:
    """Say what a secret was like, without a letter of it."""
    if isinstance(value, str):
        return f"a text of {len(value)} characters"
    return f"a value of type {type(value).__name__}"


def _object(item: ErrorDetails) -> str:
    """Name what an object has, where it has to do with what is wrong: never its values."""
    given = item["input"]
    if item["type"] != "value_error":
        return "an object"
    names = ", ".join(str(name)[:_SHOWN] for name in list(given)[:_MOST])
    return names or "nothing"


def _models_at(model: type[BaseModel], place: Sequence[int | str]) -> list[type[BaseModel]]:
    """Give the models whose fields may stand at a place inside of a model."""
    models = [model]
    for part in place:
        inner = [
            found
            for outer in models
            for name, info in outer.model_fields.items()
            if part in (name, info.alias)
            for found in _models_in(info.annotation)
        ]
        # Positions in lists, and the names that pydantic gives to the choices of a union.
        models = inner or [outer for outer in models if outer.__name__ == part] or models
    return models


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _nearest(name: str, models: Sequence[type[BaseModel]]) -> str:
    names = [found for model in models for found in names_of(model)]
    near = difflib.get_close_matches(name[:_SHOWN], names, n=1)
    if near:
        return f"'{near[0]}'"
    return f"one of {', '.join(names)}" if names else "no name at all"


def _expectation(item: ErrorDetails) -> str:
    """Turn pydantic's 'Input should be …' into what completes 'expected …'."""
    kind, text = item["type"], item["msg"]
    if kind in _BOUNDS:
        return _BOUNDS[kind].format_map(
            {name: _plain(value) for name, value in item["ctx"].items()}
        )
    if kind.endswith(("_type", "_parsing", "_from_float", "_number", "missing")):
        found = _KINDS.get(kind.partition("_")[0])
        if found:
            return found
    if bounded := _BOUNDED.fullmatch(text):
        return bounded[1]
    for start in _STARTS:
        text = text.removeprefix(start)
    return text


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) and abs(value) < _EXACT else str(value)
