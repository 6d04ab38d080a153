"""Registry to OpenAPI 3.1. A pure function: the same tools give the same document."""

from typing import Any

import ashim_core
from ashim_core.describe import settings_schema
from ashim_core.imaging.formats import FORMATS
from ashim_core.registry import Registry
from ashim_core.tool import ImageTool, Tool

Json = dict[str, Any]

_ERRORS = {
    "400": "The request or a setting is wrong; `details` names the field.",
    "403": "Switched off, or not permitted.",
    "404": "There is no such thing.",
    "413": "The file, or the picture in it, is too large.",
    "422": "The picture can't be decoded or processed.",
    "500": "The tool failed.",
    "501": "The tool is installed but can't run here.",
    "503": "The queue is full; try again after `Retry-After` seconds.",
    "504": "Processing took longer than the server allows.",
    "507": "The server's storage is full.",
}
_RUN_ERRORS = tuple(_ERRORS)
_READ_ERRORS = ("403", "404")


def build_openapi(registry: Registry, prefix: str = "") -> Json:
    """Describe the REST API of a server with these tools."""
    tools = list(registry.enabled())
    paths: Json = {
        "/api/v1/tools": _read("listTools", "List all tools", "ToolList", "Tools"),
        "/api/v1/tools/{toolId}": _read(
            "getTool", "Describe one tool", "Tool", "Tools", ["toolId"]
        ),
        "/api/v1/plugins": _read("listPlugins", "List all plugins", "PluginList", "System"),
        "/api/v1/download/{jobId}/{name}": _download(),
        "/api/v1/health": _read("getHealth", "Is the server alive?", "Health", "System"),
    }
    for tool in tools:
        paths[f"/api/v1/tools/{tool.id}"] = {"post": _run(tool)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ashim",
            "version": ashim_core.__version__,
            "summary": "A self-hosted image toolbox.",
            "description": "Every tool takes `multipart/form-data` with the file and its "
            "`settings` as JSON, and answers with the resulting file, or with JSON that links to "
            "it when the request says `Accept: application/json`.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": prefix or "/"}],
        "tags": [
            {"name": "Tools", "description": "Run tools on pictures."},
            {"name": "Results", "description": "Fetch kept results."},
            {"name": "System", "description": "The server itself."},
        ],
        "paths": paths,
        "components": {
            "schemas": _SCHEMAS | {_settings_name(tool): settings_schema(tool) for tool in tools},
            "responses": {
                f"Error{status}": {
                    "description": text,
                    "content": {"application/json": {"schema": _ref("Error")}},
                }
                for status, text in _ERRORS.items()
            },
        },
    }


def _run(tool: Tool) -> Json:
    operation: Json = {
        "operationId": f"run{_camel(tool.id)}",
        "tags": ["Tools"],
        "summary": tool.summary or tool.name,
        "description": f"Category: {tool.category}."
        + (f" Also answers as {', '.join(tool.aliases)}." if tool.aliases else ""),
        "requestBody": {"required": True, "content": {"multipart/form-data": _form(tool)}},
        "responses": {"200": _result(tool)} | _errors(_RUN_ERRORS),
    }
    if tool.experimental:
        operation["x-experimental"] = True
    return operation


def _form(tool: Tool) -> Json:
    settings = _settings_name(tool)
    properties: Json = {}
    if tool.max_files == 1:
        properties["file"] = {
            "type": "string",
            "format": "binary",
            "description": "The picture.",
        }
    elif tool.max_files > 1:
        properties["files"] = {
            "type": "array",
            "items": {"type": "string", "format": "binary"},
            "minItems": tool.min_files,
            "maxItems": tool.max_files,
        }
    required = list(properties) if tool.min_files else []
    properties["settings"] = _ref(settings)
    if tool.settings.model_json_schema().get("required"):
        required.append("settings")
    return {
        "schema": {"type": "object", "properties": properties, "required": required},
        "encoding": {"settings": {"contentType": "application/json"}},
    }


def _result(tool: Tool) -> Json:
    # Generators of clients take the first type that they know, and many know no image types.
    media = ["application/octet-stream"]
    if isinstance(tool, ImageTool):
        media += [format.media_type for format in FORMATS.values()]
    return {
        "description": "The resulting file, or JSON that links to it.",
        "headers": {
            "X-Job-Id": {"schema": {"type": "string"}},
            "X-Original-Size": {"schema": {"type": "integer"}},
            "X-Processed-Size": {"schema": {"type": "integer"}},
        },
        "content": {name: {"schema": {"type": "string", "format": "binary"}} for name in media}
        | {"application/json": {"schema": _ref("Result")}},
    }


