"""Which picture formats are read and written here."""

from flask import Blueprint, Response, jsonify

from ashim_core.describe import describe_format
from ashim_core.web.context import core
from ashim_core.web.permissions import requires

blueprint = Blueprint("formats", __name__, url_prefix="/api/v1/formats")


@blueprint.get("")
@requires("tools:read")
def list_formats() -> Response:
    """List every format that can be read, with what it can hold, and whether it is written."""
    return jsonify({"formats": [describe_format(item) for item in core().registry.formats]})
