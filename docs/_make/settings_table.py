"""Writes the settings of a tool as a table, those inside of lists and objects in rows below."""

from collections.abc import Iterator, Mapping
from typing import Any

from ashim_core.describe import settings_schema
from ashim_core.imaging.formats import CORE_FORMATS
from ashim_core.tool import Tool
from docs._make.markdown import code


def settings_table(tool: Tool) -> list[str]:
    """Write a row for every setting; nothing where there is none."""
    rows = list(_rows(settings_schema(tool, CORE_FORMATS)))
    if not rows:
        return []
    return ["| Setting | Values | Default | Meaning |", "|---|---|---|---|", *rows]


def _rows(schema: Mapping[str, Any], inside: str = "") -> Iterator[str]:
    """Write the rows of one model.  inside: what the names of its settings stand behind."""
    for name, field in schema.get("properties", {}).items():
        need = "required" if name in schema.get("required", []) else code(field.get("default"))
        meaning = field.get("description", "")
        yield f"| `{inside}{name}` | {_values(field)} | {need} | {_cell(meaning)} |"
        seen: set[str] = set()
        for ending, model in _models(field):
            for row in _rows(model, f"{inside}{name}{ending}."):
                # Of several kinds of objects, what they have in common is said once.
                if row not in seen:
                    seen.add(row)
                    yield row


def _models(field: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the models inside of a setting, each with what is written behind its name."""
    for option in _options(field):
        if "properties" in option:
            yield "", option
        elif option.get("type") == "array":
            yield from ((f"[]{ending}", model) for ending, model in _models(option["items"]))


def _options(field: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give the kinds of values that a setting takes, null aside."""
    for option in field.get("anyOf") or field.get("oneOf") or [field]:
        if "anyOf" in option or "oneOf" in option:
            yield from _options(option)
        elif option.get("type") != "null":
            yield option


def _values(field: Mapping[str, Any]) -> str:
    if field.get("x-ui") == "color":
        return "a colour"
    return " or ".join(dict.fromkeys(_value(option) for option in _options(field)))


def _value(option: Mapping[str, Any]) -> str:
    if option.get("x-ui") == "color":
        return "a colour"
    if "const" in option:
        return code(option["const"])
    if "enum" in option:
        return ", ".join(f"`{item}`" for item in option["enum"])
    # What refers to a model is inside of that model, whose settings stand above.
    kind = str(option.get("type", "object" if "$ref" in option else "anything"))
    if kind == "array":
        return f"list{_count(option, 'minItems', 'maxItems')}: {_values(option['items'])}"
    if kind == "string":
        size = _count(option, "minLength", "maxLength")
        return f"string{size} characters" if size else "string"
    return f"{kind}{_bounds(option)}"


def _count(option: Mapping[str, Any], least: str, most: str) -> str:
    low, high = option.get(least, 0), option.get(most)
    if high is None:
        return f", at least {low}" if low else ""
    return f", {low} to {high}" if low else f", up to {high}"


def _bounds(option: Mapping[str, Any]) -> str:
    low = _bound(option, "minimum", "exclusiveMinimum", "above ")
    high = _bound(option, "maximum", "exclusiveMaximum", "below ")
    if low and high:
        return f", {low} to {high}"
    if low or high:
        return f", at least {low}" if low else f", at most {high}"
    return ""


def _bound(option: Mapping[str, Any], including: str, excluding: str, word: str) -> str:
    if including in option:
        return f"{option[including]:.15g}"
    return f"{word}{option[excluding]:.15g}" if excluding in option else ""


def _cell(text: str) -> str:
    """Keep a text inside of its cell."""
    return " ".join(text.split()).replace("|", "\\|")
