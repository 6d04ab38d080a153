"""Running tools, and saying which there are."""

from flask import Blueprint, Response, jsonify

from ashim_core.describe import describe_tool
from ashim_core.engine.run import check_file_count
from ashim_core.engine.task import Step
from ashim_core.engine.validate import validate_settings
from ashim_core.web.answers import answer
from ashim_core.web.context import core, tools
from ashim_core.web.permissions import requires
from ashim_core.web.uploads import received_files, received_settings, receiving

blueprint = Blueprint("tools", __name__, url_prefix="/api/v1/tools")


@blueprint.get("")
@requires("tools:read")
def list_tools() -> Response:
    """List every tool with its schema and states."""
    registry = tools()
    return jsonify({"tools": [describe_tool(registry, tool) for tool in registry]})


@blueprint.get("/<tool_id>")
@requires("tools:read")
def get_tool(tool_id: str) -> Response:
    """Describe one tool."""
    registry = tools()
    return jsonify(describe_tool(registry, registry.find(tool_id)))


@blueprint.post("/<tool_id>")
@requires("tools:run")
def run_tool(tool_id: str) -> Response:
    """Run one tool on the uploaded files and answer with the result."""
    tool = tools().usable(tool_id)
    with receiving(tool.max_files) as folder:
        files = received_files()
        settings = received_settings()
        check_file_count(tool, len(files))
        validate_settings(tool, settings)
        result = core().jobs.run(folder, [Step(tool_id=tool.id, settings=settings)], files)
        return answer(folder, tool.id, files, result)
