"""Running tasks: steps that share one decode and encode, and all that can be said about them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pyvips

from ashim_core.discovery import Sources, discover, module_source
from ashim_core.engine import fused, writing
from ashim_core.engine.above import Above
from ashim_core.engine.run import run_task
from ashim_core.engine.task import Step, Task, TaskInput, TaskResult
from ashim_core.errors import (
    InvalidSettings,
    NoFile,
    OutOfMemory,
    StorageFull,
    TooManyFiles,
    TooManyPixels,
)
from ashim_core.imaging.cost import of_step
from ashim_core.imaging.decode import settle
from ashim_core.imaging.formats import FORMATS
from ashim_core.limits import Limits
from ashim_core.registry import Registry
from ashim_core.testing import assert_image_close, sample
from tests.data import plain

Run = Callable[..., TaskResult]


@pytest.fixture(scope="module")
def registry() -> Registry:
    found, _ = discover(Sources(modules=(module_source(plain),)))
    return found


@pytest.fixture
def reports() -> list[tuple[float, str]]:
    return []


@pytest.fixture
def told() -> list[float]:
    """Collect what pixels are said to cost."""
    return []


@pytest.fixture
def run(
    registry: Registry, tmp_path: Path, reports: list[tuple[float, str]], told: list[float]
) -> Run:
    """Run steps, each an id or `(id, settings)`, on sample pictures."""

    def go(*steps: Any, names: tuple[str, ...] = ("rgb",), **limits: Any) -> TaskResult:
        files = []
        for name in names:
            path = tmp_path / f"{name}.png"
            path.write_bytes(sample(name))
            files.append(TaskInput(path=str(path), name=path.name))
        folder = tmp_path / "out"
        folder.mkdir(exist_ok=True)
        pairs = [step if isinstance(step, tuple) else (step, {}) for step in steps]
        task = Task(
            id="test",
            steps=tuple(Step(tool_id=tool, settings=settings) for tool, settings in pairs),
            inputs=tuple(files),
            folder=str(folder),
            limits=Limits(**limits),
        )
        copied = Task.model_validate_json(task.model_dump_json())
        listen = lambda percent, text: reports.append((percent, text))  # noqa: E731
        return run_task(copied, registry, Above(listen, allow=told.append))

    return go


def picture(result: TaskResult) -> pyvips.Image:
    (output,) = result.outputs
    return pyvips.Image.new_from_file(output.path)


def test_picture_steps_share_one_decode_and_one_encode(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    for module, name in ((fused, "decode"), (writing, "encode")):
        original = getattr(module, name)

        def spy(*args: Any, _name: str = name, _original: Any = original, **kwargs: Any) -> Any:
            calls.append(_name)
            return _original(*args, **kwargs)

        monkeypatch.setattr(module, name, spy)
    run(("resize", {"width": 24}), "mirror", "upside-down", "negative")
    assert calls == ["decode", "encode"]


def test_fused_steps_give_what_single_steps_give(run: Run) -> None:
    result = picture(run(("resize", {"width": 24}), "upside-down", "mirror", "negative"))
    alone = pyvips.Image.new_from_buffer(sample("rgb"), "").resize(0.5).rot180().fliphor()
    assert_image_close(result, alone.invert(), within=1)


def test_a_file_tool_between_picture_tools_gets_a_file(run: Run) -> None:
    result = run(("resize", {"width": 24}), "measure")
    assert result.report is not None
    assert len(result.report["sizes"]) == 1


def test_the_last_step_names_the_result(run: Run) -> None:
    (output,) = run(("resize", {"width": 24}), "mirror").outputs
    assert output.name == "rgb_mirror.png"


def test_progress_never_goes_back(run: Run, reports: list[tuple[float, str]]) -> None:
    run("same", "mirror", "negative")
    percents = [percent for percent, _ in reports]
    assert percents == sorted(percents)
    assert 0 <= percents[0] < percents[-1] < 100


def test_every_step_is_held_against_the_budget(run: Run) -> None:
    big = ("resize", {"width": 480})
    with pytest.raises(TooManyPixels, match="result of resize"):
        run(big, ("resize", {"width": 10}), megapixels=0.1)


def test_all_settings_are_validated_before_anything_runs(run: Run, tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="resize"):
        run("same", "same", ("resize", {"width": 0}))
    assert not list((tmp_path / "out").iterdir())


def test_file_counts_are_checked(run: Run) -> None:
    with pytest.raises(NoFile):
        run("same", names=())


def test_too_many_files_are_refused(run: Run) -> None:
    with pytest.raises(TooManyFiles):
        run("same", names=("rgb", "jpeg"))


@pytest.mark.parametrize(
    ("words", "error"),
    [("write error: No space left on device", StorageFull), ("out of memory", OutOfMemory)],
)
def test_a_full_disk_or_memory_is_not_blamed_on_the_picture(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: str, error: type[Exception]
) -> None:
    def fail(*args: Any) -> None:
        raise pyvips.Error(words)

    monkeypatch.setattr(writing, "encode", fail)
    with pytest.raises(error):
        run("same")


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The widths of the pictures that were settled."""
    widths: list[int] = []

    def spy(image: pyvips.Image) -> pyvips.Image:
        widths.append(image.width)
        return settle(image)

    monkeypatch.setattr(fused, "settle", spy)
    return widths


def test_streaming_tools_never_hold_the_whole_picture(run: Run, settled: list[int]) -> None:
    run(("resize", {"width": 24}))
    assert settled == []


def test_a_tool_that_reads_in_its_own_order_gets_settled_pixels(
    run: Run, settled: list[int]
) -> None:
    run(("resize", {"width": 24}), "upside-down")
    assert settled == [24]


@pytest.mark.parametrize(
    ("step", "names", "pixels"),
    [
        ("same", ("rgb",), {"png": 1}),
        ("same", ("jpeg",), {"jpeg": 1}),
        ("same", ("two-frames",), {"gif": 2}),
        ("same", ("two-frames-webp",), {"webp": 2}),
        ("frame", ("two-frames",), {"gif": 1}),
    ],
)
def test_all_pixels_that_are_read_and_written_are_told_before(
    run: Run, told: list[float], step: str, names: tuple[str, ...], pixels: dict[str, int]
) -> None:
    run(step, names=names)
    frame = 48 * 32
    read = sum(FORMATS[name].cost.reading(count * frame) for name, count in pixels.items())
    work = sum(of_step(count * frame) for count in pixels.values())
    targets = {"png": 1} if step == "frame" else pixels
    written = sum(FORMATS[name].cost.writing(count * frame) for name, count in targets.items())
    assert sum(told) == pytest.approx(read + work + written)


def test_a_result_larger_than_the_picture_is_told_as_well(run: Run, told: list[float]) -> None:
    run("same")
    before = sum(told)
    told.clear()
    run(("resize", {"width": 480, "height": 320, "fit": "fill"}), names=("jpeg",))
    assert sum(told) > before
    assert told[-1] == FORMATS["jpeg"].cost.writing(480 * 320)
