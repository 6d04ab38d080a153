"""From a caller's pipeline to steps that can run: read, bounded, and checked before any pixel."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, ValidationError

from ashim_core.config import Config
from ashim_core.engine.task import Step
from ashim_core.engine.validate import prepare
from ashim_core.errors import (
    AshimError,
    Detail,
    InvalidRequest,
    InvalidSettings,
    ModelNotInstalled,
    ToolNotFound,
    ValidationFailed,
)
from ashim_core.gives import MANY, PICTURE, REPORT
from ashim_core.ids import MOST_OF_TOOL_ID
from ashim_core.registry import Registry
from ashim_core.tool import FileTool, Tool, ToolSettings
from ashim_core.wire.bodies import Body, OneLine
from ashim_core.wire.safe_json import parse
from ashim_core.wire.validation import details_of, first_of, shown

MOST_STEPS: int = Config.model_fields["max_pipeline_steps"].default
_STEPS = "steps"
_SHOWN = 50
"""Characters of a wrong name that are said again."""


class PipelineStep(Body):
    """One tool with its settings."""

    tool_id: Annotated[
        str,
        Field(
            min_length=1, max_length=MOST_OF_TOOL_ID, description="The id of a tool, or an alias."
        ),
        OneLine,
    ]
    settings: dict[str, Any] = Field(default={}, description="As the tool's schema says.")


def parse_steps(source: object, most: int = MOST_STEPS, field: str = _STEPS) -> tuple[Step, ...]:
    """Read a pipeline: a list of steps, or an object that has one; as text or as a value.

    most: how many steps it may have.  field: where it came from, for what is wrong with its JSON.
    Raises InvalidRequest, or ValidationFailed, which names the step.
    """
    items = _items(_bounded(source, field))
    if not 1 <= len(items) <= most:
        raise _invalid(_STEPS, f"1 to {most} steps", str(len(items)))
    return tuple(_step(index, item) for index, item in enumerate(items))


def check_steps(registry: Registry, steps: Sequence[Step]) -> tuple[Step, ...]:
    """Hold a whole pipeline against the tools; give its steps with the ids of their tools.

    The first step that can't run is refused with the code that its tool alone would be refused
    with, but a tool that nobody knows has status 400 here: the address is right.
    """
    return tuple(_checked(registry, step, index, len(steps)) for index, step in enumerate(steps))


def why_not_step(
    tool: Tool, position: int, count: int, settings: ToolSettings | None = None
) -> str | None:
    """Say in a sentence why a tool can't be at a place among `count` steps; None when it can.

    position: from 0.  settings: those of the step; without, it is enough that some would do.
    """
    if position > 0 and not tool.min_files <= 1 <= tool.max_files:
        wanted = f"at least {tool.min_files} files" if tool.max_files else "no file"
        return f"The tool '{tool.id}' takes {wanted}, so it can only be the first step."
    if position < count - 1 and isinstance(tool, FileTool):
        gives = _instead_of_picture(tool, settings)
        return gives and f"The tool '{tool.id}' {gives}, so it can only be the last step."
    return None


def _instead_of_picture(tool: FileTool, settings: ToolSettings | None) -> str | None:
    """Say what a file tool gives that no other step could go on with; None if it can."""
    kinds = tool.gives.kinds
    if settings is None:
        kind = PICTURE if PICTURE in kinds else kinds[0] if len(kinds) == 1 else None
    else:
        kind = tool.gives.kind(settings)
    if kind == PICTURE:
        return None
    if kind is None:
        return "may give several files or a report"
    what = {REPORT: "a report", **dict.fromkeys(MANY, "several files")}.get(kind, f"{kind} files")
    return f"gives {what}" + (" with these settings" if PICTURE in kinds else "")


def _bounded(source: object, field: str) -> Any:
    """Give the value of a pipeline, within the bounds of JSON from strangers."""
    if not isinstance(source, str):
        return parse(_as_json(source, field), field)
    value = parse(source, field)
    _as_json(value, field)
    return value


def _as_json(value: object, field: str) -> str:
    """Write a value as JSON; refuse what no client could read back."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
    except ValueError:
        expected, received = "finite numbers and whole characters", "something else"
        raise InvalidRequest(
            f"Expected {expected} in '{field}' but received {received}.",
            details=[{"field": field, "expected": expected, "received": received}],
        ) from None
    return text


