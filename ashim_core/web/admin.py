"""For administrators: the audit log, and how the server is."""

import shutil
import time
from typing import Literal

from flask import Blueprint

import ashim_core
from ashim_core.errors import AshimError
from ashim_core.identity import audit
from ashim_core.identity.audit import AuditPage, AuditQuery
from ashim_core.web.context import core
from ashim_core.web.endpoint import json_view
from ashim_core.web.permissions import requires
from ashim_core.wire.bodies import Record

blueprint = Blueprint("admin", __name__)

_STARTED = time.monotonic()


class StorageHealth(Record):
    """The disk that the data folder is on, in bytes."""

    mode: str
    available: int
    total: int


class QueueHealth(Record):
    """The fast lane: tasks being worked on, tasks that wait, and how many workers there are."""

    active: int
    pending: int
    workers: int


class AdminHealth(Record):
    """How the server is, in figures. `degraded`: it answers, but something needs mending."""

    status: Literal["healthy", "degraded"]
    version: str
    uptime: str
    database: Literal["ok", "error"]
    storage: StorageHealth
    queue: QueueHealth
    tools: int
    failed_plugins: int


@blueprint.get("/api/v1/audit-log")
@requires("audit:read")
@json_view()
def audit_log(query: AuditQuery) -> AuditPage:
    """Read the audit log, the newest entries first."""
    return audit.read(core().store, query)


@blueprint.get("/api/v1/admin/health")
@requires("system:read")
@json_view()
def admin_health() -> AdminHealth:
    """Give the server's figures."""
    disk = shutil.disk_usage(core().config.data_dir)
    failed = sum(plugin.status == "failed" for plugin in core().plugins)
    load = core().jobs.executor.load()
    database = _database_answers()
    sound = database and _storage_takes_files()
    return AdminHealth(
        status="healthy" if sound and not failed else "degraded",
        version=ashim_core.__version__,
        uptime=f"{time.monotonic() - _STARTED:.0f}s",
        database="ok" if database else "error",
        storage=StorageHealth(mode="local", available=disk.free, total=disk.total),
        queue=QueueHealth(active=load.active, pending=load.pending, workers=load.workers),
        tools=len(core().registry),
        failed_plugins=failed,
    )


def _database_answers() -> bool:
    try:
        core().store.probe()
    except AshimError:
        return False
    return True


def _storage_takes_files() -> bool:
    try:
        core().jobs.results.probe()
    except OSError:
        return False
    return True
