"""Loads plugins one by one. A bad plugin is kept as a reason, never raised."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

import pluggy

import ashim_core
from ashim_core import hookspecs, own
from ashim_core.discovery.fate import Plugin, PluginProblem
from ashim_core.discovery.guard import bounded
from ashim_core.discovery.kind import Group, Kind
from ashim_core.discovery.kinds import TOOLS
from ashim_core.discovery.sources import (
    CORE,
    Candidate,
    Installed,
    Sources,
    candidates,
    installed,
    left_out,
)
from ashim_core.installation import python
from ashim_core.registry import Provenance, Registry


class Implementation(NamedTuple):
    """What a plugin does for one hook. takes: those of the hook's arguments that it wants."""

    function: Callable[..., Any]
    takes: tuple[str, ...]

    def __call__(self, **arguments: object) -> Any:
        return self.function(**{name: arguments[name] for name in self.takes})


class Loaded(NamedTuple):
    """A plugin that was found, and what it implements: nothing unless it was loaded."""

    plugin: Plugin
    hooks: Mapping[str, Implementation]


def discover(sources: Sources, packages: Installed | None = None) -> tuple[Registry, list[Plugin]]:
    """Load every tool package from `sources`; give the tools, and the fate of each plugin.

    packages: what is installed, for whoever has read that already.
    """
    registry = Registry()
    for tool in own.ashim_tools():
        registry.add(tool, Provenance(CORE, ashim_core.__version__, own.__name__))
    found = load(sources, TOOLS, registry, installed() if packages is None else packages)
    return registry, [loaded.plugin for loaded in found]


def load(sources: Sources, group: Group, place: object, packages: Installed) -> list[Loaded]:
    """Load every plugin of a group, and have what each contributes added to `place`."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(group.hooks)
    found = []
    for candidate in candidates(sources, group.name, packages):
        plugin = Plugin(candidate.name, candidate.provenance, group=group.name)
        hooks: Mapping[str, Implementation] = {}
        if skipped := left_out(candidate, sources):
            plugin.status, plugin.reason = "skipped", skipped
        else:
            try:
                hooks = _load(candidate, group, manager, place, plugin)
            except PluginProblem as problem:
                plugin.fail(problem)
        found.append(Loaded(plugin, hooks))
    return found


def _load(
    candidate: Candidate,
    group: Group,
    manager: pluggy.PluginManager,
    place: object,
    plugin: Plugin,
) -> Mapping[str, Implementation]:
    candidate.check()
    module = imported(candidate)
    offers = _offers(module, candidate, group, manager)
    for kind, things in offers:
        for thing in things:
            if problem := kind.taken(thing, place, plugin):
                raise problem
    # All of it or nothing: from here on nothing is refused.
    for kind, things in offers:
        for thing in things:
            kind.add(thing, place, plugin)
    return _implemented(module, manager)


def imported(candidate: Candidate) -> object:
    """Import what a plugin is; PluginProblem."""
    # Whatever a stranger's module does at import, SystemExit included, must not stop the server.
    try:
        return candidate.load()
    except (Exception, SystemExit) as error:
        raise PluginProblem(
            f"importing {candidate.provenance.origin} failed: {type(error).__name__}: {error}",
            f"run '{python()} -c \"import {candidate.provenance.origin.partition(':')[0]}\"' "
            "to see the whole error",
        ) from error


def _offers(
    module: object, candidate: Candidate, group: Group, manager: pluggy.PluginManager
) -> list[tuple[Kind[Any, Any], list[Any]]]:
    """Register one module, then ask it, and only it, for all that it contributes."""
    try:
        manager.register(module, name=f"{candidate.provenance.distribution}:{candidate.name}")
        hooks = _implemented(module, manager)
        _refuse_unknown_hooks(hooks, group)
        # The generators run here, so this is where a stranger's code may raise anything.
        return [
            (kind, kind.checked(_yielded(hooks[kind.hook], kind.hook, group)))
            for kind in group.kinds
            if kind.hook in hooks
        ]
    except PluginProblem:
        _unregister(module, manager)
        raise
    except (Exception, SystemExit) as error:
        _unregister(module, manager)
        raise PluginProblem(
            f"asking for what it offers failed: {type(error).__name__}: {error}",
            f"call {group.hook_names[0]}() in a Python shell to see the whole error",
        ) from error


def _yielded(function: Implementation, hook: str, group: Group) -> list[object]:
    def call() -> list[object]:
        return list(cast("list[object]", function()))

    return call() if math.isinf(group.patience_s) else bounded(call, hook, group.patience_s)


def implemented(thing: object) -> Mapping[str, Implementation]:
    """Give what an object of the core implements; nobody looks whether there are such hooks."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.register(thing)
    return _implemented(thing, manager)


def _implemented(module: object, manager: pluggy.PluginManager) -> dict[str, Implementation]:
    """Give what a registered module implements, by the names of the hooks."""
    return {
        caller.name: Implementation(item.function, tuple(item.argnames))
        for caller in manager.get_hookcallers(module) or ()
        for item in caller.get_hookimpls()
        if item.plugin is module
    }


def _unregister(module: object, manager: pluggy.PluginManager) -> None:
    if manager.is_registered(module):
        manager.unregister(module)


def _refuse_unknown_hooks(hooks: Mapping[str, Implementation], group: Group) -> None:
    if not hooks:
        raise PluginProblem(
            "it implements no hook of ashim",
            f"decorate a function named {group.hook_names[0]} with @hookimpl",
        )
    for name in hooks:
        if name not in group.hook_names:
            raise PluginProblem(
                f"it implements the unknown hook '{name}'",
                f"the hooks of the group '{group.name}' are: {', '.join(sorted(group.hook_names))}",
            )
