"""Says which modules the process has that runs it."""

import sys
from collections.abc import Iterable

from ashim_core.plugin import Context, FileTool, Outcome, Tool, ToolSettings, hookimpl


class ModulesSettings(ToolSettings):
    """Nothing to set."""


def modules(context: Context[ModulesSettings]) -> Outcome:
    """Say which modules are imported here."""
    return {"modules": sorted(sys.modules)}


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool("toy-modules", modules, ModulesSettings, category="generate", files=(0, 0))
