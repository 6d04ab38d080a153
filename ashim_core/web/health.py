"""Is the server alive, and is it ready for work."""

from flask import Blueprint, Response, jsonify

import ashim_core
from ashim_core.errors import StorageFull
from ashim_core.web.context import core
from ashim_core.web.permissions import requires

blueprint = Blueprint("health", __name__)

_MIB = 1024 * 1024


@blueprint.get("/api/v1/health")
@blueprint.get("/healthz")
@requires("public:read")
def health() -> Response:
    """Say that the server answers. Public."""
    return jsonify({"status": "healthy", "version": ashim_core.__version__})


@blueprint.get("/readyz")
@requires("public:read")
def ready() -> Response:
    """Say whether jobs can be accepted: looks for room, writes and removes a probe file. Public."""
    storage = core().jobs.storage
    try:
        storage.check_room(core().config.min_free_mb * _MIB)
        storage.probe()
    except StorageFull:
        return _not_ready("too little space is left")
    except OSError as error:
        return _not_ready(str(error.strerror))
    return jsonify({"status": "ready", "version": ashim_core.__version__})


def _not_ready(reason: str) -> Response:
    response = jsonify({"status": "unhealthy", "reason": f"storage: {reason}"})
    response.status_code = 503
    return response
