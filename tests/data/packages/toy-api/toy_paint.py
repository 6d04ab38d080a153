"""The tool behind the toy API: it makes a picture of nothing but words."""

from collections.abc import Iterable

import pyvips
from pydantic import Field

from ashim_core.plugin import Context, FileTool, Outcome, Tool, ToolSettings, hookimpl


class PaintSettings(ToolSettings):
    """What to paint."""

    prompt: str = Field(max_length=100, description="Words; each letter is a shade.")
    width: int = Field(default=8, ge=1, le=64, description="Pixels of each letter.")


def paint(context: Context[PaintSettings]) -> Outcome:
    """Paint words as shades of grey."""
    letters = bytes(ord(letter) % 256 for letter in context.settings.prompt) or b" "
    image = pyvips.Image.new_from_memory(letters, len(letters), 1, 1, "uchar")
    path = context.workdir / "painting.png"
    image.resize(context.settings.width, kernel="nearest").pngsave(str(path))
    return [path]


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool("toy-paint", paint, PaintSettings, category="generate", files=(0, 0))
