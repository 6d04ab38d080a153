"""The Flask application: one blueprint per resource, one error shape, the same headers."""

from flask import Flask, Response, current_app

from ashim_core.core import Core
from ashim_core.web import (
    admin,
    api_keys,
    auth,
    branding,
    docs,
    downloads,
    errors,
    formats,
    health,
    jobs,
    library,
    limits,
    pipeline_runs,
    pipelines,
    plugins,
    preview,
    progress,
    roles,
    settings,
    teams,
    tools,
    users,
)
from ashim_core.web.admission import admit
from ashim_core.web.compression import compress
from ashim_core.web.context import EXTENSION, request_id
from ashim_core.web.cross_origin import allow_origins
from ashim_core.web.headers import HEADERS
from ashim_core.web.identifying import Identifying
from ashim_core.web.mounting import is_answered, keep_api, mount_all
from ashim_core.web.prefix import Prefixed
from ashim_core.web.prepared import PreparedTexts
from ashim_core.web.ranges import heed_one_range
from ashim_core.web.rate_limits import RateLimits, tell_standing
from ashim_core.web.uploads import UploadRequest
from ashim_core.web.visitors import secure

_RESOURCES = (
    *(
        tools,
        preview,
        pipeline_runs,
        jobs,
        progress,
        downloads,
        library,
        auth,
        users,
        api_keys,
        teams,
        roles,
        settings,
        branding,
        admin,
    ),
    *(pipelines, plugins, formats, limits, health),
)
_HSTS = "max-age=31536000; includeSubDomains"
"""A year; sent to those who came over TLS."""


def create_app(core: Core) -> Flask:
    """Build the web application for a core."""
    app = Flask(__name__, static_folder=None)
    app.request_class = UploadRequest
    # A redirect of the router's would be a page, at an address made of the Host header.
    app.url_map.merge_slashes = False
    app.url_map.redirect_defaults = False
    app.extensions[EXTENSION] = core
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions[RateLimits.EXTENSION] = RateLimits(core.config)
    app.extensions[PreparedTexts.EXTENSION] = PreparedTexts()
    app.extensions[Identifying.EXTENSION] = Identifying()
    app.before_request(heed_one_range)
    app.before_request(keep_api)
    app.before_request(admit)
    app.after_request(compress)
    app.after_request(tell_standing)
    app.after_request(_add_headers)
    errors.register(app)
    allow_origins(app, core.config.cors_origin)
    for module in _RESOURCES:
        app.register_blueprint(module.blueprint)
    core.extensions.add_own(docs.Reference(), "reference")
    mount_all(app, core.extensions)
    if not is_answered(app, "/"):
        app.register_blueprint(docs.home_blueprint)
    if core.config.root_path:
        app.wsgi_app = Prefixed(app.wsgi_app, core.config.root_path)  # type: ignore[method-assign]
    return app


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if secure(current_app.extensions[EXTENSION].config.trust_proxy):
        response.headers["Strict-Transport-Security"] = _HSTS
    response.headers["X-Request-Id"] = request_id()
    return response
