"""Loads plugins one by one. A bad plugin is kept as a reason, never raised."""

from types import ModuleType
from typing import Any, cast

import pluggy

import ashim_core
from ashim_core import hookspecs, own
from ashim_core.discovery.fate import Plugin, PluginProblem
from ashim_core.discovery.kinds import KINDS, Kind
from ashim_core.discovery.sources import CORE, Candidate, Sources, candidates, left_out
from ashim_core.installation import python
from ashim_core.registry import Provenance, Registry


def discover(sources: Sources) -> tuple[Registry, list[Plugin]]:
    """Load every plugin from `sources`; give the tools, and the fate of each plugin."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    registry = Registry()
    for tool in own.ashim_tools():
        registry.add(tool, Provenance(CORE, ashim_core.__version__, own.__name__))
    plugins = []
    for candidate in candidates(sources):
        plugin = Plugin(candidate.name, candidate.provenance)
        plugins.append(plugin)
        if skipped := left_out(candidate, sources):
            plugin.status, plugin.reason = "skipped", skipped
            continue
        try:
            _load(candidate, manager, registry, plugin)
        except PluginProblem as problem:
            plugin.status = "failed"
            plugin.reason, plugin.next_step = problem.reason, problem.next_step
    return registry, plugins


def _load(
    candidate: Candidate, manager: pluggy.PluginManager, registry: Registry, plugin: Plugin
) -> None:
    candidate.check()
    module = _import(candidate)
    offers = _offers(module, candidate, manager)
    for kind, things in offers:
        for thing in things:
            if problem := kind.taken(thing, registry, plugin):
                raise problem
    # All of it or nothing: from here on nothing is refused.
    for kind, things in offers:
        for thing in things:
            kind.add(thing, registry, plugin)


def _import(candidate: Candidate) -> ModuleType:
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
    module: ModuleType, candidate: Candidate, manager: pluggy.PluginManager
) -> list[tuple[Kind[Any], list[Any]]]:
    """Register one module, then ask it, and only it, for all that it contributes."""
    try:
        manager.register(module, name=f"{candidate.provenance.distribution}:{candidate.name}")
        _refuse_unknown_hooks(module, manager)
        if not manager.get_hookcallers(module):
            raise PluginProblem(
                "it implements no hook of ashim",
                "decorate a function named ashim_tools with @hookimpl",
            )
        # The generators run here, so this is where a stranger's code may raise anything.
        return [
            (kind, kind.checked(_yielded(getattr(manager.hook, kind.hook), module)))
            for kind in KINDS
        ]
    except PluginProblem:
        _unregister(module, manager)
        raise
    except (Exception, SystemExit) as error:
        _unregister(module, manager)
        raise PluginProblem(
            f"asking for what it offers failed: {type(error).__name__}: {error}",
            "call ashim_tools() in a Python shell to see the whole error",
        ) from error


def _yielded(hook: pluggy.HookCaller, module: ModuleType) -> list[object]:
    own = [item.function for item in hook.get_hookimpls() if item.plugin is module]
    things: list[object] = []
    for function in own:
        things += cast("list[object]", function())
    return things


def _unregister(module: ModuleType, manager: pluggy.PluginManager) -> None:
    if manager.is_registered(module):
        manager.unregister(module)


def _refuse_unknown_hooks(module: ModuleType, manager: pluggy.PluginManager) -> None:
    known = {name for name in vars(hookspecs) if name.startswith("ashim_")}
    for caller in manager.get_hookcallers(module) or ():
        if caller.name not in known:
            raise PluginProblem(
                f"it implements the unknown hook '{caller.name}'",
                f"the hooks are: {', '.join(sorted(known))}",
            )
