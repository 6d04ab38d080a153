"""The API for language models: `/llms.txt`, an index, and `/llms-full.txt`, everything."""

import json
from typing import Any

from ashim_core.describe import settings_schema
from ashim_core.registry import Registry
from ashim_core.tool import Tool

_INTRODUCTION = """\
# ashim

> A self-hosted image toolbox. Every tool is one POST of multipart/form-data: the file, and its
> settings as JSON in the field `settings`.

The answer is the resulting file. With `Accept: application/json` it is
`{jobId, downloadUrl, originalSize, processedSize, outputs, notes, expiresAt}`.
Errors are `{error, code, statusCode, message, details, requestId}`.

    curl -F file=@photo.jpg -F 'settings={"width":800}' BASE/api/v1/tools/resize -o small.jpg
"""


def llms_index(registry: Registry, prefix: str = "") -> str:
    """Write the short text: what this is, and a line per tool."""
    lines = [_INTRODUCTION, "## Documentation", ""]
    for path, title in (
        ("/llms-full.txt", "All tools with all settings"),
        ("/api/v1/openapi.yaml", "OpenAPI 3.1"),
        ("/api/docs", "Interactive reference"),
    ):
        lines.append(f"- [{title}]({prefix}{path})")
    lines += ["", "## Tools", ""]
    lines += [f"- `{tool.id}` ({tool.category}): {tool.summary}" for tool in registry.enabled()]
    return "\n".join(lines) + "\n"


def llms_full(registry: Registry, prefix: str = "") -> str:
    """Write the whole text: the index, and every setting of every tool."""
    return "\n".join([llms_index(registry, prefix), *map(_section, registry.enabled())])


def _section(tool: Tool) -> str:
    schema = settings_schema(tool)
    required = schema.get("required", [])
    lines = [f"## {tool.id}", "", tool.summary, "", f"POST /api/v1/tools/{tool.id}", ""]
    for name, field in schema.get("properties", {}).items():
        need = "required" if name in required else f"default {json.dumps(field.get('default'))}"
        lines.append(f"- `{name}` ({_kind(field)}; {need}): {field.get('description', '')}")
    return "\n".join(lines) + "\n"


def _kind(field: dict[str, Any]) -> str:
    """Say in a few words what a setting takes."""
    if "anyOf" in field:
        return " or ".join(_kind(item) for item in field["anyOf"] if item.get("type") != "null")
    if "enum" in field:
        return " | ".join(map(str, field["enum"]))
    low = field.get("minimum", field.get("exclusiveMinimum"))
    high = field.get("maximum", field.get("exclusiveMaximum"))
    kind = str(field.get("format") or field.get("type", "value"))
    if low is not None and high is not None:
        return f"{kind} {low:g} to {high:g}"
    return kind
