"""The author's API: all that a plugin needs, re-exported, and nothing else."""

from ashim_core.colour import TRANSPARENT, WHITE, Colour
from ashim_core.errors import ToolError
from ashim_core.hookspecs import hookimpl
from ashim_core.imaging.formats import Encoding, FormatName
from ashim_core.tool import (
    Context,
    FileTool,
    ImageTool,
    InputFile,
    Outcome,
    Program,
    Requirement,
    Shrink,
    Size,
    Tool,
    ToolSettings,
)

__all__ = [
    "TRANSPARENT",
    "WHITE",
    "Colour",
    "Context",
    "Encoding",
    "FileTool",
    "FormatName",
    "ImageTool",
    "InputFile",
    "Outcome",
    "Program",
    "Requirement",
    "Shrink",
    "Size",
    "Tool",
    "ToolError",
    "ToolSettings",
    "hookimpl",
]
