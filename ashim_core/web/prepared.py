"""Long texts about all tools: built once for each state of the tools, and sent compressed."""

import gzip
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, request

from ashim_core.web.context import tools

_State = tuple[tuple[Any, ...], ...]
_LEVEL = 6


@dataclass(frozen=True)
class _Text:
    state: _State
    plain: bytes
    zipped: bytes
    tag: str


class PreparedTexts:
    """The texts of one application, each as it was built last.

    They are few: one or two for each route that gives any.
    """

    EXTENSION = "ashim-prepared"

    def __init__(self) -> None:
        self._texts: dict[str, _Text] = {}
        # While one is built, those who want it too wait: it takes longer than to wait.
        self._turn = threading.Lock()

    def get(self, name: str, state: _State, build: Callable[[], str]) -> _Text:
        """Give a text for a state of the tools; what was built for another state is forgotten."""
        with self._turn:
            found = self._texts.get(name)
            if found is None or found.state != state:
                found = self._texts[name] = _made(state, build().encode())
            return found


def prepared(
    build: Callable[[], str], media_type: str, *, public: bool = True, variant: str = ""
) -> Response:
    """Answer the present route with what `build` gives, which depends on the tools alone.

    public: caches between here and there may keep it.
    variant: tells apart the texts of a route that has several.
    """
    texts: PreparedTexts = current_app.extensions[PreparedTexts.EXTENSION]
    text = texts.get(f"{request.endpoint} {variant}", _state(), build)
    zipped = request.accept_encodings["gzip"] > 0
    response = Response(text.zipped if zipped else text.plain, mimetype=media_type)
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = "no-cache" if public else "private, no-cache"
    response.set_etag(f"{text.tag}-gzip" if zipped else text.tag)
    response.make_conditional(request)
    return response


def _state() -> _State:
    """Give all that the texts depend on and that may change while the server runs."""
    registry = tools()
    return tuple((tool.id, registry.state(tool)) for tool in registry)


def _made(state: _State, plain: bytes) -> _Text:
    tag = hashlib.sha256(plain).hexdigest()[:32]
    return _Text(state, plain, gzip.compress(plain, _LEVEL, mtime=0), tag)
