"""The two texts, made of the tools and the OpenAPI document of a server."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ashim_core.describe import report_schema, settings_schema
from ashim_core.gives import PICTURE
from ashim_core.imaging.formats import Formats
from ashim_core.openapi.llms.introduction import CALLING, INTRODUCTION
from ashim_core.openapi.llms.settings import lines_of
from ashim_core.registry import Registry
from ashim_core.tool import FileTool, Tool

_FORM, _JSON = "multipart/form-data", "application/json"


def llms_index(registry: Registry, prefix: str = "") -> str:
    """Write the short text: what this is, and a line per tool."""
    lines = [INTRODUCTION, "## Documentation", ""]
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
    """Write the whole text: the index, how tools are called, every tool, and all other routes.

    document: the OpenAPI document of the same server.
    """
    most = document["paths"]["/api/v1/tools/{toolId}/batch"]["post"]["requestBody"]["content"]
    most = most[_FORM]["schema"]["properties"]["files"]["maxItems"]
    calling = CALLING.replace("MOST", str(most))
    sections = [_section(tool, document, registry.formats) for tool in registry.with_actions()]
    routes = "\n".join(["## Other routes", "", *_routes(registry, document), ""])
    return "\n".join([llms_index(registry, prefix), calling, *sections, routes])


def _section(tool: Tool, document: Mapping[str, Any], formats: Formats) -> str:
    operation = document["paths"][f"/api/v1/tools/{tool.id}"]["post"]
    form = operation["requestBody"]["content"][_FORM]["schema"]
    schema = settings_schema(tool, formats)
    lines = [f"## {tool.id}", "", tool.summary, "", f"POST /api/v1/tools/{tool.id}", ""]
    lines.append(f"- Files: {_files(tool)}.")
    for extra in tool.extras:
        need = "Extra file" if extra.required else "Extra file, optional"
        lines.append(f"- {need}: 1, in the field `{extra.name}`. {extra.description}".rstrip())
    lines.append(f"- Answers: {', '.join(_answers(tool, operation))}.")
    if place := _place(tool):
        lines.append(f"- In a pipeline: {place}.")
    need = "required" if "settings" in form["required"] else "optional"
    example = json.dumps(schema["examples"][0], ensure_ascii=False)
    lines += [f"- Settings: {need}. Example: `{example}`", "", *lines_of(schema)]
    return "\n".join(lines) + "\n"


def _files(tool: Tool) -> str:
    if tool.max_files == 0:
        return "none"
    kinds = f", of type {' or '.join(f'`{kind}`' for kind in tool.takes)}" if tool.takes else ""
    if tool.max_files == 1:
        return f"1, in the field `file`{kinds}"
    return f"{tool.min_files} to {tool.max_files}, each in a field `files` of its own{kinds}"


def _answers(tool: Tool, operation: Mapping[str, Any]) -> Iterator[str]:
    """Name the media types of answers, all those of pictures as one."""
    content = operation["responses"]["200"]["content"]
    kinds = [kind for kind in content if kind not in (_JSON, "application/octet-stream")]
    if any(kind.startswith("image/") for kind in kinds):
        yield "a picture"
    yield from (f"`{kind}`" for kind in kinds if not kind.startswith("image/"))
    if isinstance(tool, FileTool) and tool.report:
        keys = ", ".join(f"`{key}`" for key in report_schema(tool.report)["properties"])
        yield f"a report as JSON with the keys {keys}"
    elif "Report" in json.dumps(content[_JSON]):
        yield "a report as JSON, where it makes no file"


def _place(tool: Tool) -> str:
    """Say where a tool may stand beside others, if that isn't anywhere."""
    alone = tool.min_files > 1
    if isinstance(tool, FileTool) and PICTURE not in tool.gives.kinds:
        return "the only step" if alone else "the last step"
    return "the first step" if alone or not tool.max_files else ""


def _routes(registry: Registry, document: Mapping[str, Any]) -> Iterator[str]:
    """Give a line for each operation that doesn't run a tool."""
    runs = {f"/api/v1/tools/{tool.id}" for tool in registry.with_actions()}
    schemas = document["components"]["schemas"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if path not in runs:
                body = _body(operation, schemas)
                public = " (public)" if operation.get("security") == [] else ""
                yield f"- `{method.upper()} {path}`{body}{public}: {operation['summary']}"


def _body(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    """Name what an operation takes; `?` marks what may be left out."""
    content = operation.get("requestBody", {}).get("content", {})
    for kind, start, end in ((_FORM, "form of ", ""), (_JSON, "{", "}")):
        if kind in content:
            schema = content[kind]["schema"]
            if "$ref" in schema:
                schema = schemas[schema["$ref"].rpartition("/")[2]]
            required = schema.get("required", ())
            names = [name if name in required else f"{name}?" for name in schema["properties"]]
            return f" `{start}{', '.join(names)}{end}`"
    query = [item["name"] for item in operation.get("parameters", ()) if item.get("in") == "query"]
    return f" `?{'&'.join(query)}`" if query else ""
