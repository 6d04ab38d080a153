"""Copies every kept result of a job to a folder, and says at `/api/mirror` how many it has."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from flask import Blueprint
from pydantic import Field

from ashim_core.extension import (
    Event,
    PluginConfig,
    Record,
    Server,
    hookimpl,
    json_view,
    operator,
    requires,
)


class MirrorConfig(PluginConfig, name="mirror"):
    """What the operator decides."""

    folder: Path = Field(default=Path("mirror"), description="Where results are copied to")


class MirrorState(Record):
    """How much there is."""

    copied: int


@hookimpl
def ashim_config() -> Iterable[type[PluginConfig]]:
    yield MirrorConfig


@hookimpl
def ashim_event(event: Event, server: Server) -> None:
    if event.name != "job.completed":
        return
    folder = server.config(MirrorConfig).folder
    folder.mkdir(parents=True, exist_ok=True)
    for output in server.jobs.outputs(operator(), event.data["jobId"]):
        shutil.copyfile(output.path, folder / f"{event.data['jobId']} {output.name}")
        server.data("mirror").change("copied", lambda number: (number or 0) + 1)


@hookimpl
def ashim_blueprints(server: Server) -> Iterable[Blueprint]:
    blueprint = Blueprint("mirror", __name__)

    @blueprint.get("/api/mirror")
    @requires("system:read")
    @json_view()
    def mirror_state() -> MirrorState:
        """Say how many results were copied."""
        return MirrorState(copied=server.data("mirror").get("copied", 0))

    yield blueprint
