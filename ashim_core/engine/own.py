"""Picture work of the server itself: run in a worker like any tool, but not offered to callers."""

from collections.abc import Mapping

import pyvips

from ashim_core.errors import ToolNotFound
from ashim_core.imaging.formats import Encoding
from ashim_core.registry import Registry
from ashim_core.tool import ImageTool, Shrink, Size, Tool, ToolSettings

LOGO = "core:logo"
LOGO_SIDE = 128


class NoSettings(ToolSettings):
    """Nothing to set."""


def logo(image: pyvips.Image, settings: NoSettings) -> pyvips.Image:
    """Fit a picture into a square of 128 pixels, never enlarged, with transparency around it."""
    if not image.hasalpha():
        image = image.addalpha()
    small = image.thumbnail_image(LOGO_SIDE, height=LOGO_SIDE, size="down")
    return small.gravity("centre", LOGO_SIDE, LOGO_SIDE, extend="background", background=[0])


def _shrink(settings: NoSettings, size: Size) -> Shrink[NoSettings]:
    return Shrink(max(1.0, max(size) / LOGO_SIDE), settings)


OWN: Mapping[str, Tool] = {
    LOGO: ImageTool(
        "logo",
        logo,
        NoSettings,
        category="utilities",
        animation="first",
        shrink=_shrink,
        encode=lambda settings, current: Encoding("png"),
    )
}
"""Ids no plugin can have, as those of tools hold no colon."""


def usable(registry: Registry, tool_id: str) -> Tool:
    """Give a tool of the server or of a plugin that may run now."""
    if ":" not in tool_id:
        return registry.usable(tool_id)
    if tool_id not in OWN:
        raise ToolNotFound(f"There is no tool '{tool_id}'.")
    return OWN[tool_id]
