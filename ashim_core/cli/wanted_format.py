"""What `-o small.png` says about the format of the result."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ashim_core.cli.place import ToolFacts
from ashim_core.cli.target import format_of

_SETTING = "format"


def with_format(
    settings: Mapping[str, Any], tool: ToolFacts, output: Path | None
) -> dict[str, Any]:
    """Have a tool that can choose write the format that the file is named for."""
    if output is None or output.is_dir() or _SETTING in settings:
        return dict(settings)
    named = format_of(output)
    if named not in _choices(tool.schema.get("properties", {}).get(_SETTING, {})):
        return dict(settings)
    return {**settings, _SETTING: named}


def _choices(field: Mapping[str, Any]) -> Iterator[str]:
    for option in field.get("anyOf", [field]):
        yield from option.get("enum", ())
