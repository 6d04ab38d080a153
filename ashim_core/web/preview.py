"""Pictures as a page can show them, of files that no browser may know and that aren't kept yet."""

from pathlib import Path

from flask import Blueprint, Response

from ashim_core.engine.run import check_file_count
from ashim_core.engine.task import Step, TaskInput, TaskResult
from ashim_core.jobs.folders import JobFolder
from ashim_core.jobs.job import Plan
from ashim_core.openapi.shapes import FileAnswer, Form
from ashim_core.own import PREVIEW, PreviewSize
from ashim_core.web.context import actor, core
from ashim_core.web.endpoint import file_view
from ashim_core.web.forms import received_fields
from ashim_core.web.permissions import requires
from ashim_core.web.received import received
from ashim_core.web.running import hang_up
from ashim_core.web.uploads import receiving
from ashim_core.wire.bodies import Query

blueprint = Blueprint("preview", __name__, url_prefix="/api/v1/preview")

_USUAL_SIZE = 1024


class PreviewFields(Query):
    """What goes along with the picture."""

    size: PreviewSize = _USUAL_SIZE


@blueprint.post("")
@requires("tools:run", many=True)
@file_view(
    FileAnswer("The small picture.", "image/webp"),
    tag="tools",
    form=Form(PreviewFields, referring=True),
    refusals=("413", "422", "500", "504", "507"),
)
def make_preview() -> Response:
    """Make a picture that any browser shows, of one in whatever format is read here.

    The answer is a WebP that fits into a square: the first frame, upright, in sRGB, and never
    enlarged. Nothing is kept.
    """
    with receiving(1) as folder:
        size = received_fields(PreviewFields).size
        files = received(folder, {}, ()).files
        check_file_count(core().registry.runnable(PREVIEW), len(files))
        result = _made(folder, files[0], size)
        # In memory: with the folder nothing of it is left, however its sending ends.
        data = Path(result.outputs[0].path).read_bytes()
        folder.remove()
    response = Response(data, mimetype="image/webp")
    response.headers["Content-Disposition"] = "inline; filename=preview.webp"
    return response


def _made(folder: JobFolder, file: TaskInput, size: int) -> TaskResult:
    """Have a worker make it; raises what came instead, and Cancelled once the caller has gone."""
    step = Step(tool_id=PREVIEW, settings={"size": size})
    job = core().jobs.make(folder, Plan("tool", (step,), ((file,),), actor().id))
    job.run(hang_up(job))
    job.settle()
    if error := job.verdict():
        raise error
    (item,) = job.items
    if item is None:
        raise RuntimeError("expected a job without an error to have a result")
    return item.unwrap()
