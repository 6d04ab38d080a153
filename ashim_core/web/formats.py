"""Which picture formats are read and written here."""

from flask import Blueprint, Response, jsonify

from ashim_core.describe import describe_format
from ashim_core.openapi.shapes import JsonAnswer
from ashim_core.web.context import core
from ashim_core.web.endpoint import file_view
from ashim_core.web.permissions import requires
from ashim_core.web.tags import with_tag

blueprint = Blueprint("formats", __name__, url_prefix="/api/v1/formats")


@blueprint.get("")
@requires("tools:read")
@file_view(JsonAnswer("FormatList", tagged=True), tag="tools")
def list_formats() -> Response:
    """List all picture formats."""
    described = [describe_format(item) for item in core().registry.formats]
    return with_tag(jsonify({"formats": described}))
