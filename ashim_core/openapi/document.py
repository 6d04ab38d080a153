"""Registry and routes to OpenAPI 3.1. A pure function: the same give the same document."""

import re
from collections.abc import Sequence

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

import ashim_core
from ashim_core.describe import settings_schema
from ashim_core.openapi.answers import answer_of, answer_of_any, answer_of_many
from ashim_core.openapi.forms import batch_form, pipeline_form, tool_form
from ashim_core.openapi.others import (
    download,
    file_download,
    logo,
    progress,
    read,
    run,
    thumbnail,
    with_tag,
)
from ashim_core.openapi.parameters import RUN_HEADERS, path_parameters
from ashim_core.openapi.routes import Route, operation_of
from ashim_core.openapi.schemas import SCHEMAS
from ashim_core.openapi.words import ERRORS, JSON, Json, Terms, ref
from ashim_core.registry import Registry
from ashim_core.tool import Tool

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
_ANYBODY = Terms()
_BEARER: Json = {
    "type": "http",
    "scheme": "bearer",
    "description": "The token of `POST /api/auth/login`, or an API key.",
}


def build_openapi(
    registry: Registry, routes: Sequence[Route] = (), terms: Terms = _ANYBODY
) -> Json:
    """Describe the REST API of a server with these tools."""
    tools = list(registry.enabled())
    paths = _fixed() | _runs_of_many(registry, tools, terms)
    for route in routes:
        operation = operation_of(route, terms)
        paths.setdefault(route.path, {})[route.method] = operation
    for tool in registry.with_actions():
        paths[f"/api/v1/tools/{tool.id}"] = {"post": _run(tool, registry)}
    if not terms.signing_in:
        _unlock(paths)
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
        "servers": [{"url": terms.prefix or "/"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "security": [{"bearer": []}] if terms.signing_in else [],
        "paths": paths,
        "components": {
            **({"securitySchemes": {"bearer": _BEARER}} if terms.signing_in else {}),
            "parameters": RUN_HEADERS,
            "schemas": SCHEMAS
            | _model_schemas(routes)
            | {
                _settings_name(tool): settings_schema(tool, registry.formats)
                for tool in registry.with_actions()
            },
            "responses": {
                f"Error{status}": {
                    "description": text,
                    "content": {JSON: {"schema": ref("Error")}},
                }
                for status, text in ERRORS.items()
            },
        },
    }


def _fixed() -> Json:
    """Describe what is there whatever tools there are."""
    return {
        "/api/v1/tools": with_tag(read("listTools", "List all tools", "ToolList", "tools")),
        "/api/v1/tools/{toolId}": read("getTool", "Describe one tool", "Tool", "tools", "toolId"),
        "/api/v1/tools/{toolId}/{action}": read(
            "getAction", "Describe one action of a tool", "Tool", "tools", "toolId", "action"
        ),
        "/api/v1/plugins": read("listPlugins", "List all plugins", "PluginList", "system"),
        "/api/v1/formats": read("listFormats", "List all picture formats", "FormatList", "tools"),
        "/api/v1/download/{jobId}/{name}": download(),
        "/api/v1/health": read(
            "getHealth", "Is the server alive?", "Health", "system", public=True
        ),
        "/api/v1/jobs/{jobId}": read("getJob", "Say how a job is", "Job", "jobs", "jobId"),
        "/api/v1/jobs/{jobId}/progress": progress(),
        "/api/v1/files/{fileId}/download": file_download(),
        "/api/v1/files/{fileId}/thumbnail": thumbnail(),
        "/api/v1/branding/logo": logo("getLogo"),
        "/api/v1/settings/logo": logo("getLogoAlias"),
    }


def _runs_of_many(registry: Registry, tools: Sequence[Tool], terms: Terms) -> Json:
    """Describe batches and pipelines."""
    usual = next((tool for tool in tools if tool.min_files == 1 and not tool.extras), None)
    batch = run(
        "runBatch",
        "Run on each of many files",
        "tools",
        batch_form(terms.most_files, usual),
        answer_of_many(),
    )
    path = "/api/v1/tools/{toolId}/batch"
    batch["parameters"] += path_parameters(path, {"toolId": usual.id} if usual else {})
    one = run(
        "executePipeline",
        "Run a pipeline on one file",
        "pipeline-runs",
        pipeline_form(tools, terms.most_files, many=False),
        answer_of_any(tools, registry),
    )
    many = run(
        "executePipelineBatch",
        "Run a pipeline on each of many files",
        "pipeline-runs",
        pipeline_form(tools, terms.most_files, many=True),
        answer_of_many(),
    )
    return {
        path: {"post": batch},
        "/api/v1/pipeline/execute": {"post": one},
        "/api/v1/pipeline/batch": {"post": many},
    }


def _run(tool: Tool, registry: Registry) -> Json:
    operation = run(
        f"run{_camel(tool.id)}",
        tool.summary or tool.name,
        "tools",
        tool_form(tool, _settings_name(tool)),
        answer_of(tool, registry),
    )
    operation["description"] = f"Category: {tool.category}." + (
        f" Also answers as {', '.join(tool.aliases)}." if tool.aliases else ""
    )
    if tool.experimental:
        operation["x-experimental"] = True
    return operation


def _unlock(paths: Json) -> None:
    """Leave out what is about tokens, where nobody needs any."""
    for operations in paths.values():
        for operation in operations.values():
            operation.pop("security", None)
            operation["responses"].pop("401", None)


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
    return "".join(part.capitalize() for part in re.split("[-/]", tool_id))


def _settings_name(tool: Tool) -> str:
    return f"{_camel(tool.id)}Settings"
