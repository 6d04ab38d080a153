"""Views say what they take and give, and so does OpenAPI: by their annotations, or in words."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints

from flask import Response, request
from pydantic import BaseModel
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from ashim_core.errors import InvalidRequest
from ashim_core.openapi.shapes import (
    EventsAnswer,
    FileAnswer,
    FileShape,
    Form,
    JsonAnswer,
    JsonShape,
    Run,
    Shape,
)
from ashim_core.web.front.limits import SMALL_BODY
from ashim_core.web.headers import SECRET
from ashim_core.web.permissions import is_public
from ashim_core.web.tags import with_tag
from ashim_core.wire.bodies import Body, Query
from ashim_core.wire.safe_json import parse_object
from ashim_core.wire.validation import validated

ViewT = TypeVar("ViewT", bound=Callable[..., Any])

_ATTRIBUTE = "ashim_shape"
MAX_BODY = 2 * 1024 * 1024


def json_view(
    status: int = 200, *, form: Form | None = None, secret: bool = False, tagged: bool = False
) -> Callable[[Callable[..., BaseModel]], Callable[..., Response]]:
    """Make a view of a function that returns a model.

    A parameter `body` gets the validated JSON of the request, `query` the validated parameters;
    all others get parts of the path.

    form: what a view takes that reads a form by itself.
    secret: the answer holds a token or a key.
    tagged: the answer has an `ETag`.
    """

    def wrap(function: Callable[..., BaseModel]) -> Callable[..., Response]:
        shape = _shape(function, status, form, tagged)

        @functools.wraps(function)
        def view(**parts: Any) -> Response:
            if shape.body is not None:
                parts["body"] = validated(shape.body, json_body())
            if shape.query is not None:
                parts["query"] = validated(shape.query, request.args.to_dict())
            text = function(**parts).model_dump_json(by_alias=True)
            response = Response(
                text, shape.status, SECRET if secret else None, mimetype="application/json"
            )
            return with_tag(response) if tagged else response

        setattr(view, _ATTRIBUTE, shape)
        return view

    return wrap


def file_view(
    gives: FileAnswer | JsonAnswer | EventsAnswer | Run,
    *,
    tag: str = "",
    query: type[Query] | None = None,
    refusals: tuple[str, ...] = (),
    tells_more: bool = False,
    form: Form | None = None,
) -> Callable[[ViewT], ViewT]:
    """Say what a view gives that answers with files, or with what no model describes.

    The view itself stays as it is; `FileShape` has the meaning of each.
    """

    def declare(view: ViewT) -> ViewT:
        setattr(view, _ATTRIBUTE, FileShape(gives, tag, query, refusals, tells_more, form))
        return view

    return declare


def shape_of(view: Callable[..., Any]) -> Shape | None:
    """Give what a view takes and gives, if it says so."""
    found: Shape | None = getattr(view, _ATTRIBUTE, None)
    return found


def json_body() -> dict[str, Any]:
    """Read the JSON object in the body; nothing at all is an empty one.

    Where nobody has to sign in it is small: such a body is here before its request gets a thread.
    """
    most = SMALL_BODY if is_public() else MAX_BODY
    # A body without a length is cut there, which has to be told from one that ends there.
    request.max_content_length = most + 1
    data = request.get_data()
    if len(data) > most:
        raise RequestEntityTooLarge
    if not data:
        return {}
    # Browsers ask before they send this type for a page of another site, and we say no.
    if not request.is_json:
        raise UnsupportedMediaType("Send JSON, with 'Content-Type: application/json'.")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise InvalidRequest("Expected the body to be JSON in UTF-8.") from None
    return parse_object(text, "body", MAX_BODY)


def _shape(
    function: Callable[..., BaseModel], status: int, form: Form | None, tagged: bool
) -> JsonShape:
    hints = get_type_hints(function)
    names = inspect.signature(function).parameters
    return JsonShape(
        body=_model(hints["body"], Body) if "body" in names else None,
        query=_model(hints["query"], Query) if "query" in names else None,
        answer=_model(hints["return"], BaseModel),
        status=status,
        form=form,
        tagged=tagged,
    )


def _model(hint: Any, base: type[BaseModel]) -> type[BaseModel]:
    if not (isinstance(hint, type) and issubclass(hint, base)):
        raise TypeError(f"expected an annotation with a subclass of {base.__name__}, got {hint!r}")
    return hint
