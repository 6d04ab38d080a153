"""The plugins of the server in one process, and the one way to call them.

Whatever one of them does wrong costs only itself: it is said by name, in the log and in the list of
plugins, and from then on it isn't called any more.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

import ashim_core
from ashim_core.discovery import (
    CORE,
    Group,
    Implementation,
    Installed,
    Loaded,
    Plugin,
    PluginProblem,
    Sources,
    bounded,
    implemented,
    installed,
    load,
)
from ashim_core.events import Event, Events
from ashim_core.extensions.configs import PluginConfig
from ashim_core.extensions.kinds import Contributed, Contributions
from ashim_core.extensions.pages import Panel, Site
from ashim_core.registry import Provenance

logger = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")
ConfigT = TypeVar("ConfigT", bound=PluginConfig)


class Answer(NamedTuple):
    """What a plugin has given. hook: for what is said of it."""

    plugin: Plugin
    hook: str
    value: Any


class Extensions:
    """The plugins of the server, and parts of the core that come by the same hooks.

    group: says which hooks there are.  packages: what is installed, if that was read already.
    """

    def __init__(self, group: Group, sources: Sources, packages: Installed | None = None) -> None:
        self._group = group
        self._found = Contributions()
        packages = installed() if packages is None else packages
        self._loaded = load(sources, group, self._found, packages)
        self._own: dict[str, Loaded] = {}
        self._configs: dict[type[PluginConfig], PluginConfig] = {}
        self._server: object = None
        self._started: list[tuple[Plugin, Callable[[], object]]] = []

    def begin(self, server: object) -> None:
        """Name the server that hooks are called with."""
        self._server = server

    def add_own(self, part: object, name: str) -> None:
        """Have a part of the core asked after all plugins, by the same hooks."""
        provenance = Provenance(CORE, ashim_core.__version__, type(part).__name__)
        plugin = Plugin(name, provenance, self._group.name)
        self._own[name] = Loaded(plugin, implemented(part))

    @property
    def plugins(self) -> list[Plugin]:
        """All that were found, with their fates."""
        return [loaded.plugin for loaded in self._loaded]

    @property
    def configs(self) -> list[type[PluginConfig]]:
        """The classes of the configuration of all plugins that are loaded."""
        return [one.thing for one in self._of_loaded(self._found.configs)]

    @property
    def sites(self) -> list[Contributed[Site]]:
        """The pages of all plugins that are loaded."""
        return self._of_loaded(self._found.sites)

    @property
    def panels(self) -> list[Contributed[Panel]]:
        """The panels of all plugins that are loaded."""
        return self._of_loaded(self._found.panels)

    def panel_of(self, root: str, tool_id: str) -> str | None:
        """Give where the panel of a tool is, if it has one. root: the path of the server."""
        found = (one.thing for one in self.panels if one.thing.tool == tool_id)
        return next((f"{root}{panel.path}" for panel in found), None)

    def configure(self) -> None:
        """Read the configuration of all plugins; one whose values are refused is left out."""
        for one in self._of_loaded(self._found.configs):
            try:
                self._configs[one.thing] = one.thing()
            except ValidationError as error:
                self.fail(one.plugin, _wrong(one.thing, error))
            except OSError as error:
                reason = f"a file that a variable names can't be read: {error}"
                self.fail(one.plugin, PluginProblem(reason, "see that the server may read it"))

    def config(self, kind: type[ConfigT]) -> ConfigT:
        """Give the configuration of a plugin as it was read at the start."""
        found = self._configs.get(kind)
        if not isinstance(found, kind):
            raise LookupError(f"expected a class that ashim_config() has yielded, got {kind!r}")
        return found

    def implementing(self, hook: str) -> Iterator[Loaded]:
        """Give the plugins that implement a hook and have not failed."""
        for loaded in self._loaded:
            if hook in loaded.hooks and loaded.plugin.status == "loaded":
                yield loaded

    def each(self, hook: str, **arguments: Any) -> Iterator[Answer]:
        """Call a hook of all plugins, one after the other; give what they give but None.

        What belongs to the core comes last, and raises what it raises.
        """
        yield from self.of_plugins(hook, **arguments)
        yield from self.own(hook, **arguments)

    def of_plugins(self, hook: str, **arguments: Any) -> Iterator[Answer]:
        """Call a hook of plugins alone."""
        arguments["server"] = self._server
        for plugin, hooks in list(self.implementing(hook)):
            try:
                value = bounded(
                    partial(_called, hooks[hook], arguments), hook, self._group.patience_s
                )
            except PluginProblem as problem:
                self.fail(plugin, problem)
            else:
                if value is not None:
                    yield Answer(plugin, hook, value)

    def own(self, hook: str, **arguments: Any) -> Iterator[Answer]:
        """Call a hook of the parts of the core alone."""
        arguments["server"] = self._server
        for plugin, hooks in self._own.values():
            if hook in hooks:
                yield Answer(plugin, hook, _called(hooks[hook], arguments))

    def call(self, hook: Implementation, **arguments: Any) -> Callable[[], Any]:
        """Make the call of a hook of one plugin, for whoever carries it out."""
        arguments["server"] = self._server
        return partial(_called, hook, arguments)

    def listen(self, events: Events) -> None:
        """Have every plugin that wants to hear of events hear of them."""
        for loaded in self.implementing("ashim_event"):
            heard = partial(_heard, loaded, self._server)
            events.listen(f"ashim_event() of plugin {loaded.plugin.name}", heard)

    def start(self) -> None:
        """Start what goes on beside the requests."""
        for answer in self.each("ashim_start"):
            if callable(answer.value):
                self._started.append((answer.plugin, answer.value))
            else:
                self._refuse(answer, "function")

    def close(self) -> None:
        """Stop what was started, the last one first."""
        while self._started:
            plugin, stop = self._started.pop()
            try:
                bounded(stop, "what ashim_start() gave", self._group.patience_s)
            except PluginProblem as problem:
                self.fail(plugin, problem)

    def failed(self, hook: str) -> list[Plugin]:
        """Give the plugins that implement a hook and have failed."""
        return [
            plugin for plugin, hooks in self._loaded if hook in hooks and plugin.status == "failed"
        ]

    def checked(self, answer: Answer, kind: type[ResultT]) -> ResultT | None:
        """Give what a plugin has given if it is of a kind; the plugin has failed if it isn't."""
        if isinstance(answer.value, kind):
            return answer.value
        self._refuse(answer, kind.__name__)
        return None

    def first(self, hook: str, kind: type[ResultT], **arguments: Any) -> ResultT | None:
        """Give the first thing of a kind that a plugin gives; None when there is none."""
        for answer in self.each(hook, **arguments):
            if (found := self.checked(answer, kind)) is not None:
                return found
        return None

    def fail(self, plugin: Plugin, problem: PluginProblem) -> None:
        """Have a plugin left out from now on, and say why."""
        plugin.fail(problem)
        logger.error(
            "plugin %s (%s) is left out: %s; %s",
            plugin.name,
            plugin.provenance,
            problem.reason,
            problem.next_step,
            exc_info=problem.__cause__,
        )

    def _refuse(self, answer: Answer, wanted: str) -> None:
        """Leave a plugin out that gives something else than what is wanted."""
        reason = f"{answer.hook}() gave {_short(answer.value)}, which is no {wanted}"
        self.fail(answer.plugin, PluginProblem(reason, "give one, or None"))

    @staticmethod
    def _of_loaded(found: list[Contributed[ResultT]]) -> list[Contributed[ResultT]]:
        return [one for one in found if one.plugin.status == "loaded"]


def _heard(loaded: Loaded, server: object, event: Event) -> None:
    if loaded.plugin.status == "loaded":  # it may have failed since
        loaded.hooks["ashim_event"](event=event, server=server)


def _called(hook: Implementation, arguments: Mapping[str, Any]) -> Any:
    found = hook(**arguments)
    # What a generator does it does here, where it ends in time and costs its plugin alone.
    return list(found) if isinstance(found, Iterator) else found


def _wrong(kind: type[PluginConfig], error: ValidationError) -> PluginProblem:
    prefix = kind.model_config.get("env_prefix", "")
    lines = [
        f"{prefix}{'.'.join(map(str, item['loc']))}".upper() + f": {item['msg']}"
        for item in error.errors()
    ]
    return PluginProblem("; ".join(lines), "set the variable to a value of that kind, or unset it")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"
