"""What plugins may contribute, as a table: whatever else they shall, is one more entry."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ashim_core.discovery.fate import Plugin, PluginProblem
from ashim_core.imaging.codec import Codec
from ashim_core.registry import Registry
from ashim_core.tool import Tool

ThingT = TypeVar("ThingT")

_FORMAT = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class Kind(Generic[ThingT]):
    """One kind of what plugins contribute, and all that discovery has to know of it.

    hook: the function that yields it. is_one: tells it from anything else.
    otherwise, remedy: what is said of anything else, and what to yield in its place.
    names: all that one of them is called; no other one may be.
    repeated, of_its_own: what such a name is called, and what to do about one that comes twice.
    taken: says which plugin before this one has taken its place, if any has.
    add: adds one to the registry, and notes it on its plugin.
    """

    hook: str
    is_one: Callable[[object], bool]
    otherwise: str
    remedy: str
    names: Callable[[ThingT], Iterable[str]]
    repeated: str
    of_its_own: str
    taken: Callable[[ThingT, Registry, Plugin], PluginProblem | None]
    add: Callable[[ThingT, Registry, Plugin], None]

    def checked(self, things: list[Any]) -> list[ThingT]:
        """Give what one module has yielded; PluginProblem when it can't be used as a whole."""
        for thing in things:
            if not self.is_one(thing):
                raise PluginProblem(
                    f"{self.hook}() yielded {thing!r}, which is {self.otherwise}", self.remedy
                )
        names = [name for thing in things for name in self.names(thing)]
        if repeated := {name for name in names if names.count(name) > 1}:
            raise PluginProblem(
                f"it offers the {self.repeated} '{min(repeated)}' twice", self.of_its_own
            )
        return things


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


KINDS: tuple[Kind[Any], ...] = (
    Kind[Tool](
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
    Kind[Codec](
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
