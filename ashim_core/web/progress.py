"""Progress as a stream of server-sent events."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Blueprint, Response, current_app, request

from ashim_core.errors import AshimError, RateLimited
from ashim_core.jobs.job import OVER, Status
from ashim_core.jobs.service import Jobs, View
from ashim_core.openapi.shapes import EventsAnswer
from ashim_core.policy import Resource, allowed
from ashim_core.web.answers import described
from ashim_core.web.context import actor, core
from ashim_core.web.endpoint import file_view
from ashim_core.web.jobs import state_of
from ashim_core.web.permissions import requires
from ashim_core.web.running import whether_gone, whether_stopping
from ashim_core.web.visitors import counted_as

blueprint = Blueprint("progress", __name__, url_prefix="/api/v1/jobs")

_HEARTBEAT_S = 15
_LOOK_S = 1.0
"""How often to look whether the listener is there still; one who went gives up the place."""
_LONGEST_S = 600
"""After so long a listener has to come back; whoever has gone without a word is forgotten."""
_AT_A_TIME = 64
_FOR_EACH = 4


class Listeners:
    """Who listens at the moment. Each holds a thread, so there may be only so many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    @contextmanager
    def one_more(self, who: str) -> Iterator[None]:
        """Count a listener; RateLimited when there are too many."""
        with self._lock:
            if self._counts[who] >= _FOR_EACH or self._counts.total() >= _AT_A_TIME:
                error = RateLimited(
                    f"Too many streams are open: {_FOR_EACH} for each caller, {_AT_A_TIME} in all."
                )
                error.headers = {"Retry-After": "5"}
                raise error
            self._counts[who] += 1
        try:
            yield
        finally:
            with self._lock:
                self._counts[who] -= 1
                self._counts += Counter()  # forgets who has none


_listeners = Listeners()


@blueprint.get("/<job_id>/progress")
@requires("public:read", many=True)
@file_view(
    EventsAnswer("A stream that ends with the job."), tag="jobs", refusals=("404",), tells_more=True
)
def follow_job(job_id: str) -> Response:
    """Follow a job.

    Server-sent events, each with the keys jobId, status, progress, message, completedFiles,
    failedFiles and totalFiles; the last one has the result for the owner, or an error and its
    code. Whoever knows the id may follow.
    """
    view = core().jobs.view(job_id)
    owner = allowed(actor(), "jobs:follow", Resource(view.owner))
    place = _listeners.one_more(actor().id or counted_as(actor().address))
    place.__enter__()
    # The stream outlives this request's context; what it needs of it goes along.
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def tell(view: View) -> str:
        with app.app_context():
            return _event(view, owner)

    seen = request.headers.get("Last-Event-ID")
    gone, stopping = whether_gone(), whether_stopping()
    events = _events(core().jobs, view, tell, seen, lambda: gone() or stopping())
    response = Response(events, mimetype="text/event-stream")
    response.call_on_close(lambda: place.__exit__(None, None, None))
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _events(
    jobs: Jobs,
    view: View,
    tell: Callable[[View], str],
    seen: str | None,
    is_over: Callable[[], bool],
) -> Iterator[str]:
    """Give the present state, each change of it, and a sign of life when there is none.

    is_over: says whether there is nobody to tell any more. A listener whose server stops comes
    back to the next one and says what it has heard.
    """
    said = time.monotonic()
    end = said + _LONGEST_S
    status = view.status
    if _mark(status) != seen or status.state in OVER:
        yield tell(view)
    while status.state not in OVER and time.monotonic() < end and not is_over():
        try:
            changed = jobs.wait_for_change(view.id, status, _LOOK_S)
            if changed == status and time.monotonic() - said < _HEARTBEAT_S:
                continue
            said = time.monotonic()
            yield ": still there\n\n" if changed == status else tell(jobs.view(view.id))
            status = changed
        except AshimError:
            return  # it was deleted meanwhile


def _mark(status: Status) -> str:
    """Name a state, so that a listener who comes back needn't hear it again."""
    return f"{status.state}-{status.progress:g}-{status.completed}-{status.failed}"


def _event(view: View, owner: bool) -> str:
    data = state_of(view)
    if view.error is not None:
        data["error"] = view.error.message if owner else "The job came to nothing."
        if owner and view.error.details:
            data["details"] = view.error.details
    if owner and view.record is not None:
        data["result"] = described(view.record)
    text = json.dumps(data, ensure_ascii=False)
    return f"id: {_mark(view.status)}\ndata: {text}\n\n"
