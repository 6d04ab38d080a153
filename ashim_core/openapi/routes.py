"""Operations that take and give JSON, described by the models of their routes."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel

from ashim_core.openapi.forms import upload_form
from ashim_core.openapi.parameters import path_parameters
from ashim_core.openapi.words import ANY_ERRORS, JSON, Json, Terms, errors, ref


@dataclass(frozen=True)
class Form:
    """A form with files. fields: the model of the text beside them. many: as many as a batch."""

    fields: type[BaseModel] | None = None
    many: bool = False


@dataclass(frozen=True)
class Route:
    """One operation that takes JSON or a form, and gives JSON.

    path: as in OpenAPI, with its parts in braces.
    public: nobody has to sign in.
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
    form: Form | None


def operation_of(route: Route, terms: Terms) -> Json:
    """Describe a route by its models."""
    operation: Json = {
        "operationId": route.operation,
        "tags": [route.tag],
        "summary": route.summary,
        "responses": {
            str(route.status): {
                "description": "Success.",
                "content": {JSON: {"schema": ref(route.answer.__name__)}},
            }
        }
        | errors(_expected_errors(route)),
    }
    if route.description:
        operation["description"] = route.description
    if route.public:
        operation["security"] = []
    if route.body is not None:
        content: Json = {JSON: {"schema": ref(route.body.__name__)}}
        needed = any(field.is_required() for field in route.body.model_fields.values())
        operation["requestBody"] = {"required": needed, "content": content}
    if route.form is not None:
        content = upload_form(terms.most_files if route.form.many else 1, _fields(route.form))
        operation["requestBody"] = {"required": True, "content": content}
    parameters = path_parameters(route.path)
    if route.query is not None:
        parameters += _query_parameters(route.query)
    if parameters:
        operation["parameters"] = parameters
    return operation


def _fields(form: Form) -> Json:
    if form.fields is None:
        return {}
    schema = form.fields.model_json_schema(by_alias=True)
    for field in schema["properties"].values():
        field.pop("title", None)
    return schema


def _expected_errors(route: Route) -> Iterable[str]:
    if not route.public or route.operation == "login":
        yield "401"
    yield "403"
    if "{" in route.path or (route.form and route.form.fields):
        yield "404"
    if _names_something(route):
        yield "409"
    if route.body:
        yield from ("413", "415")
    if route.form:
        yield from ("413", "422", "500", "504", "507")
    yield from ANY_ERRORS


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
