"""Which tools there are: id or alias to tool, where each came from, and its three states."""

import copy
import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ashim_core.errors import DependencyMissing, ModelNotInstalled, ToolDisabled, ToolNotFound
from ashim_core.host import NOWHERE, Host
from ashim_core.imaging.formats import Formats
from ashim_core.limits import Demand, Lane
from ashim_core.tool import CATEGORIES, SLASH, Tool, ToolSettings

_SHOWN = 50
"""Characters of an unknown name that are said again."""


@dataclass(frozen=True)
class Provenance:
    """Who provides a plugin: the distribution, its version, and the module inside it."""

    distribution: str
    version: str
    origin: str

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}".strip()


@dataclass(frozen=True)
class State:
    """installed: its plugin loaded. enabled: not switched off. available: it can run here.

    models: the names of those of its models that are there.
    """

    installed: bool
    enabled: bool
    available: bool
    reason: str | None = None
    models: tuple[str, ...] = ()


@dataclass(frozen=True)
class Toggles:
    """Which tools are offered. disabled: ids. experimental: those marked as such are offered."""

    disabled: frozenset[str] = frozenset()
    experimental: bool = True

    def reason(self, tool: Tool) -> str | None:
        """Say why a tool is not offered; None when it is."""
        if tool.id.partition(SLASH)[0] in self.disabled:
            return "switched off by the operator"
        if tool.experimental and not self.experimental:
            return "experimental: the setting enableExperimentalTools offers it"
        return None


def _place(tool: Tool) -> tuple[int, str, str]:
    """Say where a tool is listed: by category, the known ones first, then by id."""
    known = tool.category in CATEGORIES
    number = CATEGORIES.index(tool.category) if known else len(CATEGORIES)
    return number, tool.category, tool.id


def _no_panel(tool_id: str) -> str | None:
    return None


class Registry:
    """The tools and formats of this process. Filled once by discovery, then only read.

    host: the machine that they run on.
    panel_of: gives where the script is, if there is one, that draws a part of the form of a tool.
    """

    def __init__(self) -> None:
        self.formats = Formats()
        self.host = NOWHERE
        self.panel_of: Callable[[str], str | None] = _no_panel
        self._toggles = Toggles()
        self._tools: dict[str, Tool] = {}
        self._hidden: dict[str, Tool] = {}
        self._names: dict[str, str] = {}
        self._provenance: dict[str, Provenance] = {}

    def add(self, tool: Tool, provenance: Provenance) -> None:
        """Add a tool whose names are not taken yet, with its actions."""
        if tool.hidden:
            self._hidden[f"{provenance.distribution}:{tool.id}"] = tool
            return
        for name in (tool.id, *tool.aliases):
            if name in self._names:
                raise ValueError(f"expected a new tool id, got '{name}' again")
        for one in (tool, *tool.actions):
            self._tools[one.id] = one
            self._provenance[one.id] = provenance
            action = one.id.removeprefix(tool.id)
            self._names |= {f"{name}{action}": one.id for name in (tool.id, *tool.aliases)}

    def toggled(self, toggles: Toggles) -> "Registry":
        """Give the same tools with other ones offered."""
        view = copy.copy(self)
        view._toggles = toggles
        return view

    def at(self, host: Host) -> "Registry":
        """Give the same tools on a machine."""
        view = copy.copy(self)
        view.host = host
        return view

    def showing(self, panel_of: Callable[[str], str | None]) -> "Registry":
        """Give the same tools with panels."""
        view = copy.copy(self)
        view.panel_of = panel_of
        return view

    @property
    def names(self) -> Mapping[str, str]:
        """Every id and alias with the id it stands for."""
        return self._names

    def owner(self, tool: Tool) -> Provenance | None:
        """Say who already provides one of the names of `tool`."""
        if tool.hidden:
            return None
        for name in (tool.id, *tool.aliases):
            if name in self._names:
                return self._provenance[self._names[name]]
        return None

    def __iter__(self) -> Iterator[Tool]:
        """Give the tools by category, then by id, without their actions."""
        tools = [tool for tool in self._tools.values() if SLASH not in tool.id]
        return iter(sorted(tools, key=_place))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def enabled(self) -> Iterator[Tool]:
        """Give the tools that are not switched off."""
        return (tool for tool in self if self._toggles.reason(tool) is None)

    def with_actions(self) -> Iterator[Tool]:
        """Give the tools that are not switched off, each with its actions behind it."""
        return (one for tool in self.enabled() for one in (tool, *tool.actions))

    def find(self, name: str) -> Tool:
        """Look a tool up by id or alias; ToolNotFound names the nearest ones."""
        if name in self._names:
            return self._tools[self._names[name]]
        name = name[:_SHOWN]
        near = difflib.get_close_matches(name, self._names, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; GET /api/v1/tools lists them"
        raise ToolNotFound(f"There is no tool '{name}'{hint}")

    def usable(self, name: str) -> Tool:
        """Look up a tool that may run now.

        ToolDisabled, DependencyMissing or ModelNotInstalled otherwise.
        """
        tool = self.find(name)
        if reason := self._toggles.reason(tool):
            raise ToolDisabled(f"The tool '{tool.id}' is not offered here: {reason}.")
        if reasons := tool.missing(self.host):
            raise DependencyMissing(f"The tool '{tool.id}' can't run here: {'; '.join(reasons)}.")
        self.check_models(tool)
        return tool

    def check_models(self, tool: Tool, settings: ToolSettings | None = None) -> None:
        """See that the models are there that some settings need; ModelNotInstalled otherwise."""
        if reasons := tool.missing_models(self.host, settings):
            raise ModelNotInstalled(f"The tool '{tool.id}' can't run here: {'; '.join(reasons)}.")

    def runnable(self, name: str) -> Tool:
        """Look up a tool that a task names: one that may run now, or a hidden one."""
        if ":" not in name:  # which no id that callers know has
            return self.usable(name)
        if name not in self._hidden:
            raise ToolNotFound(f"There is no tool '{name}'.")
        return self._hidden[name]

    def lane(self, names: Iterable[str]) -> Lane:
        """Give the lane of the heaviest of some tools; what isn't there weighs nothing."""
        found = (self._hidden.get(name) or self._tools.get(name) for name in names)
        return "heavy" if any(tool and tool.lane == "heavy" for tool in found) else "fast"

    def demand(self, names: Iterable[str]) -> Demand:
        """Give the demand of a task of some tools; 0 where one of them says nothing."""
        found = [self._hidden.get(name) or self._tools.get(name) for name in names]
        demands = [tool.demand if tool else Demand() for tool in found]
        return Demand(
            seconds=sum(one.seconds for one in demands) if all(d.seconds for d in demands) else 0,
            memory_mb=max((one.memory_mb for one in demands), default=0),
        )

    def provenance(self, tool: Tool) -> Provenance:
        return self._provenance[tool.id]

    def state(self, tool: Tool) -> State:
        """Say whether a tool is installed, enabled and available, and why not."""
        missing = [*tool.missing(self.host), *tool.missing_models(self.host)]
        off = self._toggles.reason(tool)
        reasons = [*([off] if off else []), *missing]
        there = tuple(spec.name for spec in tool.models if not spec.missing(self.host))
        return State(True, off is None, not missing, "; ".join(reasons) or None, there)
