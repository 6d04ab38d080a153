"""A tool that is offered only where the server allows experiments."""

from collections.abc import Iterable

import pyvips

from ashim_core.plugin import ImageTool, Tool, ToolSettings, hookimpl


class Nothing(ToolSettings):
    pass


def wobble(image: pyvips.Image, settings: Nothing) -> pyvips.Image:
    """Mirror the picture, some day as in water."""
    return image.flipver()


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool("wobble", wobble, Nothing, category="utilities", experimental=True)
