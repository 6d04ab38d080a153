"""Registry and routes to OpenAPI 3.1. A pure function: the same give the same document."""

from collections.abc import Iterable, Iterator, Sequence

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

import ashim_core
from ashim_core.describe import settings_schema
from ashim_core.openapi.files import file_operation
from ashim_core.openapi.models import json_operation
from ashim_core.openapi.parameters import RUN_HEADERS
from ashim_core.openapi.routes import Route
from ashim_core.openapi.runs import run_of_many, runs_of_tools, settings_name
from ashim_core.openapi.schemas import SCHEMAS
from ashim_core.openapi.shapes import FileShape, JsonShape, Run, Runs
from ashim_core.openapi.words import ERRORS, JSON, Json, Terms, ref
from ashim_core.registry import Registry

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
_OF_PACKAGE = "Routes that an installed package brings."
_ANYBODY = Terms()
_BEARER: Json = {
    "type": "http",
    "scheme": "bearer",
    "description": "The token of `POST /api/auth/login`, or an API key.",
}


def build_openapi(registry: Registry, routes: Sequence[Route], terms: Terms = _ANYBODY) -> Json:
    """Describe the REST API of a server with these tools and routes."""
    paths: Json = {}
    for route, operation in _operations(registry, routes, terms):
        paths.setdefault(route.path, {})[route.method] = operation
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
        "tags": [{"name": name, "description": text} for name, text in _tags(routes).items()],
        "security": [{"bearer": []}] if terms.signing_in else [],
        "paths": paths,
        "components": {
            **({"securitySchemes": {"bearer": _BEARER}} if terms.signing_in else {}),
            "parameters": RUN_HEADERS,
            "schemas": SCHEMAS
            | _model_schemas(routes)
            | {
                settings_name(tool): settings_schema(tool, registry.formats)
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


def _operations(
    registry: Registry, routes: Sequence[Route], terms: Terms
) -> Iterator[tuple[Route, Json]]:
    """Describe all routes, in the order in which pages list them; tools are the last."""
    runs: dict[Runs, Route] = {}
    for route in routes:
        if isinstance(route.shape, FileShape) and isinstance(route.shape.gives, Run):
            runs[route.shape.gives.what] = route
        elif isinstance(route.shape, FileShape):
            yield route, file_operation(route, route.shape)
    for what, route in runs.items():
        if what not in ("tool", "action"):
            yield route, run_of_many(route, what, registry, terms)
    for route in routes:
        if isinstance(route.shape, JsonShape):
            yield route, json_operation(route, route.shape, terms)
    yield from runs_of_tools(runs, registry)


def _unlock(paths: Json) -> None:
    """Leave out what is about tokens, where nobody needs any."""
    for operations in paths.values():
        for operation in operations.values():
            operation.pop("security", None)
            operation["responses"].pop("401", None)


def _tags(routes: Iterable[Route]) -> dict[str, str]:
    return _TAGS | {route.tag: _OF_PACKAGE for route in routes if route.tag not in _TAGS}


def _model_schemas(routes: Sequence[Route]) -> Json:
    """Give the schemas of all models, by their names."""
    found: Json = {}
    for prefix in dict.fromkeys(route.prefix for route in routes):
        shapes = [route.shape for route in routes if route.prefix == prefix]
        found |= _schemas_of([item for item in shapes if isinstance(item, JsonShape)], prefix)
    return found


def _schemas_of(shapes: Iterable[JsonShape], prefix: str) -> Json:
    models: dict[type[BaseModel], JsonSchemaMode] = {}
    for shape in shapes:
        if shape.body is not None:
            models[shape.body] = "validation"
        models[shape.answer] = "serialization"
    template = f"#/components/schemas/{prefix}{{model}}"
    _, schema = models_json_schema(list(models.items()), by_alias=True, ref_template=template)
    return {f"{prefix}{name}": known for name, known in schema.get("$defs", {}).items()}
