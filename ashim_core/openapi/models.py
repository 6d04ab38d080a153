"""Operations that take and give JSON, described by the models of their views."""

from collections.abc import Iterable

from ashim_core.openapi.forms import upload_form
from ashim_core.openapi.parameters import (
    IF_NONE_MATCH,
    NOT_MODIFIED,
    path_parameters,
    query_parameters,
)
from ashim_core.openapi.routes import Route, begun
from ashim_core.openapi.shapes import JsonShape
from ashim_core.openapi.words import ANY_ERRORS, JSON, Json, Terms, errors, ref


def json_operation(route: Route, shape: JsonShape, terms: Terms) -> Json:
    """Describe a route by its models."""
    operation = begun(route) | {
        "responses": {
            str(shape.status): {
                "description": "Success.",
                "content": {JSON: {"schema": ref(f"{route.prefix}{shape.answer.__name__}")}},
            }
        }
        | errors(_expected_errors(route, shape))
    }
    if shape.body is not None:
        content: Json = {JSON: {"schema": ref(f"{route.prefix}{shape.body.__name__}")}}
        needed = any(field.is_required() for field in shape.body.model_fields.values())
        operation["requestBody"] = {"required": needed, "content": content}
    if shape.form is not None:
        content = upload_form(shape.form, terms.most_files)
        operation["requestBody"] = {"required": True, "content": content}
    parameters = path_parameters(route.path)
    if shape.query is not None:
        parameters += query_parameters(shape.query)
    if shape.tagged:
        parameters.append(IF_NONE_MATCH)
        operation["responses"] |= NOT_MODIFIED
    if parameters:
        operation["parameters"] = parameters
    return operation


def _expected_errors(route: Route, shape: JsonShape) -> Iterable[str]:
    if not route.public or route.operation == "login":
        yield "401"
    yield "403"
    if "{" in route.path or (shape.form and shape.form.fields):
        yield "404"
    if _names_something(route, shape):
        yield "409"
    if shape.body:
        yield from ("413", "415")
    if shape.form:
        yield from ("413", "422", "500", "504", "507")
    yield from ANY_ERRORS


def _names_something(route: Route, shape: JsonShape) -> bool:
    """Say whether a name comes in that may be taken."""
    if shape.body is None or route.operation == "login":
        return False
    return bool({"name", "username"} & shape.body.model_fields.keys())
