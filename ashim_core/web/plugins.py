"""Which plugins there are, and what failed to load and why."""

from flask import Blueprint, Response, jsonify

from ashim_core.describe import describe_plugin
from ashim_core.web.context import authorize, core

blueprint = Blueprint("plugins", __name__, url_prefix="/api/v1/plugins")


@blueprint.get("")
def list_plugins() -> Response:
    """List every plugin that was found, the failed ones with their reason and the next step."""
    authorize("read", "plugins")
    return jsonify({"plugins": [describe_plugin(plugin) for plugin in core().plugins]})
