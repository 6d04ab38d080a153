"""Writes the page of the author's API: every name that a plugin may import, from its docstring."""

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType

from ashim_core import extension, plugin
from ashim_core.tool import Declarations, Tool
from docs._make.markdown import fenced, page

_CORE = Path(plugin.__file__).parent
_ENTRY = re.compile(r"^(\w+(?:, \w+)*): +(.*)$")
"""How docstrings describe a member or a parameter."""
_TWO = re.compile(r"(?<=\S) {2,}(?=\w+: )")
"""What is between two of them on a line."""
_FUNCTION = re.compile(r"<function (\w+) at 0x[0-9a-f]+>")
_QUOTED = re.compile(r"'([^'\"]*)'")
_WIDEST = 88


def author_api() -> str:
    """Describe all of `ashim_core.plugin`, by name."""
    return page(
        "The author's API",
        "All that a plugin needs, and the only module of the core that it may import: "
        "`ashim_core.plugin`. [Your own tool in ten minutes](../tutorial.md) shows how it goes "
        "together, [hooks.md](hooks.md) has the hooks. It follows the version of `ashim-core`: "
        "within a minor version nothing is taken away.",
        *(line for name in sorted(plugin.__all__, key=str.lower) for line in _entry(plugin, name)),
    )


def extension_api() -> str:
    """Describe what plugins of the server may import besides."""
    own = set(extension.__all__) - set(plugin.__all__)
    names = sorted(own, key=lambda name: (name.lower(), name))
    return page(
        "The API of server plugins",
        "What a plugin of the server may import besides [the author's API](plugin.md): "
        "`ashim_core.extension`. [Write a server plugin](../how-to/server-plugin.md) shows how it "
        "goes together, [hooks.md](hooks.md) has the hooks.",
        *(line for name in names for line in _entry(extension, name)),
    )


def _entry(door: ModuleType, name: str) -> Iterator[str]:
    thing = getattr(door, name)
    yield from (f"## {name}", "")
    if isinstance(thing, ModuleType):
        yield from (*_text(inspect.getdoc(thing) or ""), "")
        yield from _members(thing)
        return
    # One that remembers what it gave is no function to Python.
    own = inspect.isclass(thing) or inspect.isfunction(inspect.unwrap(thing))
    if own:
        yield from (*fenced(_signature(name, thing), "python"), "")
    yield from (*_text((inspect.getdoc(thing) if own else _constants().get(name)) or ""), "")
    if thing is Tool:
        yield from (*_text(inspect.getdoc(Declarations) or ""), "")


def _signature(name: str, thing: object) -> str:
    """Write how it is called, a line for each parameter where one line is too short."""
    try:
        signature = inspect.signature(thing)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return name
    short = signature.replace(
        parameters=[
            item.replace(annotation=inspect.Parameter.empty)
            for item in signature.parameters.values()
        ],
        return_annotation=inspect.Signature.empty,
    )
    text = _plain(f"{name}{short}")
    if len(text) <= _WIDEST:
        return text
    inner = ",\n    ".join(map(_plain, _parameters(short)))
    return f"{name}(\n    {inner},\n)"


def _parameters(signature: inspect.Signature) -> Iterator[str]:
    by_name_from_here = True
    for item in signature.parameters.values():
        if item.kind is inspect.Parameter.KEYWORD_ONLY and by_name_from_here:
            by_name_from_here = False
            yield "*"
        yield str(item)


def _plain(text: str) -> str:
    """Write defaults as the rest of the code: functions by their names, texts in double quotes."""
    return _QUOTED.sub(r'"\1"', _FUNCTION.sub(r"\1", text))


def _text(doc: str) -> Iterator[str]:
    """Write a docstring: paragraphs, and a list of what it says of members and parameters."""
    entry = False
    for line in _TWO.sub("\n", doc).splitlines():
        found = _ENTRY.match(line)
        if found:
            entry = True
            yield f"- `{found[1]}`: {found[2]}"
        elif entry and line.startswith(" "):
            yield f"  {line.strip()}"
        else:
            entry = entry and not line
            yield line


def _members(module: ModuleType) -> Iterator[str]:
    """Name what a module has, each with the first line that is said of it."""
    names = getattr(module, "__all__", [name for name in vars(module) if name[0] != "_"])
    yield from ("| Name | What it does |", "|---|---|")
    for name in sorted(names):
        thing = getattr(module, name)
        if getattr(thing, "__module__", "").startswith(module.__name__):
            first = (inspect.getdoc(thing) or "").partition("\n")[0]
            yield f"| `{name}` | {first} |"
    yield ""


@cache
def _constants() -> dict[str, str]:
    """Give what stands below the constants of the core, by their names."""
    found: dict[str, str] = {}
    for path in sorted(_CORE.rglob("*.py")):
        body = ast.parse(path.read_text()).body
        for before, after in pairwise(body):
            target = before.targets[0] if isinstance(before, ast.Assign) else None
            if isinstance(target, ast.Name) and isinstance(after, ast.Expr):
                said = after.value
                if isinstance(said, ast.Constant) and isinstance(said.value, str):
                    found.setdefault(target.id, inspect.cleandoc(said.value))
    return found
