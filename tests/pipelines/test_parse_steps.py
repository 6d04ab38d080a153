"""Reading pipelines: two shapes, two spellings, and what is wrong with all others."""

import json
import math
from typing import Any

import pytest

from ashim_core.engine.task import Step
from ashim_core.errors import AshimError, InvalidRequest, ValidationFailed
from ashim_core.pipelines.definition import parse_steps
from ashim_core.wire.safe_json import MAX_BYTES, MAX_DEPTH

STEPS = [{"toolId": "resize", "settings": {"width": 800}}, {"tool_id": "same"}]
PARSED = (Step(tool_id="resize", settings={"width": 800}), Step(tool_id="same", settings={}))


def refused(source: object, **options: Any) -> AshimError:
    with pytest.raises(AshimError) as caught:
        parse_steps(source, **options)
    assert caught.value.status == 400
    return caught.value


def invalid(source: object) -> tuple[str, str, str, str]:
    """Give the message of a refused pipeline, and its only detail."""
    error = refused(source)
    assert (type(error), error.code) == (ValidationFailed, "VALIDATION_ERROR")
    (detail,) = error.details
    return error.message, detail["field"], detail["expected"], detail["received"]


@pytest.mark.parametrize("source", [STEPS, {"steps": STEPS}])
def test_a_list_and_an_object_that_has_one_are_the_same_as_text_and_as_values(
    source: object,
) -> None:
    assert parse_steps(source) == PARSED
    assert parse_steps(json.dumps(source)) == PARSED


def test_settings_come_as_they_are() -> None:
    settings = {"text": "Ä 東京 🎨\n\u0000", "nested": {"list": [1, 2.5, None, True]}}
    (step,) = parse_steps([{"toolId": "same", "settings": settings}])
    assert step.settings == settings


def test_steps_do_not_share_their_absent_settings() -> None:
    first, second = parse_steps([{"toolId": "same"}, {"toolId": "same"}])
    assert first.settings is not second.settings


@pytest.mark.parametrize("count", [1, 20])
def test_one_to_twenty_steps_are_a_pipeline(count: int) -> None:
    assert len(parse_steps([{"toolId": "same"}] * count)) == count


@pytest.mark.parametrize("count", [0, 21])
def test_none_and_too_many_are_not(count: int) -> None:
    assert invalid([{"toolId": "same"}] * count) == (
        f"Invalid pipeline: expected 1 to 20 steps for 'steps' but received {count}.",
        *("steps", "1 to 20 steps", str(count)),
    )


def test_how_many_there_may_be_can_be_said() -> None:
    assert len(parse_steps([{"toolId": "same"}] * 30, most=30)) == 30
    error = refused([{"toolId": "same"}] * 3, most=2)
    assert error.details[0]["expected"] == "1 to 2 steps"


@pytest.mark.parametrize(
    ("source", "received"),
    [
        ({}, "nothing"),
        (None, "nothing"),
        ({"steps": None}, "nothing"),
        ({"steps": {"toolId": "same"}}, '{"toolId": "same"}'),
        (3, "3"),
        ('"resize"', '"resize"'),
    ],
)
def test_anything_else_is_no_list_of_steps(source: object, received: str) -> None:
    assert invalid(source) == (
        f"Invalid pipeline: expected a list of steps for 'steps' but received {received}.",
        *("steps", "a list of steps", received),
    )


def test_an_object_has_steps_and_nothing_else() -> None:
    assert invalid({"steps": STEPS, "name": "mine"}) == (
        "Invalid pipeline: expected 'steps' and nothing else but received the unknown name 'name'.",
        *("name", "'steps' and nothing else", "the unknown name 'name'"),
    )


@pytest.mark.parametrize(
    ("step", "message", "field"),
    [
        (
            "resize",
            'Step 3: expected an object with toolId and settings but received "resize".',
            "steps.2",
        ),
        ({}, "Step 3: expected a value for 'toolId' but received nothing.", "steps.2.toolId"),
        (
            {"toolId": 7},
            "Step 3: expected text for 'toolId' but received 7.",
            "steps.2.toolId",
        ),
        (
            {"toolId": ""},
            "Step 3: expected at least 1 character for 'toolId' but received \"\".",
            "steps.2.toolId",
        ),
        (
            {"toolId": "a\nb"},
            "Step 3: expected text without control characters or invisible ones for 'toolId' but "
            'received "a\\nb".',
            "steps.2.toolId",
        ),
        (
            {"toolId": "resize", "settings": []},
            "Step 3 (resize): expected an object for 'settings' but received [].",
            "steps.2.settings",
        ),
        (
            {"tool_id": "resize", "settings": None},
            "Step 3 (resize): expected an object for 'settings' but received null.",
            "steps.2.settings",
        ),
        (
            {"toolId": "resize", "setings": {}},
            "Step 3 (resize): expected 'settings' but received the unknown name 'setings'.",
            "steps.2.setings",
        ),
        (
            {"toolId": "resize", "tool_id": "resize"},
            "Step 3 (resize): expected toolId alone for 'tool_id' but received both names.",
            "steps.2.tool_id",
        ),
    ],
)
def test_a_wrong_step_is_named_by_its_number_and_tool(
    step: object, message: str, field: str
) -> None:
    assert invalid([*STEPS, step])[:2] == (message, field)


def test_all_that_is_wrong_with_a_step_is_said() -> None:
    error = refused([{"settings": 3, "more": 1}])
    assert [detail["field"] for detail in error.details] == [
        *("steps.0.settings", "steps.0.more", "steps.0.toolId")
    ]


def test_a_long_name_is_not_said_in_full() -> None:
    error = refused([{"toolId": "x" * 5000}])
    assert error.message.startswith(f"Step 1 ({'x' * 50}): expected at most 100 characters")
    assert len(error.message) < 300


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[", "valid JSON"),
        ("", "valid JSON"),
        ("[NaN]", "valid JSON"),
        ('[{"toolId": "a", "toolId": "b"}]', "valid JSON"),
        ('[{"toolId": "a", "settings": {"x": 1234567890123456}}]', "valid JSON"),
        ("[" * (MAX_DEPTH + 1), f"JSON nested at most {MAX_DEPTH} deep"),
        (" " * (MAX_BYTES + 1), f"at most {MAX_BYTES} characters of JSON"),
        ([{"toolId": "x" * MAX_BYTES}], f"at most {MAX_BYTES} characters of JSON"),
        ('[{"toolId": "a", "settings": {"x": 1e999}}]', "finite numbers and whole characters"),
        ('[{"toolId": "a", "settings": {"x": "\\ud800"}}]', "finite numbers and whole characters"),
        ([{"toolId": "a", "settings": {"x": math.inf}}], "finite numbers and whole characters"),
        ([{"toolId": "a", "settings": {"\ud800": 1}}], "finite numbers and whole characters"),
    ],
)
def test_json_stays_within_its_bounds(source: object, expected: str) -> None:
    error = refused(source, field="pipeline")
    assert (type(error), error.code) == (InvalidRequest, "INVALID_REQUEST")
    (detail,) = error.details
    assert (detail["field"], detail["expected"]) == ("pipeline", expected)
    assert error.message.startswith(f"Expected {expected} in 'pipeline' but received ")
