"""What tool packages may contribute, as a table: whatever else they shall, is one more entry."""

import re
from collections.abc import Iterable
from typing import Any

from ashim_core import hookspecs
from ashim_core.discovery.fate import Plugin, PluginProblem
from ashim_core.discovery.kind import Group, Kind
from ashim_core.discovery.sources import GROUP
from ashim_core.imaging.codec import Codec
from ashim_core.registry import Registry
from ashim_core.tool import Tool

_FORMAT = re.compile(r"[a-z0-9]+")


def _names_of_tool(tool: Tool) -> Iterable[str]:
    return tool.id, *tool.aliases, *(action.id for action in tool.actions)


def _tool_taken(tool: Tool, registry: Registry, plugin: Plugin) -> PluginProblem | None:
    owner = registry.owner(tool)
    if owner is None:
        return None
    return PluginProblem(
        f"the tool id '{tool.id}' is offered twice: by {owner} and by "
        f"{plugin.provenance}; the first one found is used",
        "uninstall one of the two, or name the one to keep in ASHIM_PACKAGES",
    )


def _add_tool(tool: Tool, registry: Registry, plugin: Plugin) -> None:
    registry.add(tool, plugin.provenance)
    if not tool.hidden:
        plugin.tools.append(tool.id)


def _is_codec(thing: object) -> bool:
    return isinstance(thing, Codec) and bool(_FORMAT.fullmatch(thing.name))


def _codec_taken(codec: Codec, registry: Registry, plugin: Plugin) -> PluginProblem | None:
    if registry.formats.get(codec.name) is None:
        return None
    return PluginProblem(
        f"the format '{codec.name}' is offered twice",
        "uninstall one of the two packages, or name the one to keep in ASHIM_PACKAGES",
    )


def _add_codec(codec: Codec, registry: Registry, plugin: Plugin) -> None:
    registry.formats.add(codec, plugin.provenance.distribution)
    plugin.formats.append(codec.name)


KINDS: tuple[Kind[Any, Registry], ...] = (
    Kind[Tool, Registry](
        hook="ashim_tools",
        is_one=lambda thing: isinstance(thing, Tool),
        otherwise="not a tool",
        remedy="yield ImageTool(...) or FileTool(...)",
        names=_names_of_tool,
        repeated="tool id",
        of_its_own="give each tool an id of its own",
        taken=_tool_taken,
        add=_add_tool,
    ),
    Kind[Codec, Registry](
        hook="ashim_codecs",
        is_one=_is_codec,
        otherwise="no codec with a name in lower case",
        remedy="yield Codec(...)",
        names=lambda codec: [codec.name],
        repeated="format",
        of_its_own="give each format a name of its own",
        taken=_codec_taken,
        add=_add_codec,
    ),
)
"""In the order in which a plugin is asked for them."""

TOOLS = Group(GROUP, hookspecs, KINDS)
"""Tools and formats: loaded in the server, on the command line, and in every worker."""
