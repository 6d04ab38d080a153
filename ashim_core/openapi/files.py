"""Operations that answer with files, or with what no model describes."""

from ashim_core.openapi.forms import upload_form
from ashim_core.openapi.parameters import (
    IF_NONE_MATCH,
    LAST_EVENT_ID,
    NOT_MODIFIED,
    RANGE,
    path_parameters,
    query_parameters,
)
from ashim_core.openapi.routes import Route, begun
from ashim_core.openapi.shapes import EventsAnswer, FileAnswer, FileShape, JsonAnswer, Run
from ashim_core.openapi.words import (
    ANY_ERRORS,
    ANY_TYPE,
    BYTES,
    JSON,
    READ_ERRORS,
    Json,
    errors,
    ref,
)


def file_operation(route: Route, shape: FileShape) -> Json:
    """Describe a route by what its view says that it gives."""
    usual = ANY_ERRORS if route.public else READ_ERRORS
    responses, headers = _answers(shape, (*usual, *shape.refusals))
    query = query_parameters(shape.query) if shape.query else []
    parameters = [*path_parameters(route.path), *query, *headers]
    operation = begun(route) | {"responses": responses}
    if shape.form:
        operation["requestBody"] = {"required": True, "content": upload_form(shape.form)}
    return operation | ({"parameters": parameters} if parameters else {})


def _answers(shape: FileShape, refusals: tuple[str, ...]) -> tuple[Json, list[Json]]:
    """Describe all that may come back, and the headers of a request that make a difference."""
    match gives := shape.gives:
        case FileAnswer() if shape.form:
            return _made(gives) | errors(refusals), []
        case FileAnswer():
            return _file(gives) | errors((*refusals, "416")), [RANGE, IF_NONE_MATCH]
        case JsonAnswer(tagged=True):
            return _json(gives) | errors(refusals) | NOT_MODIFIED, [IF_NONE_MATCH]
        case JsonAnswer():
            return _json(gives) | errors(refusals), []
        case EventsAnswer():
            return _events(gives) | errors(refusals), [LAST_EVENT_ID]
        case Run():
            raise TypeError("expected what a view answers with, got something that is run")


def _made(gives: FileAnswer) -> Json:
    """Describe a file that is made of what comes in."""
    # No generator of clients knows a type with a star.
    kinds = [ANY_TYPE] if "*" in gives.media_type else []
    content: Json = {kind: {"schema": BYTES} for kind in (*kinds, gives.media_type)}
    return {"200": {"description": gives.what, "content": content}}


def _file(gives: FileAnswer) -> Json:
    """Describe a file that lies there, of which parts can be asked for."""
    whole = _made(gives)
    part = whole["200"] | {"description": "The part that was asked for."}
    return {
        **whole,
        "206": part,
        **NOT_MODIFIED,
    }


def _json(gives: JsonAnswer) -> Json:
    return {"200": {"description": "Success.", "content": {JSON: {"schema": ref(gives.schema)}}}}


def _events(gives: EventsAnswer) -> Json:
    content: Json = {"text/event-stream": {"schema": {"type": "string"}}}
    return {"200": {"description": gives.what, "content": content}}
