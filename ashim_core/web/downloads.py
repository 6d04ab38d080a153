"""Fetching kept results."""

from flask import Blueprint, Response
from pydantic import Field

from ashim_core.openapi.shapes import FileAnswer
from ashim_core.policy import owner_filter
from ashim_core.web.answers import send_output
from ashim_core.web.context import actor, core
from ashim_core.web.endpoint import file_view
from ashim_core.web.links import signed
from ashim_core.web.permissions import requires
from ashim_core.wire.bodies import Query

blueprint = Blueprint("downloads", __name__, url_prefix="/api/v1/download")


class LinkQuery(Query):
    """What a link carries."""

    signature: str = Field(description="What opens it without a token.")


@blueprint.get("/<job_id>/<path:name>")
@requires("jobs:follow", unless=signed, many=True)
@file_view(FileAnswer("The file.", "*/*"), tag="results", query=LinkQuery)
def download_result(job_id: str, name: str) -> Response:
    """Download a result.

    Use the `downloadUrl` of a result as it is: it carries a signature and is valid until the
    result expires.
    """
    owner = None if signed(job_id, name) else owner_filter(actor(), "jobs:follow")
    return send_output(core().jobs.results.output(job_id, name, owner))
