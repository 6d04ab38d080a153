"""The API's own documentation: OpenAPI, the interactive page, and the texts for language models."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import flask_swagger_ui
import yaml
from flask import Blueprint, Response, current_app, redirect, send_from_directory
from werkzeug.wrappers import Response as AnyResponse

from ashim_core.hookspecs import hookimpl
from ashim_core.openapi.document import build_openapi
from ashim_core.openapi.llms.text import llms_full, llms_index
from ashim_core.openapi.words import Terms
from ashim_core.web.context import core, tools
from ashim_core.web.permissions import requires
from ashim_core.web.prepared import prepared
from ashim_core.web.routes import api_routes

blueprint = Blueprint("docs", __name__)
home_blueprint = Blueprint("home", __name__)
"""For a server without a page at its root."""

_ASSETS = Path(flask_swagger_ui.__file__).parent / "dist"
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; font-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ashim API</title>
<link rel="icon" href="docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
</head>
<body>
<div id="docs">This page needs JavaScript; the same is in <a href="../llms-full.txt">text</a>.</div>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_START = """\
// What has no example begins empty and isn't sent: what the page makes up would be refused.
const beginEmpty = () => ({
  wrapComponents: {
    JsonSchemaForm: (Original, system) => (props) => {
      const { schema, dispatchInitialValue } = props;
      const begins = dispatchInitialValue && schema.has("examples");
      return system.React.createElement(Original, {
        ...props,
        dispatchInitialValue: dispatchInitialValue === undefined ? undefined : begins,
      });
    },
    ParameterIncludeEmpty: (Original, system) => (props) =>
      system.React.createElement(Original, {
        ...props,
        isIncludedOptions: { ...props.isIncludedOptions, defaultValue: false },
      }),
  },
});

SwaggerUIBundle({
  url: "../api/v1/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  validatorUrl: null,
  plugins: [beginEmpty],
});
"""


class Reference:
    """The reference of the API, as a part that comes by the same hook as those of packages."""

    @hookimpl
    def ashim_blueprints(self) -> Iterable[Blueprint]:
        yield blueprint


@home_blueprint.get("/")
@requires("public:read")
def home() -> AnyResponse:
    """Lead to the docs, as there is no web page."""
    return redirect(core().config.root_path + "/api/docs")


@blueprint.get("/api/docs")
@requires("public:read")
def page() -> Response:
    """Show the interactive reference. All of it comes from this server."""
    response = Response(_PAGE, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _PAGE_POLICY
    return response


@blueprint.get("/api/docs/")
@requires("public:read")
def page_of_a_folder() -> AnyResponse:
    """Lead to the page: what it needs lies beside it, not below it."""
    return redirect(core().config.root_path + "/api/docs")


@blueprint.get("/api/docs/start.js")
@requires("public:read")
def start_script() -> Response:
    return Response(_START, mimetype="text/javascript")


@blueprint.get("/api/docs/assets/<path:name>")
@requires("public:read")
def asset(name: str) -> AnyResponse:
    return send_from_directory(_ASSETS, name, max_age=86_400)


@blueprint.get("/api/v1/openapi.json")
@requires("public:read")
def openapi_json() -> Response:
    """Give the OpenAPI document as JSON."""
    return prepared(lambda: current_app.json.dumps(_document()), "application/json")


@blueprint.get("/api/v1/openapi.yaml")
@requires("public:read")
def openapi_yaml() -> Response:
    """Give the OpenAPI document as YAML."""
    return prepared(_yaml, "application/yaml")


def _yaml() -> str:
    text: str = yaml.safe_dump(_document(), sort_keys=False, allow_unicode=True)
    return text


def _document() -> dict[str, Any]:
    config = core().config
    terms = Terms(config.root_path, config.auth_enabled, config.max_batch_size)
    return build_openapi(tools(), api_routes(current_app), terms)


@blueprint.get("/llms.txt")
@requires("public:read")
def llms() -> Response:
    """Give the short text for language models."""
    return prepared(lambda: llms_index(tools(), core().config.root_path), "text/plain")


@blueprint.get("/llms-full.txt")
@requires("public:read")
def llms_everything() -> Response:
    """Give the whole text for language models."""
    return prepared(lambda: llms_full(tools(), _document(), core().config.root_path), "text/plain")
