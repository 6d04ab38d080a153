"""The API for language models: `/llms.txt`, an index, and `/llms-full.txt`, everything."""

import json
from collections.abc import Iterator, Mapping
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

Send `Authorization: Bearer <token>` with every request, unless `GET /api/v1/config/auth` answers
`{"authEnabled": false}`. The token is an API key, which starts with `si_`, or that of a login:

    curl BASE/api/auth/login -H 'Content-Type: application/json' \\
      -d '{"username":"NAME","password":"PASSWORD"}'

answers `{token, user, expiresAt}`. A `user` with `mustChangePassword` first has to
`POST /api/auth/change-password` with `{currentPassword, newPassword}`. `POST /api/v1/api-keys` with
`{name, permissions, expiresAt}`, all optional, answers with the new key in `key`, this once.

    curl -H 'Authorization: Bearer TOKEN' -F file=@photo.jpg -F 'settings={"width":800}' \\
      BASE/api/v1/tools/resize -o small.jpg

After 429 or 503, wait for the seconds in `Retry-After`.
"""


def llms_index(registry: Registry, prefix: str = "") -> str:
    """Write the short text: what this is, and a line per tool."""
    lines = [_INTRODUCTION, "## Documentation", ""]
    for path, title in (
        ("/llms-full.txt", "All tools with all settings, and all other routes"),
        ("/api/v1/openapi.yaml", "OpenAPI 3.1"),
        ("/api/docs", "Interactive reference"),
    ):
        lines.append(f"- [{title}]({prefix}{path})")
    lines += ["", "## Tools", ""]
    lines += [f"- `{tool.id}` ({tool.category}): {tool.summary}" for tool in registry.enabled()]
    return "\n".join(lines) + "\n"


def llms_full(registry: Registry, document: Mapping[str, Any], prefix: str = "") -> str:
    """Write the whole text: the index, every setting of every tool, and a line per other route.

    document: the OpenAPI document of the same server.
    """
    routes = "\n".join(["## Other routes", "", *_routes(registry, document), ""])
    return "\n".join([llms_index(registry, prefix), *map(_section, registry.enabled()), routes])


def _section(tool: Tool) -> str:
    schema = settings_schema(tool)
    required = schema.get("required", [])
    lines = [f"## {tool.id}", "", tool.summary, "", f"POST /api/v1/tools/{tool.id}", ""]
    if tool.second:
        lines += [f"A second picture is needed in the field `{tool.second}`.", ""]
    for name, field in schema.get("properties", {}).items():
        need = "required" if name in required else f"default {json.dumps(field.get('default'))}"
        lines.append(f"- `{name}` ({_kind(field)}; {need}): {field.get('description', '')}")
    return "\n".join(lines) + "\n"


def _routes(registry: Registry, document: Mapping[str, Any]) -> Iterator[str]:
    """Give a line for each operation that doesn't run a tool."""
    runs = {f"/api/v1/tools/{tool.id}" for tool in registry.enabled()}
    schemas = document["components"]["schemas"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if path not in runs:
                body = _body(operation, schemas)
                public = " (public)" if operation.get("security") == [] else ""
                yield f"- `{method.upper()} {path}`{body}{public}: {operation['summary']}"


def _body(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    """Name the keys of the JSON that an operation takes; `?` marks those that may be left out."""
    content = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        return " with a file"
    if "application/json" not in content:
        return ""
    schema = schemas[content["application/json"]["schema"]["$ref"].rpartition("/")[2]]
    required = schema.get("required", ())
    names = [name if name in required else f"{name}?" for name in schema["properties"]]
    return f" `{{{', '.join(names)}}}`"


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
