"""Running pipelines, on one file or on many."""

from collections.abc import Collection, Sequence

from flask import Blueprint, Response, request

from ashim_core.engine.extras import extras_of
from ashim_core.engine.run import check_file_count
from ashim_core.engine.task import Step
from ashim_core.errors import InvalidRequest
from ashim_core.extra import Extra
from ashim_core.openapi.shapes import Run
from ashim_core.pipelines.definition import check_steps, parse_steps
from ashim_core.web.context import actor, core, tools
from ashim_core.web.endpoint import file_view
from ashim_core.web.forms import PIPELINE_BATCH_FIELDS, PIPELINE_FIELDS, expect_fields
from ashim_core.web.permissions import requires
from ashim_core.web.received import negotiated, received
from ashim_core.web.running import carry_out
from ashim_core.web.tools import batch_of
from ashim_core.web.uploads import receiving

blueprint = Blueprint("pipeline-runs", __name__, url_prefix="/api/v1/pipeline")


@blueprint.post("/execute")
@requires("tools:run")
@file_view(Run("pipeline"))
def execute_pipeline() -> Response:
    """Run a pipeline on one file."""
    with receiving(_most_files()) as folder:
        steps = _received_steps(PIPELINE_FIELDS)
        what = received(folder, {}, _extras(steps))
        check_file_count(tools().find(steps[0].tool_id), len(what.files))
        return carry_out("pipeline", folder, steps, (tuple(what.files),), what)


@blueprint.post("/batch")
@requires("tools:run")
@file_view(Run("pipeline-batch"))
def execute_pipeline_batch() -> Response:
    """Run a pipeline on each of many files."""
    with receiving(_most_files()) as folder:
        steps = _received_steps(PIPELINE_BATCH_FIELDS)
        what = received(folder, {}, _extras(steps), batch=True)
        groups = batch_of(what)
        check_file_count(tools().find(steps[0].tool_id), 1)
        return carry_out("pipeline-batch", folder, steps, groups, what)


def _most_files() -> int:
    """Say how many files may come: a batch, and an extra file for each step."""
    return core().config.max_batch_size + core().config.max_pipeline_steps


def _extras(steps: Sequence[Step]) -> tuple[Extra, ...]:
    return extras_of(tools().find(step.tool_id) for step in steps)


def _received_steps(fields: Collection[str]) -> tuple[Step, ...]:
    """Read the steps of the request, all of them checked: written out, or by a saved pipeline.

    fields: all that the form may have.
    """
    expect_fields(fields)
    form = request.form
    if text := form.get("pipeline") or form.get("steps"):
        steps = parse_steps(text, core().config.max_pipeline_steps)
    elif saved := form.get("pipelineId"):
        kept = core().pipelines.get(actor(), saved).steps
        steps = tuple(Step(tool_id=step.tool_id, settings=step.settings) for step in kept)
    else:
        raise InvalidRequest(
            "Expected a pipeline: its steps as JSON in 'pipeline', or the id of a saved one.",
            details=[{"field": "pipeline", "expected": "a JSON array", "received": "nothing"}],
        )
    checked = check_steps(tools(), steps)
    return tuple(
        step.model_copy(update={"settings": negotiated(tools().find(step.tool_id), step.settings)})
        for step in checked
    )
