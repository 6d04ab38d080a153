"""The routes of an application, for its OpenAPI document."""

import inspect
import re
from collections.abc import Iterator

from flask import Flask
from pydantic.alias_generators import to_camel, to_pascal
from werkzeug.routing import Rule

from ashim_core.openapi.routes import Route
from ashim_core.openapi.shapes import FileShape, Shape
from ashim_core.policy import RULES
from ashim_core.web.endpoint import shape_of
from ashim_core.web.mounting import of_packages
from ashim_core.web.permissions import Permission, permission_of

_METHODS = ("GET", "POST", "PUT", "DELETE")
_API = "/api/"
_PART = re.compile(r"<(?:\w+:)?(\w+)>")


def api_routes(app: Flask) -> list[Route]:
    """Give every route of the API whose view says what it takes and gives.

    What else of the core answers a request is for browsers, and for those who run the server.
    """
    seen: set[str] = set()
    return [route for rule in app.url_map.iter_rules() for route in _routes(app, rule, seen)]


def wire_path(rule: Rule) -> str:
    """Write the path of a rule as OpenAPI does."""
    return _PART.sub(lambda part: "{" + to_camel(part[1]) + "}", str(rule))


def _routes(app: Flask, rule: Rule, seen: set[str]) -> Iterator[Route]:
    view = app.view_functions[rule.endpoint]
    shape, permission = shape_of(view), permission_of(view)
    if shape is None or permission is None:
        return
    blueprint = rule.endpoint.partition(".")[0]
    is_packages = blueprint in of_packages(app)
    if not (str(rule).startswith(_API) or is_packages):
        return
    operation = to_camel(rule.endpoint.rpartition(".")[2])
    if operation in seen:
        operation += "Alias"
    seen.add(operation)
    summary, _, description = (inspect.getdoc(view) or "").partition("\n")
    for method in _METHODS:
        if method in (rule.methods or ()):
            yield Route(
                method=method.lower(),
                path=wire_path(rule),
                operation=operation,
                tag=_tag(shape) or blueprint,
                summary=summary,
                description=" ".join(description.split()),
                public=RULES[permission.action].anyone,
                either=_is_either(shape, permission),
                shape=shape,
                prefix=to_pascal(blueprint.replace("-", "_")) if is_packages else "",
            )


def _tag(shape: Shape) -> str:
    return shape.tag if isinstance(shape, FileShape) else ""


def _is_either(shape: Shape, permission: Permission) -> bool:
    """Say whether a token is of use, but not the only way."""
    tells_more = isinstance(shape, FileShape) and shape.tells_more
    return tells_more or permission.unless is not None
