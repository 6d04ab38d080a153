"""`ashim run <tool> FILE…`: tools on files, here or on a server; flags made from the schema."""

from pathlib import Path
from typing import Any

import click

from ashim_core.cli import flags
from ashim_core.cli.carry_out import carry_out, grouped
from ashim_core.cli.options import readable_errors
from ashim_core.cli.place import Assignment, Place, ToolFacts
from ashim_core.cli.places import PlaceGroup, place_of
from ashim_core.cli.target import Target
from ashim_core.cli.wanted_format import with_format
from ashim_core.engine.task import Step


class _ToolCommands(PlaceGroup):
    """One command per tool of the place."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [tool.id for tool in self._tools(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = place_of(ctx)
        with readable_errors():
            return _command(place, place.tool(cmd_name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the tools without looking each of them up again."""
        tools = self._tools(ctx)
        width = formatter.width - 6 - max((len(tool.id) for tool in tools), default=0)
        with formatter.section("Tools"):
            formatter.write_dl(
                [
                    (tool.id, click.Command(None, help=tool.summary).get_short_help_str(width))
                    for tool in tools
                ]
            )

    @staticmethod
    def _tools(ctx: click.Context) -> list[ToolFacts]:
        place = place_of(ctx)
        with readable_errors():
            return list(place.tools())


@click.group(cls=_ToolCommands)
def run() -> None:
    """Run a tool on files: ashim run resize photo.jpg --width 800 -o small.jpg

    With --server, a server does it, with the tools that it has.
    """


def _command(place: Place, tool: ToolFacts) -> click.Command:
    return click.Command(
        tool.id,
        params=[
            flags.files(required=tool.least > 0),
            *flags.of_extras(tool.extras),
            *flags.common(),
            *flags.of_settings(tool.schema),
        ],
        help=tool.summary,
        callback=lambda **values: _run(place, tool, **values),
    )


def _run(  # noqa: PLR0917
    place: Place,
    tool: ToolFacts,
    files: tuple[Path, ...],
    output: Path | None,
    overwrite: bool,
    jobs: int,
    **values: Any,
) -> None:
    settings = with_format(flags.settings_in(values), tool, output)
    step = Step(tool_id=tool.id, settings=settings)
    with readable_errors():
        place.check([step], pipeline=False)
        work = Assignment(
            steps=(step,),
            pipeline=False,
            groups=grouped(tool, files),
            pictures=tool.picture,
            at_a_time=jobs,
            extras=flags.extras_in(values),
        )
        carry_out(place, work, Target(output, overwrite=overwrite))