def _items(value: Any) -> list[Any]:
    if isinstance(value, dict):
        if strange := sorted(value.keys() - {_STEPS}):
            name = strange[0][:_SHOWN]
            raise _invalid(name, "'steps' and nothing else", f"the unknown name '{name}'")
        value = value.get(_STEPS)
    if not isinstance(value, list):
        received = "nothing" if value is None else shown(value)
        raise _invalid(_STEPS, "a list of steps", received)
    return value


def _invalid(field: str, expected: str, received: str) -> ValidationFailed:
    details: list[Detail] = [{"field": field, "expected": expected, "received": received}]
    return ValidationFailed(f"Invalid pipeline: {first_of(details)}", details=details)


def _step(index: int, item: Any) -> Step:
    details: list[Detail]
    if not isinstance(item, dict):
        expected = "an object with toolId and settings"
        details = [{"field": "", "expected": expected, "received": shown(item)}]
    elif {"toolId", "tool_id"} <= item.keys():
        details = [{"field": "tool_id", "expected": "toolId alone", "received": "both names"}]
    else:
        try:
            body = PipelineStep.model_validate(item)
            return Step(tool_id=body.tool_id, settings=body.settings)
        except ValidationError as error:
            details = details_of(error, PipelineStep)
    raise ValidationFailed(
        f"{_label(index, _name_in(item))}: {first_of(details)}",
        details=_placed(details, index),
    ).at_step(index, ())


def _checked(registry: Registry, step: Step, index: int, count: int) -> Step:
    try:
        tool = registry.usable(step.tool_id)
    except AshimError as error:
        raise _unusable(error, step, index) from error
    if reason := why_not_step(tool, index, count):
        raise _misplaced(reason, tool, index)
    try:
        settings = prepare(registry, tool, step.settings)
    except InvalidSettings as error:
        raise InvalidSettings(
            f"{_label(index, tool.id)}: {first_of(error.details)}",
            details=_placed(error.details, index, "settings"),
        ).at_step(index, ()) from error
    except ModelNotInstalled as error:
        raise _unusable(error, step, index) from error
    if reason := why_not_step(tool, index, count, settings):
        raise _misplaced(reason, tool, index)
    return step.model_copy(update={"tool_id": tool.id})


def _unusable(error: AshimError, step: Step, index: int) -> AshimError:
    """Give the same refusal with the number of the step."""
    name = step.tool_id[:_SHOWN]
    named = type(error)(
        f"{_label(index, name)}: {error.message}",
        details=_tool_detail(index, "a tool that can run here", name),
    )
    named.code, named.status = error.code, error.status
    if isinstance(error, ToolNotFound):
        named.status = ValidationFailed.status
    return named.at_step(index, ())


def _misplaced(reason: str, tool: Tool, index: int) -> ValidationFailed:
    return ValidationFailed(
        f"{_label(index, tool.id)}: {reason}",
        details=_tool_detail(index, "a tool that can be at this place", tool.id),
    ).at_step(index, ())


def _tool_detail(index: int, expected: str, name: str) -> list[Detail]:
    return [{"field": f"{_STEPS}.{index}.toolId", "expected": expected, "received": f"'{name}'"}]


def _placed(details: Sequence[Detail], index: int, *inner: str) -> list[Detail]:
    """Say where in the pipeline the fields of one step are."""
    place = (_STEPS, str(index), *inner)
    return [
        {**detail, "field": ".".join(filter(None, (*place, detail["field"])))} for detail in details
    ]


def _label(index: int, name: str) -> str:
    return f"Step {index + 1} ({name})" if name else f"Step {index + 1}"


def _name_in(item: Any) -> str:
    """Give the tool that a wrong step names, if it can be said again."""
    name = item.get("toolId", item.get("tool_id")) if isinstance(item, dict) else None
    return name[:_SHOWN] if isinstance(name, str) and name.isprintable() else ""
