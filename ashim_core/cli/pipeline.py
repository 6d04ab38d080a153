"""`ashim pipeline run STEPS.json FILE…`: several tools in a row, here or on a server."""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import click

from ashim_core.cli import flags
from ashim_core.cli.carry_out import carry_out, grouped
from ashim_core.cli.options import readable_errors
from ashim_core.cli.place import Assignment, Place, ToolFacts
from ashim_core.cli.places import PlaceGroup, place_of
from ashim_core.cli.target import Target
from ashim_core.cli.wanted_format import with_format
from ashim_core.engine.task import Step
from ashim_core.errors import InvalidRequest
from ashim_core.pipelines.definition import parse_steps


@click.group(cls=PlaceGroup)
def pipeline() -> None:
    """Run several tools in a row: a picture is decoded once and encoded once."""


def _run(  # noqa: PLR0917
    steps: BinaryIO,
    files: tuple[Path, ...],
    extras: tuple[tuple[str, Path], ...],
    output: Path | None,
    overwrite: bool,
    jobs: int,
) -> None:
    """Run the steps in STEPS on each FILE; '-' reads them from standard input.

    STEPS is JSON: [{"toolId": "resize", "settings": {"width": 800}}, ...], or an object that has
    such a list as "steps".
    """
    place = place_of(click.get_current_context())
    with readable_errors():
        source = str(getattr(steps, "name", "standard input"))
        planned = parse_steps(_text(steps, source), place.most_steps, source)
        steps_of_tools, known = _known(place, planned, output)
        place.check(steps_of_tools, pipeline=True)
        work = Assignment(
            steps=steps_of_tools,
            pipeline=True,
            groups=grouped(known[0], files),
            pictures=known[-1].picture,
            at_a_time=jobs,
            extras=dict(extras),
        )
        carry_out(place, work, Target(output, overwrite=overwrite))


pipeline.add_command(
    click.Command(
        "run",
        params=[
            click.Argument(["steps"], type=click.File("rb")),
            flags.files(required=False),
            flags.any_extras(),
            *flags.common(),
        ],
        help=_run.__doc__,
        callback=_run,
    )
)


def _known(
    place: Place, steps: Sequence[Step], output: Path | None
) -> tuple[tuple[Step, ...], list[ToolFacts]]:
    """Give the steps and their tools. Steps get the ids of these, which name the results."""
    tools = {name: tool for tool in place.tools() for name in (tool.id, *tool.aliases)}
    known = [tools.get(step.tool_id) or _unknown(step.tool_id) for step in steps]
    named = [
        step.model_copy(update={"tool_id": tool.id})
        for step, tool in zip(steps, known, strict=True)
    ]
    settings = with_format(named[-1].settings, known[-1], output)
    named[-1] = named[-1].model_copy(update={"settings": settings})
    return tuple(named), known


def _unknown(name: str) -> ToolFacts:
    """Stand in for a tool that isn't there; the place refuses it with the number of the step."""
    return ToolFacts(name, (), name, "", least=1, most=1, picture=False, schema={})


def _text(file: BinaryIO, source: str) -> str:
    try:
        return file.read().decode()
    except UnicodeDecodeError:
        raise InvalidRequest(f"Expected the steps to be JSON in UTF-8: {source}.") from None
