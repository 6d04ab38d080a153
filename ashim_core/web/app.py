"""The Flask application: one blueprint per resource, one error shape, the same headers."""

from flask import Flask, Response

from ashim_core.core import Core
from ashim_core.web import docs, downloads, errors, health, plugins, tools
from ashim_core.web.context import EXTENSION, request_id
from ashim_core.web.permissions import enforce
from ashim_core.web.prefix import Prefixed
from ashim_core.web.uploads import UploadRequest

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cache-Control": "no-store",
}
"""For every answer that doesn't set its own: nothing here is a page unless it says so."""


def create_app(core: Core) -> Flask:
    """Build the web application for a core."""
    app = Flask(__name__, static_folder=None)
    app.request_class = UploadRequest
    app.extensions[EXTENSION] = core
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.before_request(enforce)
    app.after_request(_add_headers)
    errors.register(app)
    for module in (tools, plugins, downloads, health, docs):
        app.register_blueprint(module.blueprint)
    if core.config.root_path:
        app.wsgi_app = Prefixed(app.wsgi_app, core.config.root_path)  # type: ignore[method-assign]
    return app


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-Id"] = request_id()
    return response
