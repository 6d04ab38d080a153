"""Writes the pages about hooks: one for each, and one that leads to them."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from ashim_core import hookspecs
from ashim_core.discovery import GROUP, SERVER_GROUP
from ashim_core.server import hookspecs as server_hookspecs
from docs._make.markdown import one_line, page

MODULES: dict[str, ModuleType] = {GROUP: hookspecs, SERVER_GROUP: server_hookspecs}
"""The hooks of each group of entry points."""
_WHEN = re.compile(
    r"Process: (?P<process>.+?)\.\s+Called: (?P<called>.+?)\.(?:\s+(?P<more>.+))?", re.DOTALL
)


def hooks() -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """Give every hook with its group."""
    for group, module in MODULES.items():
        for name, function in vars(module).items():
            if name.startswith("ashim_"):
                yield group, name, function


def example_of(function: Callable[..., Any]) -> str:
    """Give the example in the docstring of a hook."""
    code = inspect.cleandoc(_parts(function)[2])
    ast.parse(code)
    return code


def index() -> str:
    """Lead to all hooks."""
    rows = ["| Hook | Process | Called |", "|---|---|---|"]
    texts = {
        GROUP: "Tool packages implement these, in the modules that entry points of the group "
        f"`{GROUP}` name. They import `ashim_core.plugin` alone ([plugin.md](plugin.md)).",
        SERVER_GROUP: "What extends the server itself implements these, in modules of the group "
        f"`{SERVER_GROUP}`; one package may have both. They import `ashim_core.extension` as well "
        "([extension.md](extension.md)), and no worker ever does. What one of them does wrong is "
        "said by name, in the log, by `ashim plugins` and `ashim doctor`, and costs it alone. "
        "[Write a server plugin](../how-to/server-plugin.md) shows how it goes together. Commands "
        "for `ashim` are entry points of the group `ashim.commands`, each a command of click.",
    }
    sections: list[str] = []
    for wanted, text in texts.items():
        sections += [f"## {wanted}", "", text, "", *rows]
        for group, name, function in hooks():
            if group == wanted:
                process, called, _ = _when(function)
                sections.append(f"| [`{name}`](hooks/{name}.md) | {process} | {called} |")
        sections.append("")
    return page("Hooks", "What a plugin can implement with `@hookimpl`.", *sections)


def hook_page(group: str, name: str, function: Callable[..., Any]) -> str:
    """Describe one hook."""
    text, _, _ = _parts(function)
    summary, _, more = text.partition("\n\n")
    process, called, rest = _when(function)
    return page(
        f"{name}({', '.join(inspect.signature(function).parameters)})",
        one_line(summary),
        *([more, ""] if more else []),
        "| | |",
        "|---|---|",
        f"| Group | `{group}` |",
        f"| Process | {process} |",
        f"| Called | {called} |",
        "",
        *([one_line(rest), ""] if rest else []),
        "```python",
        example_of(function),
        "```",
    )


def _when(function: Callable[..., Any]) -> tuple[str, str, str]:
    """Give in which process a hook is called, when and how often, and what else is said of it."""
    found = _WHEN.fullmatch(_parts(function)[1])
    if found is None:
        raise ValueError(f"expected 'Process: ... Called: ...' for {function.__name__}")
    return one_line(found["process"]), one_line(found["called"]), found["more"] or ""


def _parts(function: Callable[..., Any]) -> tuple[str, str, str]:
    """Take a docstring apart: what it is, when it is called, and the example."""
    text, _, example = (inspect.getdoc(function) or "").partition("Example:")
    said, _, when = text.partition("Process: ")
    return said.strip(), f"Process: {when.strip()}", example
