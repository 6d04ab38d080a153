"""What a tool reports, in place of files or beside them: plain JSON, of bounded size."""

import json
from collections.abc import Mapping, Set
from typing import Any

from pydantic import BaseModel

from ashim_core.errors import PluginFailure
from ashim_core.tool import FileTool, Tool

MAX_REPORT = 32 * 1024 * 1024
"""Bytes of a report as JSON. The web process holds it whole, several times."""
RESERVED = frozenset({"jobId"})
"""The names that the core itself writes beside those of a report."""
_OF_FILES = RESERVED | {
    *(
        "downloadUrl",
        "expiresAt",
        "facts",
        "notes",
        "originalSize",
        "outputs",
        "processedSize",
        "results",
    ),
    *("savedFileId", "steps", "stepsCompleted", "zipUrl"),
}
"""The names that it writes about files."""


def sound_report(tool: FileTool, report: Mapping[str, Any] | BaseModel) -> dict[str, Any]:
    """Give the report of a tool as plain data; PluginFailure if it is none, or another one."""
    if tool.report is not None and not isinstance(report, tool.report):
        raise PluginFailure(
            f"The tool '{tool.id}' reports {tool.report.__name__}, it said, and gave "
            f"{type(report).__name__}."
        )
    if isinstance(report, BaseModel):
        report = report.model_dump(by_alias=True, mode="json")
    return _sound(tool, report, RESERVED)


def sound_facts(tool: Tool, facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give what a tool says of its files as plain data; None if that is nothing."""
    return _sound(tool, facts, _OF_FILES) if facts else None


def _sound(tool: Tool, report: Mapping[str, Any], reserved: Set[str]) -> dict[str, Any]:
    try:
        text = json.dumps(dict(report), allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise PluginFailure(
            f"The tool '{tool.id}' gave a report that is not JSON: {type(error).__name__}."
        ) from error
    if len(text) > MAX_REPORT:
        raise PluginFailure(
            f"The tool '{tool.id}' gave a report of {len(text)} bytes: {MAX_REPORT} is the most."
        )
    plain: dict[str, Any] = json.loads(text)
    if taken := sorted(reserved & plain.keys()):
        raise PluginFailure(
            f"The tool '{tool.id}' gave a report with the core's name '{taken[0]}'."
        )
    return plain
