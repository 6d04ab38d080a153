"""The command `ashim`: each subcommand lives in a module of its own, imported when it is used.

Worker processes import the main module of the process that started them, so this one stays light.
"""

import importlib
from typing import Any

import click

import ashim_core

_COMMANDS = {
    "serve": ("ashim_core.cli.serve", "serve"),
    "run": ("ashim_core.cli.run", "run"),
    "pipeline": ("ashim_core.cli.pipeline", "pipeline"),
    "tools": ("ashim_core.cli.listing", "tools"),
    "plugins": ("ashim_core.cli.listing", "plugins"),
    "user": ("ashim_core.cli.user", "user"),
    "settings": ("ashim_core.cli.settings", "settings"),
    "backup": ("ashim_core.cli.backup", "backup"),
    "restore": ("ashim_core.cli.backup", "restore"),
    "doctor": ("ashim_core.cli.doctor", "doctor"),
    "new-tool": ("ashim_core.cli.new_tool", "new_tool"),
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_commands(ctx, formatter)
        if rows := [row for row in self._added().rows() if row[0] not in _COMMANDS]:
            with formatter.section("Commands of packages"):
                formatter.write_dl(rows)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            found: click.Command | None = self._added().command(cmd_name)
            return found
        module, name = _COMMANDS[cmd_name]
        command = getattr(importlib.import_module(module), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"expected {module}.{name} to be a command")
        return command

    def _added(self) -> Any:
        return importlib.import_module("ashim_core.cli.added")


@click.group(cls=_Lazy)
@click.version_option(ashim_core.__version__, prog_name="ashim")
def main() -> None:
    """A self-hosted image toolbox whose every tool is a plugin."""


if __name__ == "__main__":
    main()
