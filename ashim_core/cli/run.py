"""`ashim run <tool> FILE…`: the same engine without a server, its flags made from the schema."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import click

from ashim_core.cli.options import fail, load_config, readable_errors
from ashim_core.core import offered_tools
from ashim_core.describe import settings_schema
from ashim_core.engine.task import Step, Task, TaskInput, TaskResult
from ashim_core.engine.validate import validate_settings
from ashim_core.errors import AshimError
from ashim_core.jobs.executor import InlineExecutor
from ashim_core.registry import Registry
from ashim_core.tool import Tool

_TYPES: dict[str, click.ParamType[Any]] = {
    "integer": click.INT,
    "number": click.FLOAT,
    "boolean": click.BOOL,
    "string": click.STRING,
}


class _Json(click.ParamType[Any]):
    """A setting that is no single value, written as JSON."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return json.loads(value) if isinstance(value, str) else value
        except ValueError as error:
            self.fail(f"expected JSON, got {value!r} ({error})", param, ctx)


class _ToolCommands(click.Group):
    """One command per installed tool."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [tool.id for tool in _registry(ctx).enabled()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        with readable_errors():
            return _command(_registry(ctx).find(cmd_name))


@click.group(cls=_ToolCommands)
def run() -> None:
    """Run a tool on files: ashim run resize photo.jpg --width 800 -o small.jpg"""


def _registry(ctx: click.Context) -> Registry:
    root = ctx.find_root()
    if not isinstance(root.obj, Registry):
        config = load_config()
        root.obj, _ = offered_tools(config)
    return root.obj


def _command(tool: Tool) -> click.Command:
    schema = settings_schema(tool)
    parameters: list[click.Parameter] = [
        click.Argument(
            ["files"],
            nargs=-1,
            required=tool.min_files > 0,
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
        ),
        click.Option(
            ["-o", "--output"],
            type=click.Path(path_type=Path),
            help="A file, or a folder for several results.",
        ),
    ]
    for name, field in schema.get("properties", {}).items():
        parameters.append(_option(name, field))
    return click.Command(
        tool.id,
        params=parameters,
        help=tool.summary,
        callback=lambda files, output, **values: _execute(tool, files, output, values),
    )


def _option(name: str, field: dict[str, Any]) -> click.Option:
    """Make a flag from one property of the schema; unset means the tool's default."""
    snake = "".join(f"_{char.lower()}" if char.isupper() else char for char in name)
    flags = sorted({f"--{name}", f"--{snake.replace('_', '-')}"})
    return click.Option(
        [f"setting_{name}", *flags], type=_type(field), default=None, help=field.get("description")
    )


def _type(field: dict[str, Any]) -> click.ParamType[Any]:
    options = [item for item in field.get("anyOf", [field]) if item.get("type") != "null"]
    if len(options) != 1:
        return _Json()
    if "enum" in options[0]:
        return click.Choice(options[0]["enum"])
    return _TYPES.get(str(options[0].get("type")), _Json())


def _execute(
    tool: Tool, files: tuple[Path, ...], output: Path | None, values: dict[str, Any]
) -> None:
    settings = {
        name.removeprefix("setting_"): value for name, value in values.items() if value is not None
    }
    with readable_errors():
        registry = _registry(click.get_current_context())
        registry.usable(tool.id)
        validate_settings(tool, settings)
    groups = [list(files)] if tool.max_files != 1 else [[file] for file in files]
    if len(groups) > 1 and not (output and output.is_dir()):
        fail(f"{len(groups)} files make {len(groups)} results: expected -o to be a folder")
    executor = InlineExecutor(registry)
    failed = 0
    with click.progressbar(groups, label=tool.name, hidden=len(groups) == 1) as bar:
        for group in bar:
            try:
                _run_group(executor, Step(tool_id=tool.id, settings=settings), group, output)
            except AshimError as error:
                failed += 1
                names = ", ".join(str(path) for path in group)
                click.echo(f"{names}: {error.message}", err=True)
    if failed:
        fail(f"{failed} of {len(groups)} failed")


def _run_group(
    executor: InlineExecutor, step: Step, files: list[Path], output: Path | None
) -> None:
    with tempfile.TemporaryDirectory(prefix="ashim-") as folder:
        task = Task(
            id="local",
            steps=(step,),
            inputs=tuple(TaskInput(path=str(path.resolve()), name=path.name) for path in files),
            folder=folder,
            limits=load_config().limits,
        )
        result = executor.submit(task).result()
        if result.report is not None:
            click.echo(json.dumps(result.report, indent=2, ensure_ascii=False))
        elif output is None:
            fail("expected -o, a file or a folder for the result")
        else:
            _save(result, output)
        for note in result.notes:
            click.echo(f"note: {note}", err=True)


def _save(result: TaskResult, output: Path) -> None:
    if output.is_dir():
        for item in result.outputs:
            shutil.copyfile(item.path, output / item.name)
    elif len(result.outputs) == 1:
        shutil.copyfile(result.outputs[0].path, output)
    else:
        fail(f"{len(result.outputs)} results: expected -o to be a folder, got {output}")
