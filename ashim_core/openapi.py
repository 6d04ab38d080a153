"""Registry and routes to OpenAPI 3.1. A pure function: the same give the same document."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

import ashim_core
from ashim_core.describe import settings_schema
from ashim_core.imaging.formats import FORMATS
from ashim_core.registry import Registry
from ashim_core.tool import ImageTool, Tool

Json = dict[str, Any]

_ERRORS = {
    "400": "The request or a setting is wrong; `details` names the field.",
    "401": "Nobody is signed in, or the token is unknown or has expired.",
    "403": "Switched off, or not permitted.",
    "404": "There is no such thing.",
    "409": "Something of this name is there already.",
    "413": "The file, or the picture in it, is too large.",
    "422": "The picture can't be decoded or processed.",
    "429": "Too many requests; try again after `Retry-After` seconds.",
    "500": "The tool failed.",
    "501": "The tool is installed but can't run here.",
    "503": "The queue is full; try again after `Retry-After` seconds.",
    "504": "Processing took longer than the server allows.",
    "507": "The server's storage is full.",
}
_RUN_ERRORS = tuple(_ERRORS)
_READ_ERRORS = ("401", "403", "404", "429")
_TAGS = {
    "tools": "Run tools on pictures.",
    "results": "Fetch kept results.",
    "auth": "Sign in and out; one's own password and sessions.",
    "users": "Accounts, for those who manage them.",
    "api-keys": "Keys for programs.",
    "teams": "Who belongs together.",
    "roles": "Named sets of permissions.",
    "settings": "What administrators change while the server runs.",
    "branding": "The logo.",
    "admin": "The audit log, and how the server is.",
    "system": "The server itself.",
}


@dataclass(frozen=True)
class Route:
    """One operation that takes and gives JSON.

    path: as in OpenAPI, with its parts in braces.
    public: nobody has to sign in.
    upload: it takes one file.
    """

    method: str
    path: str
    operation: str
    tag: str
    summary: str
    description: str
    public: bool
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    answer: type[BaseModel]
    status: int
    upload: bool


def build_openapi(registry: Registry, routes: Sequence[Route] = (), prefix: str = "") -> Json:
    """Describe the REST API of a server with these tools."""
    tools = list(registry.enabled())
    paths: Json = {
        "/api/v1/tools": _read("listTools", "List all tools", "ToolList", "tools"),
        "/api/v1/tools/{toolId}": _read(
            "getTool", "Describe one tool", "Tool", "tools", ["toolId"]
        ),
        "/api/v1/plugins": _read("listPlugins", "List all plugins", "PluginList", "system"),
        "/api/v1/download/{jobId}/{name}": _download(),
        "/api/v1/health": _read(
            "getHealth", "Is the server alive?", "Health", "system", public=True
        ),
        "/api/v1/branding/logo": _logo("getLogo"),
        "/api/v1/settings/logo": _logo("getLogoAlias"),
    }
    for route in routes:
        paths.setdefault(route.path, {})[route.method] = _operation(route)
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
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of `POST /api/auth/login`, or an API key.",
                }
            },
            "schemas": _SCHEMAS
            | _model_schemas(routes)
            | {_settings_name(tool): settings_schema(tool) for tool in tools},
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
        "tags": ["tools"],
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


def _operation(route: Route) -> Json:
    """Describe a route by its models."""
    operation: Json = {
        "operationId": route.operation,
        "tags": [route.tag],
        "summary": route.summary,
        "responses": {
            str(route.status): {
                "description": "Success.",
                "content": {"application/json": {"schema": _ref(route.answer.__name__)}},
            }
        }
        | _errors(tuple(_expected_errors(route))),
    }
    if route.description:
        operation["description"] = route.description
    if route.public:
        operation["security"] = []
    if route.body is not None:
        content = {"application/json": {"schema": _ref(route.body.__name__)}}
        operation["requestBody"] = {"required": True, "content": content}
    if route.upload:
        operation["requestBody"] = {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": _object(["file"], file={"type": "string", "format": "binary"})
                }
            },
        }
    parameters = [_path_parameter(name) for name in re.findall(r"{(\w+)}", route.path)]
    if route.query is not None:
        parameters += _query_parameters(route.query)
    if parameters:
        operation["parameters"] = parameters
    return operation


def _expected_errors(route: Route) -> Iterable[str]:
    if route.body or route.query or route.upload:
        yield "400"
    if not route.public or route.operation == "login":
        yield "401"
    yield "403"
    if "{" in route.path:
        yield "404"
    if _names_something(route):
        yield "409"
    if route.upload:
        yield from ("413", "422")
    yield from ("429", "503")


def _names_something(route: Route) -> bool:
    """Say whether a name comes in that may be taken."""
    if route.body is None or route.operation == "login":
        return False
    return bool({"name", "username"} & route.body.model_fields.keys())


def _query_parameters(model: type[BaseModel]) -> list[Json]:
    schema = model.model_json_schema(by_alias=True)
    return [
        {"name": name, "in": "query", "schema": {k: v for k, v in field.items() if k != "title"}}
        for name, field in schema["properties"].items()
    ]


def _model_schemas(routes: Sequence[Route]) -> Json:
    """Give the schemas of all models, by their names."""
    models: dict[type[BaseModel], JsonSchemaMode] = {}
    for route in routes:
        if route.body is not None:
            models[route.body] = "validation"
        models[route.answer] = "serialization"
    _, schema = models_json_schema(
        list(models.items()), by_alias=True, ref_template="#/components/schemas/{model}"
    )
    definitions: Json = schema.get("$defs", {})
    return definitions


def _logo(operation_id: str) -> Json:
    return {
        "get": {
            "operationId": operation_id,
            "tags": ["branding"],
            "summary": "Get the logo",
            "security": [],
            "responses": {
                "200": {
                    "description": "A PNG of 128 x 128 pixels.",
                    "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
                }
            }
            | _errors(("404", "429")),
        }
    }


def _read(
    operation_id: str,
    summary: str,
    schema: str,
    tag: str,
    parameters: Sequence[str] = (),
    *,
    public: bool = False,
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
        | _errors(("429",) if public else _READ_ERRORS),
    }
    if public:
        operation["security"] = []
    if parameters:
        operation["parameters"] = [_path_parameter(name) for name in parameters]
    return {"get": operation}


def _download() -> Json:
    return {
        "get": {
            "operationId": "downloadResult",
            "tags": ["results"],
            "summary": "Download a result",
            "description": "Range requests work. Use the `downloadUrl` of a result as it is: it "
            "carries a signature and is valid until the result expires.",
            "parameters": [
                _path_parameter("jobId"),
                _path_parameter("name"),
                {"name": "signature", "in": "query", "schema": {"type": "string"}},
            ],
            "security": [{}, {"bearer": []}],
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
