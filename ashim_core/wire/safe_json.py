"""JSON from strangers: bounded in size, depth and digits, and only what the standard allows."""

import json
import re
from typing import Any, NoReturn

from ashim_core.errors import InvalidRequest

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
_MAX_DIGITS = 15
"""Integers up to so many digits are exact in every client's JSON numbers."""


_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)
"""A string that doesn't end runs to the end of the text, so that every character is seen once."""


def parse_object(text: str, field: str, max_length: int = MAX_BYTES) -> dict[str, Any]:
    """Read a JSON object; InvalidRequest names the field and what is wrong with it."""
    value = parse(text, field, max_length)
    if not isinstance(value, dict):
        raise _refusal(field, "a JSON object", type(value).__name__)
    return value


def parse(text: str, field: str, max_length: int = MAX_BYTES) -> Any:
    """Read any JSON value within the bounds."""
    if len(text) > max_length:
        raise _refusal(field, f"at most {max_length} characters of JSON", f"{len(text)}")
    if _depth(text) > MAX_DEPTH:
        raise _refusal(field, f"JSON nested at most {MAX_DEPTH} deep", "more")
    try:
        return json.loads(
            text,
            parse_constant=_no_constant,
            parse_int=_bounded_int,
            object_pairs_hook=_no_duplicates,
        )
    except ValueError as error:
        raise _refusal(field, "valid JSON", f"something else ({error})") from error


def _depth(text: str) -> int:
    """Count brackets outside of strings, without building anything."""
    depth = deepest = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        char = text[found.start()]
        if char in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > MAX_DEPTH:
                break
        elif char in "]}":
            depth -= 1
    return deepest


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _bounded_int(digits: str) -> int:
    if len(digits.lstrip("-")) > _MAX_DIGITS:
        raise ValueError(f"an integer of more than {_MAX_DIGITS} digits")
    return int(digits)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("the same name twice in one object")
    return data


def _refusal(field: str, expected: str, received: str) -> InvalidRequest:
    return InvalidRequest(
        f"Expected {expected} in '{field}' but received {received}.",
        details=[{"field": field, "expected": expected, "received": received}],
    )
