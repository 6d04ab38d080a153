"""Saved pipelines, and which tools a pipeline may be made of."""

from typing import Any

from flask import Blueprint
from pydantic import Field

from ashim_core.describe import describe_tool
from ashim_core.pipelines.definition import why_not_step
from ashim_core.pipelines.records import (
    NewPipeline,
    PipelineChange,
    PipelineList,
    PipelineRecord,
)
from ashim_core.tool import Tool
from ashim_core.web.context import actor, core, tools
from ashim_core.web.endpoint import json_view
from ashim_core.web.permissions import requires
from ashim_core.wire.bodies import Ok, Query, Record

blueprint = Blueprint("pipelines", __name__, url_prefix="/api/v1/pipeline")


class StepToolsQuery(Query):
    """How much is said about the tools."""

    detail: bool = False


class StepTools(Record):
    """The tools that have a place beside others; `tools` describes them when `detail` is set."""

    tool_ids: list[str]
    tools: list[dict[str, Any]] | None = Field(default=None, exclude_if=lambda tools: tools is None)


@blueprint.post("/save")
@requires("pipelines:create")
@json_view(201)
def save_pipeline(body: NewPipeline) -> PipelineRecord:
    """Save a pipeline; all its steps are checked before."""
    return core().pipelines.save(actor(), body, tools())


@blueprint.get("/list")
@requires("pipelines:read")
@json_view()
def list_pipelines() -> PipelineList:
    """List one's own pipelines; everybody's with the permission pipelines:all."""
    return core().pipelines.list(actor())


@blueprint.get("/tools")
@requires("tools:read")
@json_view()
def list_step_tools(query: StepToolsQuery) -> StepTools:
    """List the tools that pipelines may be made of."""
    registry = tools()
    found = [tool for tool in registry.enabled() if _has_place(tool)]
    described = [describe_tool(registry, tool) for tool in found] if query.detail else None
    return StepTools(tool_ids=[tool.id for tool in found], tools=described)


@blueprint.get("/<pipeline_id>")
@requires("pipelines:read")
@json_view()
def get_pipeline(pipeline_id: str) -> PipelineRecord:
    """Give one pipeline."""
    return core().pipelines.get(actor(), pipeline_id)


@blueprint.put("/<pipeline_id>")
@requires("pipelines:change")
@json_view()
def update_pipeline(pipeline_id: str, body: PipelineChange) -> PipelineRecord:
    """Change the name, the description or all steps of a pipeline."""
    return core().pipelines.update(actor(), pipeline_id, body, tools())


@blueprint.delete("/<pipeline_id>")
@requires("pipelines:change")
@json_view()
def delete_pipeline(pipeline_id: str) -> Ok:
    """Delete a pipeline."""
    core().pipelines.delete(actor(), pipeline_id)
    return Ok()


def _has_place(tool: Tool) -> bool:
    """Say whether a tool can be the first or the last of two steps."""
    return any(why_not_step(tool, position, 2) is None for position in (0, 1))
