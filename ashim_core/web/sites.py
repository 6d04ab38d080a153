"""Pages that packages bring: files at `/assets/<name>/`, and one page for all else below a mount.

They are files and no code, the same for everybody: what is private comes by the API.
"""

import mimetypes
import re
from html import escape
from pathlib import Path

from flask import Blueprint, Response, request, send_file
from werkzeug.routing import PathConverter
from werkzeug.security import safe_join

from ashim_core.errors import NotFound
from ashim_core.extensions.pages import ASSETS, INDEX, Panel, Site
from ashim_core.web.context import core
from ashim_core.web.permissions import requires

_BASE = "%BASE%"
_HASHED = re.compile(r".*[.-][0-9A-Za-z_-]{8,}\.[a-z0-9]+")
"""How a file is called whose name says what is in it."""
_YEAR_S = 365 * 86_400
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
"""What a page may do: run its own scripts and ask this server, and nothing else."""


class BesideTheApi(PathConverter):
    """The rest of a path that is neither in the API nor among the files of pages."""

    NAME = "beside_the_api"
    regex = r"(?!(?:api|assets)(?:/|$)).*?"


def blueprint_of_site(site: Site) -> Blueprint:
    """Make the routes of a page: its files, and its index for every address below its mount."""
    blueprint = _files(site.name, site.folder)

    @requires("public:read")
    def index(path: str = "") -> Response:
        return _index(site)

    rest = f"<{BesideTheApi.NAME}:path>" if not site.path else "<path:path>"
    blueprint.add_url_rule(site.path or "/", "index", index)
    blueprint.add_url_rule(f"{site.path}/{rest}", "page", index)
    return blueprint


def blueprint_of_panel(panel: Panel) -> Blueprint:
    """Make the route of the files of a panel."""
    return _files(panel.name, panel.folder)


def _files(name: str, folder: Path) -> Blueprint:
    blueprint = Blueprint(f"site-{name}", __name__)

    @blueprint.get(f"{ASSETS}/{name}/<path:file>")
    @requires("public:read")
    def asset(file: str) -> Response:
        return _asset(folder, file)

    return blueprint


def _index(site: Site) -> Response:
    text = (site.folder / INDEX).read_text()
    base = escape(f"{core().config.root_path}/", quote=True)
    response = Response(text.replace(_BASE, base), mimetype="text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def _asset(folder: Path, name: str) -> Response:
    path = Path(safe_join(str(folder), name) or "/")
    if not path.is_file():
        raise NotFound(f"There is nothing at {request.path[:200]}.")
    packed = path.with_name(f"{path.name}.gz")
    zipped = packed.is_file() and request.accept_encodings["gzip"] > 0
    response = send_file(
        packed if zipped else path,
        mimetype=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        max_age=_YEAR_S if _HASHED.fullmatch(path.name) else None,
    )
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    if packed.is_file():
        response.vary.add("Accept-Encoding")
    if _HASHED.fullmatch(path.name):
        response.cache_control.public = True
        response.cache_control.immutable = True
    return response
