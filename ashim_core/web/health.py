"""Is the server alive, and is it ready for work."""

from flask import Blueprint, Response, jsonify

import ashim_core
from ashim_core.errors import AshimError, StorageFull
from ashim_core.openapi.shapes import JsonAnswer
from ashim_core.web.context import core
from ashim_core.web.endpoint import file_view
from ashim_core.web.permissions import requires

blueprint = Blueprint("health", __name__)

PATHS = ("/api/v1/health", "/healthz", "/readyz")
"""Those who ask here are answered by threads that are kept for them."""
_MIB = 1024 * 1024


@blueprint.get(PATHS[0])
@blueprint.get(PATHS[1])
@requires("public:read")
@file_view(JsonAnswer("Health"), tag="system")
def get_health() -> Response:
    """Is the server alive?"""
    return jsonify({"status": "healthy", "version": ashim_core.__version__})


@blueprint.get(PATHS[2])
@requires("public:read")
def ready() -> Response:
    """Say whether jobs can be accepted: asks storage, database and workers. Public."""
    reason = _storage_trouble() or _database_trouble() or _worker_trouble()
    if reason is None:
        return jsonify({"status": "ready", "version": ashim_core.__version__})
    response = jsonify({"status": "unhealthy", "reason": reason})
    response.status_code = 503
    return response


def _storage_trouble() -> str | None:
    """Look for room, and write and remove a probe file."""
    jobs = core().jobs
    try:
        jobs.work.check_room(core().config.min_free_mb * _MIB)
        jobs.results.probe()
    except StorageFull:
        return "storage: too little space is left"
    except OSError as error:
        return f"storage: {error.strerror}"
    return None


def _database_trouble() -> str | None:
    try:
        core().store.probe()
    except AshimError as error:
        return f"database: {error.message}"
    return None


def _worker_trouble() -> str | None:
    trouble = core().jobs.executor.trouble()
    return trouble and f"workers: {trouble}"
