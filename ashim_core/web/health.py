"""Is the server alive, and is it ready for work."""

from flask import Blueprint, Response, jsonify

import ashim_core
from ashim_core.web.context import core
from ashim_core.web.permissions import requires

blueprint = Blueprint("health", __name__)


@blueprint.get("/api/v1/health")
@blueprint.get("/healthz")
@requires("public:read")
def health() -> Response:
    """Say that the server answers. Public."""
    return jsonify({"status": "healthy", "version": ashim_core.__version__})


@blueprint.get("/readyz")
@requires("public:read")
def ready() -> Response:
    """Say whether jobs can be accepted: writes and removes a probe file. Public."""
    try:
        core().jobs.storage.probe()
    except OSError as error:
        response = jsonify({"status": "unhealthy", "reason": f"storage: {error.strerror}"})
        response.status_code = 503
        return response
    return jsonify({"status": "ready", "version": ashim_core.__version__})
