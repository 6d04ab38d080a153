"""Operations that take and give JSON, described by the models of their routes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel

from ashim_core.openapi.words import Json, errors, object_of, path_parameter, ref


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


def operation_of(route: Route) -> Json:
    """Describe a route by its models."""
    operation: Json = {
        "operationId": route.operation,
        "tags": [route.tag],
        "summary": route.summary,
        "responses": {
            str(route.status): {
                "description": "Success.",
                "content": {"application/json": {"schema": ref(route.answer.__name__)}},
            }
        }
        | errors(_expected_errors(route)),
    }
    if route.description:
        operation["description"] = route.description
    if route.public:
        operation["security"] = []
    if route.body is not None:
        content = {"application/json": {"schema": ref(route.body.__name__)}}
        operation["requestBody"] = {"required": True, "content": content}
    if route.upload:
        operation["requestBody"] = {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": object_of(["file"], file={"type": "string", "format": "binary"})
                }
            },
        }
    parameters = [path_parameter(name) for name in re.findall(r"{(\w+)}", route.path)]
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
