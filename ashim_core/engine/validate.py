"""Settings from a caller to the object that a tool receives, with errors that teach."""

import difflib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ashim_core.errors import Detail, InvalidSettings
from ashim_core.tool import Tool, ToolSettings

_SHOWN = 80


def validate_settings(tool: Tool, data: Mapping[str, Any]) -> ToolSettings:
    """Validate the settings of one tool; InvalidSettings names every wrong field."""
    try:
        return tool.settings.model_validate(dict(data))
    except ValidationError as error:
        details = [_detail(item, tool) for item in error.errors(include_url=False)]
    first = details[0]
    field = f"'{first['field']}'" if first["field"] else "the settings"
    raise InvalidSettings(
        f"Invalid settings for {tool.id}: expected {first['expected']} for {field} "
        f"but received {first['received']}.",
        details=details,
    )


def _detail(item: ErrorDetails, tool: Tool) -> Detail:
    field = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        return {
            "field": field,
            "expected": _nearest(field, tool),
            "received": f"the unknown setting '{field}'",
        }
    if item["type"] == "missing":
        return {"field": field, "expected": "a value", "received": "nothing"}
    return {"field": field, "expected": _expectation(item), "received": _shown(item["input"])}


def _nearest(field: str, tool: Tool) -> str:
    names = [info.alias or name for name, info in tool.settings.model_fields.items()]
    near = difflib.get_close_matches(field, names, n=1)
    return f"'{near[0]}'" if near else f"one of {', '.join(names) or 'no settings at all'}"


def _expectation(item: ErrorDetails) -> str:
    """Turn pydantic's 'Input should be …' into what completes 'expected …'."""
    text = item["msg"]
    for start in ("Input should be ", "Value error, ", "expected "):
        text = text.removeprefix(start)
    return text


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return "these settings together"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
