"""Fetching kept results."""

from flask import Blueprint, Response

from ashim_core.policy import owner_filter
from ashim_core.web.answers import send_output
from ashim_core.web.context import actor, core
from ashim_core.web.links import signed
from ashim_core.web.permissions import requires

blueprint = Blueprint("downloads", __name__, url_prefix="/api/v1/download")


@blueprint.get("/<job_id>/<path:name>")
@requires("jobs:follow", unless=signed)
def download(job_id: str, name: str) -> Response:
    """Send a result to whoever holds its signed link, or may see the job."""
    owner = None if signed(job_id, name) else owner_filter(actor(), "jobs:follow")
    return send_output(core().jobs.storage.output(job_id, name, owner))
