"""A tool package of one file: it reports, and its settings have names that commands use, too."""

import os
from collections.abc import Iterable

from pydantic import Field

from ashim_core.plugin import Context, FileTool, Outcome, Tool, ToolSettings, hookimpl


class Wanted(ToolSettings):
    key: str = Field(default="", max_length=20, description="Of which scale.")
    jobs: int = Field(default=0, ge=0, le=9, description="How many stones to put on it.")
    max_weight: int = Field(default=9, ge=0, le=9, description="The most that it takes.")


def weigh(context: Context[Wanted]) -> Outcome:
    """Report how heavy a file is."""
    (file,) = context.inputs
    return {
        "bytes": file.path.stat().st_size,
        "settings": context.settings.model_dump(),
        "process": os.getpid(),
    }


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool("weigh", weigh, Wanted, category="utilities")
