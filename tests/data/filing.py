"""File tools that make many files, put them into folders, and tell programs about them."""

from collections.abc import Iterable

from pydantic import Field

from ashim_core.plugin import Context, FileTool, Outcome, Tool, ToolSettings, hookimpl


class Nothing(ToolSettings):
    pass


class Told(ToolSettings):
    name: str = Field(default="pages", max_length=100, description="What the fact is called.")


def leaf(context: Context[Nothing]) -> Outcome:
    """Make the one file that there happens to be."""
    path = context.workdir / "leaf.txt"
    path.write_text("one")
    return [path]


def shelves(context: Context[Nothing]) -> Outcome:
    """Put files of equal names into folders."""
    made = []
    for name in ("a", "b"):
        path = context.workdir / name / "book.txt"
        path.parent.mkdir()
        path.write_text(name)
        made.append(path)
    return made


def told(context: Context[Told]) -> Outcome:
    """Say something beside a file."""
    context.tell(**{context.settings.name: 3})
    context.tell(words=["a", "b"])
    path = context.workdir / "leaf.txt"
    path.write_text("one")
    return [path]


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool("leaf", leaf, Nothing, category="utilities", gives="files")
    yield FileTool("shelves", shelves, Nothing, category="utilities", gives="folders")
    yield FileTool("heap", shelves, Nothing, category="utilities")
    yield FileTool("told", told, Told, category="utilities")
