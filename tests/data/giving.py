"""File tools that say what they give: always the same, or what the settings say."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, Field

from ashim_core.plugin import Context, Encoding, FileTool, Outcome, Tool, ToolSettings, hookimpl


class AsAsked(ToolSettings):
    look: bool = Field(default=False, description="Only look at the picture.")
    lie: bool = Field(default=False, description="Give something else than what is declared.")


class Sides(BaseModel):
    """What there is to see."""

    width: int = Field(description="In pixels.")
    height: int = Field(description="In pixels.")


def as_asked(context: Context[AsAsked]) -> Outcome:
    """Turn a picture by half, or say how large it is."""
    image = context.pictures.load(context.inputs[0].path)
    if context.settings.look != context.settings.lie:
        return Sides(width=image.width, height=image.height)
    return [context.pictures.save(image.rot180(), context.workdir / "turned", Encoding("png"))]


def _gives(settings: AsAsked) -> Literal["picture", "report"]:
    return "report" if settings.look else "picture"


def text(context: Context[AsAsked]) -> Outcome:
    """Write a text."""
    path = context.workdir / "text.txt"
    path.write_text("text")
    return [path]


def untyped(context: Context[AsAsked]) -> Outcome:
    """Report something that isn't of the model."""
    return {"width": 1, "height": "tall"}


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool("as-asked", as_asked, AsAsked, category="utilities", gives=_gives, report=Sides)
    yield FileTool("text", text, AsAsked, category="utilities", gives="text/plain")
    yield FileTool("untyped", untyped, AsAsked, category="utilities", gives="report", report=Sides)
