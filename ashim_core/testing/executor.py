"""The conformance check of an executor: what the core relies on, whoever wrote it."""

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyvips

from ashim_core.engine.task import Step, Task, TaskInput
from ashim_core.errors import AshimError, Cancelled
from ashim_core.executors.executor import Executor, Pending
from ashim_core.ids import new_id
from ashim_core.own import THUMBNAIL, THUMBNAIL_WIDTH
from ashim_core.testing.samples import scene

_AT_A_TIME = 4
_PATIENCE_S = 300
"""What is not there after so long, even on a busy machine, will not come."""


def check_executor(make: Callable[[], Executor]) -> None:
    """Assert that an executor runs tasks as the core needs it; the message says what is wrong.

    It has to run the hidden tools of the core, which every process that discovers tools has.
    """
    executor = make()
    try:
        assert isinstance(executor, Executor), f"expected all methods, got {executor!r}"
        with _folder() as place:
            _check_result(executor, place)
            _check_errors(executor, place)
            _check_several(executor, place)
            _check_cancel(executor, place)
        _check_state(executor)
    finally:
        executor.close()
    with _folder() as place:
        said = _refusal(executor.submit, _task(place))
    assert said is not None, "expected an AshimError after `close`"


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as scratch:
        yield Path(scratch)


def _task(place: Path, tool: str = THUMBNAIL, data: bytes | None = None) -> Task:
    """Make a task in a folder of its own, on a picture of 1200 x 800 pixels."""
    folder = place / new_id()
    (folder / "out").mkdir(parents=True)
    picture = folder / "in0"
    picture.write_bytes(scene(1200, 800).pngsave_buffer() if data is None else data)
    return Task(
        id=folder.name,
        steps=(Step(tool_id=tool),),
        inputs=(TaskInput(path=str(picture), name="a.png"),),
        folder=str(folder / "out"),
    )


def _check_result(executor: Executor, place: Path) -> None:
    task = _task(place)
    heard: list[float] = []
    pending = executor.submit(task, owner="", listener=lambda percent, _: heard.append(percent))
    done = threading.Event()
    pending.when_done(done.set)
    result = pending.result()
    assert done.wait(_PATIENCE_S), "expected `when_done` to tell"
    assert pending.result() == result, "expected the same result when it is asked for again"
    (output,) = result.outputs
    assert Path(output.path).parent == Path(task.folder), "expected it in the folder of its task"
    width = pyvips.Image.new_from_file(output.path).width
    assert width == THUMBNAIL_WIDTH, f"expected {THUMBNAIL_WIDTH} pixels in width, got {width}"
    assert heard == sorted(heard), "expected progress to go forward"


def _check_errors(executor: Executor, place: Path) -> None:
    for what, task in (
        ("a damaged picture", _task(place, data=b"\x89PNG\r\n\x1a\n no more")),
        ("an unknown tool", _task(place, tool="ashim-core:no-such-tool")),
    ):
        error = _refusal(executor.submit, task)
        assert error is not None, f"expected an AshimError for {what}"
        assert error.status < 500, f"expected {what} not to be the server's fault, got {error!r}"
    assert executor.submit(_task(place)).result().outputs, "expected the next task to be run"


def _check_several(executor: Executor, place: Path) -> None:
    tasks = [_task(place) for _ in range(_AT_A_TIME)]
    pending = [
        executor.submit(task, owner=f"owner {number % 2}") for number, task in enumerate(tasks)
    ]
    for task, one in zip(tasks, pending, strict=True):
        (output,) = one.result().outputs
        assert Path(output.path).parent == Path(task.folder), "expected each in its own folder"


def _check_cancel(executor: Executor, place: Path) -> None:
    pending = executor.submit(_task(place))
    pending.cancel()
    pending.cancel()  # once more changes nothing
    error = _refusal(lambda: pending)  # it may have been done before
    assert error is None or isinstance(error, Cancelled), f"expected Cancelled, got {error!r}"
    assert executor.submit(_task(place)).result().outputs, "expected the next task to be run"


def _check_state(executor: Executor) -> None:
    load = executor.load()
    assert load.workers >= 1, "expected at least one worker"
    assert min(load.active, load.pending) >= 0, "expected numbers of tasks"
    trouble = executor.trouble()
    assert trouble is None, f"expected no trouble, got {trouble!r}"


def _refusal(submit: Callable[..., Pending], *task: Task) -> AshimError | None:
    try:
        submit(*task).result()
    except AshimError as error:
        return error
    return None
