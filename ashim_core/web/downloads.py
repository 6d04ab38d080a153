"""Fetching kept results."""

from flask import Blueprint, Response

from ashim_core.web.answers import send_output
from ashim_core.web.context import core
from ashim_core.web.links import signed
from ashim_core.web.permissions import requires

blueprint = Blueprint("downloads", __name__, url_prefix="/api/v1/download")


@blueprint.get("/<job_id>/<name>")
@requires("download", "jobs/{job_id}", unless=signed)
def download(job_id: str, name: str) -> Response:
    """Send a result to whoever holds its signed link, or may see the job."""
    return send_output(core().jobs.storage.output(job_id, name))
