"""A route as the document tells of it, and what is told of all of them alike."""

from dataclasses import dataclass

from ashim_core.openapi.shapes import Shape
from ashim_core.openapi.words import Json


@dataclass(frozen=True)
class Route:
    """One operation.

    path: as in OpenAPI, with its parts in braces.
    public: nobody has to sign in. either: a token opens it, or has it tell more, but there is a
    way without.
    prefix: of the names of its models, where a package brings it; they may be called like ours.
    """

    method: str
    path: str
    operation: str
    tag: str
    summary: str
    description: str
    public: bool
    either: bool
    shape: Shape
    prefix: str = ""


def begun(route: Route) -> Json:
    """Begin to describe a route: all but what it takes and gives."""
    operation: Json = {
        "operationId": route.operation,
        "tags": [route.tag],
        "summary": route.summary,
    }
    if route.description:
        operation["description"] = route.description
    if route.either:
        operation["security"] = [{}, {"bearer": []}]
    elif route.public:
        operation["security"] = []
    return operation
