"""The API's own documentation: OpenAPI, the interactive page, and the texts for language models."""

from pathlib import Path

import flask_swagger_ui
import yaml
from flask import Blueprint, Response, jsonify, redirect, send_from_directory
from werkzeug.wrappers import Response as AnyResponse

from ashim_core.llms import llms_full, llms_index
from ashim_core.openapi import build_openapi
from ashim_core.web.context import core
from ashim_core.web.permissions import requires

blueprint = Blueprint("docs", __name__)

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
SwaggerUIBundle({
  url: "../api/v1/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  validatorUrl: null,
});
"""


@blueprint.get("/")
@requires("read", "docs")
def home() -> AnyResponse:
    """Lead to the docs, as there is no web page."""
    return redirect(core().config.root_path + "/api/docs")


@blueprint.get("/api/docs")
@requires("read", "docs")
def page() -> Response:
    """Show the interactive reference. All of it comes from this server."""
    response = Response(_PAGE, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _PAGE_POLICY
    return response


@blueprint.get("/api/docs/start.js")
@requires("read", "docs")
def start_script() -> Response:
    return Response(_START, mimetype="text/javascript")


@blueprint.get("/api/docs/assets/<path:name>")
@requires("read", "docs")
def asset(name: str) -> AnyResponse:
    return send_from_directory(_ASSETS, name, max_age=86_400)


@blueprint.get("/api/v1/openapi.json")
@requires("read", "docs")
def openapi_json() -> Response:
    """Give the OpenAPI document as JSON."""
    return jsonify(build_openapi(core().registry, core().config.root_path))


@blueprint.get("/api/v1/openapi.yaml")
@requires("read", "docs")
def openapi_yaml() -> Response:
    """Give the OpenAPI document as YAML."""
    document = build_openapi(core().registry, core().config.root_path)
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return Response(text, mimetype="application/yaml")


@blueprint.get("/llms.txt")
@requires("read", "docs")
def llms() -> Response:
    """Give the short text for language models."""
    return Response(llms_index(core().registry, core().config.root_path), mimetype="text/plain")


@blueprint.get("/llms-full.txt")
@requires("read", "docs")
def llms_everything() -> Response:
    """Give the whole text for language models."""
    return Response(llms_full(core().registry, core().config.root_path), mimetype="text/plain")
