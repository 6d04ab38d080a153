"""`ashim new-tool`: start a tool package by copying the example, which is itself tested."""

import re
import shutil
from pathlib import Path

import click

import ashim_core
from ashim_core.cli.options import fail
from ashim_core.installation import with_folder

_PACKAGE = Path(ashim_core.__file__).parent
_TEMPLATES = (_PACKAGE / "example", _PACKAGE.parent / "plugins" / "example")
"""The example as it is installed, and as it lies in a checkout."""
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NOT_COPIED = shutil.ignore_patterns(
    *("__pycache__", "*.egg-info", ".*", "dist", "build"),
    "examples.toml",  # which only the documentation of a checkout reads
)


@click.command()
@click.argument("name")
@click.option(
    "--in",
    "parent",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the new package; default: plugins, or the present folder without one.",
)
def new_tool(name: str, parent: Path | None) -> None:
    """Make a package with one tool, its settings and its tests, ready to be changed."""
    if not _NAME.fullmatch(name):
        fail(f"expected a kebab-case name such as 'my-tool', got {name!r}")
    folder = (parent or _default_parent()) / name
    if folder.exists():
        fail(f"{folder} exists already")
    template = next((path for path in _TEMPLATES if path.is_dir()), None)
    if template is None:
        fail("the example package is missing from this installation of ashim-core")
    shutil.copytree(template, folder, ignore=_NOT_COPIED)
    _rename(folder, name)
    click.echo(f"made     {folder}")
    click.echo(f"edit     {folder}/ashim_{_snake(name)}/{_snake(name)}.py")
    click.echo(f"install  {with_folder(folder)}")
    click.echo(f"test     pytest {folder}")


def _default_parent() -> Path:
    return Path("plugins") if Path("plugins").is_dir() else Path()


def _snake(name: str) -> str:
    return name.replace("-", "_")


def _rename(folder: Path, name: str) -> None:
    """Replace every name of the example, in contents and in file names."""
    title = name.replace("-", " ").capitalize()
    names = {
        "Pixelate: hide detail behind large square blocks. The example to copy.": f"{title}.",
        "ashim-example": f"ashim-{name}",
        "ashim_example": f"ashim_{_snake(name)}",
        "The example to copy": title,
        "PixelateSettings": "".join(part.capitalize() for part in name.split("-")) + "Settings",
        ".pixelate": f".{_snake(name)}",
        "def pixelate": f"def {_snake(name)}",
        '"pixelate", pixelate': f'"{name}", {_snake(name)}',
        'client.run("pixelate"': f'client.run("{name}"',
        'client.refusal("pixelate"': f'client.refusal("{name}"',
        "pixelate = ": f"{name} = ",
        "Pixelate": title,
    }
    # The deepest paths first, so that a folder is renamed after what lies in it.
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file():
            text = path.read_text()
            for old, new in names.items():
                text = text.replace(old, new)
            path.write_text(text)
        new_name = path.name.replace("ashim_example", names["ashim_example"])
        path.rename(path.with_name(new_name.replace("pixelate", _snake(name))))
