"""Registry and routes to OpenAPI 3.1. A pure function: the same give the same document."""

from collections.abc import Sequence

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

import ashim_core
from ashim_core.describe import settings_schema
from ashim_core.imaging.formats import FORMATS
from ashim_core.openapi.others import (
    KEEP_FIELD,
    STRICT_FIELD,
    batch,
    download,
    file_bytes,
    logo,
    pipeline,
    progress,
    read,
)
from ashim_core.openapi.routes import Route, operation_of
from ashim_core.openapi.schemas import SCHEMAS
from ashim_core.openapi.words import (
    ERRORS,
    RUN_ERRORS,
    RUN_HEADERS,
    RUN_PARAMETERS,
    Json,
    accepted,
    errors,
    ref,
)
from ashim_core.registry import Registry
from ashim_core.tool import ImageTool, Tool

_TAGS = {
    "tools": "Run tools on pictures.",
    "pipeline-runs": "Run several tools in a row.",
    "pipelines": "Pipelines that are kept.",
    "jobs": "How jobs are, and ending them.",
    "results": "Fetch kept results.",
    "library": "Files that are kept, with their versions.",
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


def build_openapi(registry: Registry, routes: Sequence[Route] = (), prefix: str = "") -> Json:
    """Describe the REST API of a server with these tools."""
    tools = list(registry.enabled())
    paths: Json = {
        "/api/v1/tools": read("listTools", "List all tools", "ToolList", "tools"),
        "/api/v1/tools/{toolId}": read("getTool", "Describe one tool", "Tool", "tools", ["toolId"]),
        "/api/v1/plugins": read("listPlugins", "List all plugins", "PluginList", "system"),
        "/api/v1/formats": read("listFormats", "List all picture formats", "FormatList", "tools"),
        "/api/v1/download/{jobId}/{name}": download(),
        "/api/v1/health": read(
            "getHealth", "Is the server alive?", "Health", "system", public=True
        ),
        "/api/v1/tools/{toolId}/batch": {"post": batch("runBatch", "settings", ["toolId"])},
        "/api/v1/pipeline/execute": {"post": pipeline("executePipeline", many=False)},
        "/api/v1/pipeline/batch": {"post": pipeline("executePipelineBatch", many=True)},
        "/api/v1/jobs/{jobId}": read("getJob", "Say how a job is", "Job", "jobs", ["jobId"]),
        "/api/v1/jobs/{jobId}/progress": progress(),
        "/api/v1/files/{fileId}/download": file_bytes(
            "downloadFile", "Download a version", "application/octet-stream"
        ),
        "/api/v1/files/{fileId}/thumbnail": file_bytes(
            "getThumbnail",
            "Get a JPEG of 300 pixels in width",
            "image/jpeg",
            more_errors=("422", "500", "504", "507"),
        ),
        "/api/v1/branding/logo": logo("getLogo"),
        "/api/v1/settings/logo": logo("getLogoAlias"),
    }
    for route in routes:
        paths.setdefault(route.path, {})[route.method] = operation_of(route)
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
            "parameters": RUN_HEADERS,
            "schemas": SCHEMAS
            | _model_schemas(routes)
            | {_settings_name(tool): settings_schema(tool) for tool in tools},
            "responses": {
                f"Error{status}": {
                    "description": text,
                    "content": {"application/json": {"schema": ref("Error")}},
                }
                for status, text in ERRORS.items()
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
        "parameters": [*RUN_PARAMETERS],
        "requestBody": {"required": True, "content": {"multipart/form-data": _form(tool)}},
        "responses": {"200": _result(tool)} | accepted() | errors(RUN_ERRORS),
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
    if tool.second:
        properties[tool.second] = {
            "type": "string",
            "format": "binary",
            "description": "The second picture. Of two files in other fields it is the second one.",
        }
    required = list(properties) if tool.min_files else []
    properties["settings"] = ref(settings)
    properties |= KEEP_FIELD | STRICT_FIELD
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
            "X-Ashim-Notes": {
                "schema": {"type": "string"},
                "description": "A JSON array of what was lost or ignored, if anything was.",
            },
        },
        "content": {name: {"schema": {"type": "string", "format": "binary"}} for name in media}
        | {"application/json": {"schema": ref("Result")}},
    }


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


def _camel(tool_id: str) -> str:
    return "".join(part.capitalize() for part in tool_id.split("-"))


def _settings_name(tool: Tool) -> str:
    return f"{_camel(tool.id)}Settings"
