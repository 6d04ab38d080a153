"""A whole pipeline against the tools, before any pixel: every refusal names the step."""

from collections.abc import Sequence
from typing import Any

import pytest

from ashim_core.engine.task import Step
from ashim_core.errors import AshimError, DependencyMissing, ToolDisabled, ToolNotFound
from ashim_core.pipelines.definition import check_steps, why_not_step
from ashim_core.plugin import Context, FileTool, ImageTool, Outcome, Tool
from ashim_core.registry import Registry, Toggles
from tests.data import plain
from tests.data.plain import Nothing


def steps(*wanted: str | tuple[str, dict[str, Any]]) -> list[Step]:
    pairs = [item if isinstance(item, tuple) else (item, {}) for item in wanted]
    return [Step(tool_id=tool, settings=settings) for tool, settings in pairs]


def refused(registry: Registry, wanted: Sequence[Step]) -> AshimError:
    with pytest.raises(AshimError) as caught:
        check_steps(registry, wanted)
    return caught.value


def nothing(context: Context[Nothing]) -> Outcome:
    """Make nothing."""
    return []


def file_tool(least: int, most: int) -> FileTool:
    return FileTool("collect", nothing, Nothing, category="layout", files=(least, most))


PICTURE = ImageTool("same", plain.same, Nothing, category="utilities")


def test_a_pipeline_that_can_run_comes_back(registry: Registry) -> None:
    wanted = steps(("resize", {"width": 800}), "mirror", "same", "measure")
    assert check_steps(registry, wanted) == tuple(wanted)


def test_aliases_become_ids_and_settings_stay(registry: Registry) -> None:
    assert check_steps(registry, steps("unchanged", ("resize", {"percentage": 50}))) == (
        Step(tool_id="same"),
        Step(tool_id="resize", settings={"percentage": 50}),
    )


def test_a_wrong_setting_is_named_with_its_step(registry: Registry) -> None:
    error = refused(registry, steps(*["same"] * 6, ("resize", {"width": "wide"})))
    assert (error.status, error.code) == (400, "INVALID_SETTINGS")
    assert error.message == (
        "Step 7 (resize): expected a whole number for 'width' but received \"wide\"."
    )
    assert error.details == [
        {"field": "steps.6.settings.width", "expected": "a whole number", "received": '"wide"'}
    ]


def test_every_wrong_setting_of_the_step_has_a_detail(registry: Registry) -> None:
    error = refused(registry, steps(("resize", {"width": 0, "hight": 3})))
    assert [detail["field"] for detail in error.details] == [
        *("steps.0.settings.width", "steps.0.settings.hight")
    ]
    assert error.details[1]["expected"] == "'height'"


def test_settings_that_are_wrong_together_are_named_as_a_whole(registry: Registry) -> None:
    error = refused(registry, steps("same", "resize"))
    assert (error.status, error.code) == (400, "INVALID_SETTINGS")
    assert error.message == (
        "Step 2 (resize): expected at least one of width, height, percentage or preset but "
        "received nothing."
    )
    assert [detail["field"] for detail in error.details] == ["steps.1.settings"]


def test_the_first_wrong_step_is_the_one_that_is_named(registry: Registry) -> None:
    error = refused(registry, steps("same", ("resize", {"width": 0}), "resise"))
    assert error.message.startswith("Step 2 (resize): expected ")


def test_an_unknown_tool_is_a_wrong_request_and_keeps_its_code(registry: Registry) -> None:
    error = refused(registry, steps("same", "resise"))
    assert (type(error), error.status, error.code) == (ToolNotFound, 400, "TOOL_NOT_FOUND")
    assert error.message.startswith(
        "Step 2 (resise): There is no tool 'resise'; did you mean resize"
    )
    assert error.details == [
        {"field": "steps.1.toolId", "expected": "a tool that can run here", "received": "'resise'"}
    ]


def test_the_tools_of_the_server_itself_are_no_steps(registry: Registry) -> None:
    error = refused(registry, steps("ashim-core:logo"))
    assert (error.status, error.code) == (400, "TOOL_NOT_FOUND")


