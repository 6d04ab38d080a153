"""Which plugins there are, and what failed to load and why."""

from flask import Blueprint, Response, jsonify

from ashim_core.describe import describe_plugin
from ashim_core.openapi.shapes import JsonAnswer
from ashim_core.web.context import core
from ashim_core.web.endpoint import file_view
from ashim_core.web.permissions import requires

blueprint = Blueprint("plugins", __name__, url_prefix="/api/v1/plugins")


@blueprint.get("")
@requires("system:read")
@file_view(JsonAnswer("PluginList"), tag="system")
def list_plugins() -> Response:
    """List all plugins."""
    return jsonify({"plugins": [describe_plugin(plugin) for plugin in core().plugins]})
