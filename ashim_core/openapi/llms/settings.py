"""The settings of tools in words: one line for each, with all that a value may be."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]


def lines_of(schema: Schema, indent: str = "") -> Iterator[str]:
    """Give a line for each member of an object; members of members stand below, further in."""
    required = schema.get("required", [])
    for name, field in schema.get("properties", {}).items():
        need = "required" if name in required else f"default {_json(field.get('default'))}"
        about = field.get("description", "")
        examples = ", ".join(f"`{_json(item)}`" for item in field.get("examples", ()))
        more = f" Example: {examples}." if examples else ""
        yield f"{indent}- `{name}` ({kind_of(field)}; {need}): {about}{more}"
        for inner in _objects_in(field):
            yield from lines_of(inner, indent + "  ")


def kind_of(field: Schema) -> str:
    """Say what a value may be."""
    if "anyOf" in field:
        return " or ".join(kind_of(item) for item in field["anyOf"])
    if "enum" in field:
        return " | ".join(map(_json, field["enum"]))
    kind = str(field.get("type", "any JSON"))
    if kind == "array":
        return f"list{_bounded(field, 'Items')} of: {kind_of(field.get('items', {}))}"
    if kind == "object" and "properties" in field:
        return "object of the members below"
    if kind == "string":
        plain = f"string{_bounded(field, 'Length')}{_pattern(field)}"
        return "colour" if field.get("x-ui") == "color" else plain
    return f"{kind}{_range(field)}" if kind in ("integer", "number") else kind


def _objects_in(field: Schema) -> Iterator[Schema]:
    """Give the objects that a value may be, or may hold in a list."""
    if "properties" in field:
        yield field
    for inner in (*field.get("anyOf", ()), field.get("items", {})):
        yield from _objects_in(inner) if inner else ()


def _range(field: Schema) -> str:
    above, below = field.get("exclusiveMinimum"), field.get("exclusiveMaximum")
    low = f"above {_plain(above)}" if above is not None else _plain(field.get("minimum"))
    high = f"below {_plain(below)}" if below is not None else _plain(field.get("maximum"))
    if low and high:
        return f" {low} to {high}"
    if low:
        return f" {low} or more"
    return f" up to {high}" if high else ""


def _bounded(field: Schema, what: str) -> str:
    least, most = field.get(f"min{what}", 0), field.get(f"max{what}")
    unit = " characters" if what == "Length" else ""
    if most is None:
        return f" of {least} or more{unit}" if least else ""
    return f" of {least} to {most}{unit}" if least else f" of up to {most}{unit}"


def _pattern(field: Schema) -> str:
    return f" matching `{field['pattern']}`" if "pattern" in field else ""


def _plain(value: float | None) -> str:
    """Write a number without an exponent."""
    if value is None:
        return ""
    return str(int(value)) if float(value).is_integer() else str(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
