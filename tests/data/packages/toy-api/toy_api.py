"""An API of another shape over the same tools: names that callers know before the work is done."""

from collections.abc import Iterable

from flask import Blueprint, Response

from ashim_core.extension import (
    FileAnswer,
    NotFound,
    Query,
    Record,
    Server,
    Step,
    actor,
    file_view,
    hookimpl,
    json_view,
    requires,
    send_output,
)


class Wanted(Query):
    """What to paint."""

    prompt: str
    width: int = 8


class Named(Query):
    """Which picture."""

    output: str


class Painting(Record):
    """A picture that will be there."""

    output: str


class Ready(Record):
    """Whether it is."""

    ready: bool
    progress: float


def _blueprint(server: Server) -> Blueprint:
    blueprint = Blueprint("toy-api", __name__)
    names = server.data("toy-api")

    @blueprint.post("/api/txt2img")
    @requires("tools:run")
    @json_view(202)
    def paint(query: Wanted) -> Painting:
        """Paint a picture of words."""
        step = Step(tool_id="toy-paint", settings={"prompt": query.prompt, "width": query.width})
        job = server.jobs.submit(actor(), [step])
        names.set(f"{job}.png", job)
        return Painting(output=f"{job}.png")

    @blueprint.get("/api/ready")
    @requires("jobs:follow")
    @json_view()
    def ready(query: Named) -> Ready:
        """Say how far a picture is."""
        status = server.jobs.view(actor(), _job(query.output)).status
        return Ready(ready=status.state == "completed", progress=status.progress)

    @blueprint.get("/output/<name>")
    @requires("jobs:follow")
    @file_view(FileAnswer("The picture.", "image/png"))
    def output(name: str) -> Response:
        """Fetch a picture."""
        return send_output(server.jobs.output(actor(), _job(name)))

    def _job(name: str) -> str:
        job = names.get(name)
        if not isinstance(job, str):
            raise NotFound("There is no such picture.")
        return job

    return blueprint


@hookimpl
def ashim_blueprints(server: Server) -> Iterable[Blueprint]:
    yield _blueprint(server)
