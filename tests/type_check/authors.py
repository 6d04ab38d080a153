"""Code as authors write it. Never run: the type checker must accept and reject it line by line.

Strict checking reports an ignore that nothing needs, so each one below proves a rejection.
"""

from collections.abc import Iterable

import numpy
import numpy.typing
import PIL.Image
import pyvips
from pydantic import Field

from ashim_core.plugin import (
    Context,
    FileTool,
    ImageTool,
    Outcome,
    Shrink,
    Size,
    Tool,
    ToolSettings,
    hookimpl,
)


class Mine(ToolSettings):
    strength: int = Field(default=1, ge=0, le=9, description="How much.")


class Other(ToolSettings):
    pass


def with_vips(image: pyvips.Image, settings: Mine) -> pyvips.Image:
    return image


def with_pillow(image: PIL.Image.Image, settings: Mine) -> PIL.Image.Image:
    return image


def with_numpy(
    image: numpy.typing.NDArray[numpy.uint8], settings: Mine
) -> numpy.typing.NDArray[numpy.uint8]:
    return image


def mixed(image: PIL.Image.Image, settings: Mine) -> pyvips.Image:
    return pyvips.Image.black(1, 1)


def shrink_mine(settings: Mine, size: Size) -> Shrink[Mine] | None:
    return None


def shrink_other(settings: Other, size: Size) -> Shrink[Other] | None:
    return None


def report(context: Context[Mine]) -> Outcome:
    return {"strength": context.settings.strength}


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool("a", with_vips, Mine, category="layout", shrink=shrink_mine)
    yield ImageTool("b", with_pillow, Mine, category="layout")
    yield ImageTool("c", with_numpy, Mine, category="layout")
    yield FileTool("d", report, Mine, category="layout")


def rejected() -> Iterable[Tool]:
    yield ImageTool("e", with_vips, Other, category="layout")  # type: ignore[arg-type]
    yield ImageTool("g", mixed, Mine, category="layout")  # type: ignore[misc]
    yield ImageTool("h", with_vips, Mine, category="layout", shrink=shrink_other)  # type: ignore[arg-type]
    yield FileTool("i", report, Other, category="layout")  # type: ignore[arg-type]
    yield "j"  # type: ignore[misc]