def _read(
    operation_id: str, summary: str, schema: str, tag: str, parameters: list[str] | None = None
) -> Json:
    operation: Json = {
        "operationId": operation_id,
        "tags": [tag],
        "summary": summary,
        "responses": {
            "200": {
                "description": "Success.",
                "content": {"application/json": {"schema": _ref(schema)}},
            }
        }
        | _errors(_READ_ERRORS),
    }
    if parameters:
        operation["parameters"] = [_path_parameter(name) for name in parameters]
    return {"get": operation}


def _download() -> Json:
    return {
        "get": {
            "operationId": "downloadResult",
            "tags": ["Results"],
            "summary": "Download a result",
            "description": "Range requests work. Use the `downloadUrl` of a result as it is: it "
            "carries a signature and is valid until the result expires.",
            "parameters": [
                _path_parameter("jobId"),
                _path_parameter("name"),
                {"name": "signature", "in": "query", "schema": {"type": "string"}},
            ],
            "responses": {
                "200": {
                    "description": "The file.",
                    "content": {
                        "application/octet-stream": {
                            "schema": {"type": "string", "format": "binary"}
                        }
                    },
                }
            }
            | _errors(_READ_ERRORS),
        }
    }


def _path_parameter(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _errors(statuses: tuple[str, ...]) -> Json:
    return {status: {"$ref": f"#/components/responses/Error{status}"} for status in statuses}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _camel(tool_id: str) -> str:
    return "".join(part.capitalize() for part in tool_id.split("-"))


def _settings_name(tool: Tool) -> str:
    return f"{_camel(tool.id)}Settings"


def _object(required: list[str], **properties: Json) -> Json:
    return {"type": "object", "required": required, "properties": properties}


_TEXT: Json = {"type": "string"}
_MAYBE_TEXT: Json = {"type": ["string", "null"]}
_COUNT: Json = {"type": "integer", "minimum": 0}
_FLAG: Json = {"type": "boolean"}
_TEXTS: Json = {"type": "array", "items": _TEXT}

_SCHEMAS: Json = {
    "Error": _object(
        ["error", "code", "statusCode", "message", "requestId"],
        error=_TEXT,
        code=_TEXT | {"examples": ["INVALID_SETTINGS"]},
        statusCode={"type": "integer"},
        message=_TEXT,
        details={
            "type": "array",
            "items": _object([], field=_TEXT, expected=_TEXT, received=_TEXT),
        },
        requestId=_TEXT,
    ),
    "Output": _object(
        ["name", "mediaType", "size", "downloadUrl"],
        name=_TEXT,
        mediaType=_TEXT,
        size=_COUNT,
        width=_COUNT,
        height=_COUNT,
        downloadUrl=_TEXT,
    ),
    "Result": _object(
        ["jobId", "downloadUrl", "originalSize", "processedSize", "outputs", "notes", "expiresAt"],
        jobId=_TEXT,
        downloadUrl=_TEXT,
        zipUrl=_TEXT,
        originalSize=_COUNT,
        processedSize=_COUNT,
        outputs={"type": "array", "items": _ref("Output")},
        notes=_TEXTS,
        expiresAt=_TEXT | {"format": "date-time"},
    ),
    "Tool": _object(
        ["id", "name", "summary", "category", "settings", "installed", "enabled", "available"],
        id=_TEXT,
        aliases=_TEXTS,
        name=_TEXT,
        summary=_TEXT,
        category=_TEXT,
        version=_TEXT,
        distribution=_TEXT,
        inputs=_object(["min", "max"], min=_COUNT, max=_COUNT),
        outputs=_TEXT,
        settings={"type": "object", "description": "JSON schema of the settings."},
        animation=_MAYBE_TEXT,
        pipelineStep=_FLAG,
        installed=_FLAG,
        enabled=_FLAG,
        available=_FLAG,
        reason=_MAYBE_TEXT,
        experimental=_FLAG,
        execution={"type": "string", "enum": ["fast", "heavy"]},
        models=_TEXTS,
    ),
    "ToolList": _object(["tools"], tools={"type": "array", "items": _ref("Tool")}),
    "Plugin": _object(
        ["name", "distribution", "status", "tools"],
        name=_TEXT,
        distribution=_TEXT,
        version=_TEXT,
        origin=_TEXT,
        status={"type": "string", "enum": ["loaded", "failed", "skipped"]},
        tools=_TEXTS,
        reason=_MAYBE_TEXT,
        nextStep=_MAYBE_TEXT,
    ),
    "PluginList": _object(["plugins"], plugins={"type": "array", "items": _ref("Plugin")}),
    "Health": _object(["status", "version"], status=_TEXT, version=_TEXT),
}
