"""Running tools, on one group of files or on many, and saying which there are."""

from flask import Blueprint, Response, current_app, jsonify, request
from pydantic import Field

from ashim_core.describe import describe_tool
from ashim_core.engine.extras import extras_of
from ashim_core.engine.run import check_file_count
from ashim_core.engine.task import Step, TaskInput
from ashim_core.engine.validate import prepare
from ashim_core.errors import NoFile, TooManyFiles
from ashim_core.openapi.shapes import JsonAnswer, Run
from ashim_core.tool import SLASH
from ashim_core.web.context import core, tools
from ashim_core.web.endpoint import file_view
from ashim_core.web.forms import BATCH_FIELDS, TOOL_FIELDS, expect_fields
from ashim_core.web.permissions import requires
from ashim_core.web.prepared import prepared
from ashim_core.web.received import Received, negotiated, received
from ashim_core.web.running import carry_out
from ashim_core.web.tags import with_tag
from ashim_core.web.uploads import received_settings, receiving
from ashim_core.wire.bodies import Query
from ashim_core.wire.validation import names_of, validated

blueprint = Blueprint("tools", __name__, url_prefix="/api/v1/tools")


class ToolsQuery(Query):
    """How much is said about the tools."""

    settings: bool = Field(
        default=True,
        description="With the schemas of their settings and reports; these are most of it.",
    )


@blueprint.get("")
@requires("tools:read")
@file_view(JsonAnswer("ToolList", tagged=True), query=ToolsQuery)
def list_tools() -> Response:
    """List all tools."""
    query = validated(ToolsQuery, request.args.to_dict())
    return prepared(
        lambda: _list(settings=query.settings),
        "application/json",
        public=False,
        variant="" if query.settings else "without settings",
    )


def _list(*, settings: bool) -> str:
    registry = tools()
    described = [describe_tool(registry, tool, settings=settings) for tool in registry]
    return current_app.json.dumps({"tools": described})


@blueprint.get("/<tool_id>")
@requires("tools:read")
@file_view(JsonAnswer("Tool", tagged=True))
def get_tool(tool_id: str) -> Response:
    """Describe one tool."""
    registry = tools()
    return with_tag(jsonify(describe_tool(registry, registry.find(tool_id))))


@blueprint.get("/<tool_id>/<action>")
@requires("tools:read")
@file_view(JsonAnswer("Tool", tagged=True))
def get_action(tool_id: str, action: str) -> Response:
    """Describe one action of a tool."""
    return get_tool(f"{tool_id}{SLASH}{action}")


@blueprint.post("/<tool_id>/<action>")
@requires("tools:run")
@file_view(Run("action"))
def run_action(tool_id: str, action: str) -> Response:
    """Run one action of a tool, which is like a tool."""
    return run_tool(f"{tool_id}{SLASH}{action}")


@blueprint.post("/<tool_id>")
@requires("tools:run")
@file_view(Run("tool"))
def run_tool(tool_id: str) -> Response:
    """Run one tool on the uploaded files and answer with the result."""
    tool = tools().usable(tool_id)
    extras = extras_of([tool])
    with receiving(tool.max_files + len(extras)) as folder:
        expect_fields(
            TOOL_FIELDS, settings=names_of(tool.settings), files=[extra.name for extra in extras]
        )
        settings = received_settings()
        what = received(folder, settings, extras)
        check_file_count(tool, len(what.files))
        settings = negotiated(tool, settings)
        prepare(tools(), tool, settings)
        steps = (Step(tool_id=tool.id, settings=settings),)
        return carry_out("tool", folder, steps, (tuple(what.files),), what)


@blueprint.post("/<tool_id>/batch")
@requires("tools:run")
@file_view(Run("batch"))
def run_batch(tool_id: str) -> Response:
    """Run on each of many files."""
    tool = tools().usable(tool_id)
    check_file_count(tool, 1)
    extras = extras_of([tool])
    with receiving(core().config.max_batch_size + len(extras)) as folder:
        expect_fields(
            BATCH_FIELDS, settings=names_of(tool.settings), files=[extra.name for extra in extras]
        )
        settings = received_settings()
        what = received(folder, settings, extras, batch=True)
        groups = batch_of(what)
        settings = negotiated(tool, settings)
        prepare(tools(), tool, settings)
        steps = (Step(tool_id=tool.id, settings=settings),)
        return carry_out("batch", folder, steps, groups, what)


def batch_of(what: Received) -> tuple[tuple[TaskInput, ...], ...]:
    """Make a task of each file to work on; NoFile, TooManyFiles."""
    files, most = what.files, core().config.max_batch_size
    if 1 <= len(files) <= most:
        return tuple((file,) for file in files)
    problem = TooManyFiles if files else NoFile
    raise problem(
        f"A batch takes 1 to {most} files, received {len(files)}.",
        details=[{"field": "files", "expected": f"1 to {most} files", "received": str(len(files))}],
    )