def test_an_unknown_name_is_not_said_in_full(registry: Registry) -> None:
    error = refused(registry, steps("x" * 5000))
    assert error.message.startswith(f"Step 1 ({'x' * 50}): ")
    assert error.details[0]["received"] == f"'{'x' * 50}'"
    assert len(error.message) < 300


@pytest.mark.parametrize(
    ("toggles", "tool", "reason"),
    [
        (Toggles(frozenset({"mirror"})), "mirror", "switched off by the operator"),
        (
            Toggles(experimental=False),
            "wobble",
            "experimental: the setting enableExperimentalTools offers it",
        ),
    ],
)
def test_a_tool_that_is_not_offered_is_refused(
    registry: Registry, toggles: Toggles, tool: str, reason: str
) -> None:
    wanted = steps("same", tool)
    assert check_steps(registry, wanted) == tuple(wanted)
    error = refused(registry.toggled(toggles), wanted)
    assert (type(error), error.status, error.code) == (ToolDisabled, 403, "TOOL_DISABLED")
    assert error.message == f"Step 2 ({tool}): The tool '{tool}' is not offered here: {reason}."
    assert error.details[0]["field"] == "steps.1.toolId"


def test_a_tool_that_can_not_run_here_is_refused(registry: Registry) -> None:
    error = refused(registry, steps("needs-program", "same"))
    assert (type(error), error.status, error.code) == (
        *(DependencyMissing, 501, "DEPENDENCY_MISSING"),
    )
    assert error.message == (
        "Step 1 (needs-program): The tool 'needs-program' can't run here: the program "
        "'no-such-program' is not installed; try: apt-get install no-such-package."
    )
    assert error.details[0]["field"] == "steps.0.toolId"


def test_a_tool_that_may_report_is_refused_before_others(registry: Registry) -> None:
    error = refused(registry, steps("unchanged", "measure", "same"))
    assert (error.status, error.code) == (400, "VALIDATION_ERROR")
    assert error.message == (
        "Step 2 (measure): The tool 'measure' may give several files or a report, so it can only "
        "be the last step."
    )
    assert error.details == [
        {
            "field": "steps.1.toolId",
            "expected": "a tool that can be at this place",
            "received": "'measure'",
        }
    ]


def test_a_tool_without_files_is_refused_after_others(registry: Registry) -> None:
    error = refused(registry, steps("same", ("write", {"text": "a"})))
    assert (error.status, error.code) == (400, "VALIDATION_ERROR")
    assert error.message == (
        "Step 2 (write): The tool 'write' takes no file, so it can only be the first step."
    )


@pytest.mark.parametrize(
    "tool", [PICTURE, file_tool(1, 1), file_tool(0, 0), file_tool(2, 10)], ids=str
)
def test_alone_every_tool_is_a_pipeline(tool: Tool) -> None:
    assert why_not_step(tool, 0, 1) is None


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_picture_tool_can_be_everywhere(position: int) -> None:
    assert why_not_step(PICTURE, position, 3) is None


@pytest.mark.parametrize("position", [0, 1])
def test_a_tool_that_gives_files_or_a_report_can_only_be_last(position: int) -> None:
    assert why_not_step(file_tool(1, 3), position, 3) == (
        "The tool 'collect' may give several files or a report, so it can only be the last step."
    )
    assert why_not_step(file_tool(1, 3), 2, 3) is None
    assert why_not_step(file_tool(0, 1), 2, 3) is None


@pytest.mark.parametrize("position", [1, 2])
def test_a_tool_that_needs_several_files_or_none_can_only_be_first(position: int) -> None:
    assert why_not_step(file_tool(2, 10), position, 3) == (
        "The tool 'collect' takes at least 2 files, so it can only be the first step."
    )
    assert why_not_step(file_tool(0, 0), position, 3) == (
        "The tool 'collect' takes no file, so it can only be the first step."
    )
