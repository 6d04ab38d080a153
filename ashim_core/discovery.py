"""Finds plugins and loads them one by one. A bad plugin is kept as a reason, never raised.

Each entry point of the group `ashim` names one module, so every tool is a plugin of its own: it
can fail, be listed and be left out without touching its neighbours.
"""

import importlib
import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import (
    Distribution,
    EntryPoint,
    PackageNotFoundError,
    distribution,
    distributions,
)
from pathlib import Path
from types import ModuleType
from typing import Literal, cast

import pluggy
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

import ashim_core
from ashim_core import hookspecs, own
from ashim_core.imaging.codec import Codec
from ashim_core.installation import python
from ashim_core.registry import Provenance, Registry
from ashim_core.tool import Tool

GROUP = "ashim"
_FORMAT = re.compile(r"[a-z0-9]+")
CORE = "ashim-core"

Status = Literal["loaded", "failed", "skipped"]


@dataclass(frozen=True)
class Sources:
    """Where plugins may come from. Plain data: worker processes discover from the same sources.

    packages: names of the distributions to load; None is all.
    plugins_dir: a folder of single-file plugins.
    modules: `(name, file)` of modules to load besides; without `entry_points`, the only ones.
    """

    packages: frozenset[str] | None = None
    plugins_dir: Path | None = None
    safe_mode: bool = False
    entry_points: bool = True
    modules: tuple[tuple[str, str], ...] = ()


@dataclass
class Plugin:
    """One plugin as it was found, and what became of it."""

    name: str
    provenance: Provenance
    status: Status = "loaded"
    tools: list[str] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    reason: str | None = None
    next_step: str | None = None


class PluginProblem(Exception):
    """Why one plugin can't be used, and what its author or operator can do about it."""

    def __init__(self, reason: str, next_step: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.next_step = next_step


@dataclass(frozen=True)
class _Candidate:
    name: str
    provenance: Provenance
    load: Callable[[], ModuleType]
    check: Callable[[], None]
    installed: bool
    """It comes from an installed distribution, not from a file that somebody named."""
    ours: bool = False
    """Its package names the same author as the core does."""


def discover(sources: Sources) -> tuple[Registry, list[Plugin]]:
    """Load every plugin from `sources`; give the tools, and the fate of each plugin."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    registry = Registry()
    for tool in own.ashim_tools():
        registry.add(tool, Provenance(CORE, ashim_core.__version__, own.__name__))
    plugins = []
    for candidate in _candidates(sources):
        plugin = Plugin(candidate.name, candidate.provenance)
        plugins.append(plugin)
        if skipped := _left_out(candidate, sources):
            plugin.status, plugin.reason = "skipped", skipped
            continue
        try:
            _load(candidate, manager, registry, plugin)
        except PluginProblem as problem:
            plugin.status = "failed"
            plugin.reason, plugin.next_step = problem.reason, problem.next_step
    return registry, plugins


@dataclass(frozen=True)
class _Package:
    """What the metadata of an installed distribution say: to read them takes a while."""

    name: str
    version: str
    author: str
    requires: tuple[str, ...]


def _candidates(sources: Sources) -> Iterator[_Candidate]:
    if sources.entry_points:
        found = sorted(_entry_points(), key=lambda pair: (pair[0].name, pair[1].name))
        for package, entry_point in found:
            yield _from_entry_point(package, entry_point)
    for name, file in sources.modules:
        yield _from_file(name, Path(file), Provenance(name, "", file))
    if sources.plugins_dir is not None:
        for path in sorted(sources.plugins_dir.glob("*.py")):
            provenance = Provenance(path.name, "", str(path))
            yield _from_file(f"ashim_local_{path.stem}", path, provenance)


def _entry_points() -> Iterator[tuple[_Package, EntryPoint]]:
    for found in distributions():
        if own := found.entry_points.select(group=GROUP):
            package = _read(found)
            yield from ((package, entry_point) for entry_point in own)


def _read(found: Distribution) -> _Package:
    metadata = found.metadata
    # Both are missing where a package was removed by half.
    name, version = metadata["Name"] or "unknown", metadata["Version"] or "unknown"
    return _Package(name, version, metadata["Author"] or "", tuple(found.requires or ()))


def _from_entry_point(package: _Package, entry_point: EntryPoint) -> _Candidate:
    return _Candidate(
        entry_point.name,
        Provenance(canonicalize_name(package.name), package.version, entry_point.value),
        load=entry_point.load,
        check=lambda: _check_core_version(package),
        installed=True,
        ours=package.author == _author(),
    )


@cache
def _author() -> str:
    """Give who has written the core."""
    try:
        return distribution(CORE).metadata["Author"] or CORE
    except PackageNotFoundError:  # it runs from its source
        return CORE


def _from_file(name: str, path: Path, provenance: Provenance) -> _Candidate:
    return _Candidate(
        name,
        provenance,
        load=lambda: _module(name, path),
        check=lambda: None,
        installed=False,
    )


def _module(name: str, path: Path) -> ModuleType:
    """Import a file under a name, unless that name is imported already."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _left_out(candidate: _Candidate, sources: Sources) -> str | None:
    name = candidate.provenance.distribution
    if sources.safe_mode and not candidate.ours:
        return "safe mode loads no third-party plugins"
    if not candidate.installed or sources.packages is None:
        return None
    if name not in sources.packages:
        return "not among the packages in ASHIM_PACKAGES"
    return None


def _check_core_version(package: _Package) -> None:
    """Refuse a plugin that declares another core version, before anything of it is imported."""
    for text in package.requires:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue  # pip's business; only the line about the core matters here
        if canonicalize_name(requirement.name) != CORE:
            continue
        if not requirement.specifier.contains(ashim_core.__version__, prereleases=True):
            raise PluginProblem(
                f"it wants {CORE} {requirement.specifier}, this is {ashim_core.__version__}",
                f"install a release of {package.name} made for {CORE} {ashim_core.__version__}",
            )


def _load(
    candidate: _Candidate, manager: pluggy.PluginManager, registry: Registry, plugin: Plugin
) -> None:
    candidate.check()
    module = _import(candidate)
    tools, codecs = _offers(module, candidate, manager)
    for tool in tools:
        if owner := registry.owner(tool):
            raise PluginProblem(
                f"the tool id '{tool.id}' is offered twice: by {owner} and by "
                f"{candidate.provenance}; the first one found is used",
                "uninstall one of the two, or name the one to keep in ASHIM_PACKAGES",
            )
    for codec in codecs:
        if registry.formats.get(codec.name):
            raise PluginProblem(
                f"the format '{codec.name}' is offered twice",
                "uninstall one of the two packages, or name the one to keep in ASHIM_PACKAGES",
            )
    for tool in tools:
        registry.add(tool, candidate.provenance)
    plugin.tools += [tool.id for tool in tools if not tool.hidden]
    for codec in codecs:
        registry.formats.add(codec, candidate.provenance.distribution)
        plugin.formats.append(codec.name)


def _import(candidate: _Candidate) -> ModuleType:
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
    module: ModuleType, candidate: _Candidate, manager: pluggy.PluginManager
) -> tuple[list[Tool], list[Codec]]:
    """Register one module, then ask it, and only it, for its tools and formats."""
    try:
        manager.register(module, name=f"{candidate.provenance.distribution}:{candidate.name}")
        _refuse_unknown_hooks(module, manager)
        if not manager.get_hookcallers(module):
            raise PluginProblem(
                "it implements no hook of ashim",
                "decorate a function named ashim_tools with @hookimpl",
            )
        # The generators run here, so this is where a stranger's code may raise anything.
        tools = _checked(_yielded(manager.hook.ashim_tools, module))
        return tools, _checked_codecs(_yielded(manager.hook.ashim_codecs, module))
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


def _checked(tools: list[object]) -> list[Tool]:
    for tool in tools:
        if not isinstance(tool, Tool):
            raise PluginProblem(
                f"ashim_tools() yielded {tool!r}, which is not a tool",
                "yield ImageTool(...) or FileTool(...)",
            )
    checked = [tool for tool in tools if isinstance(tool, Tool)]
    names = [
        name
        for tool in checked
        for name in (tool.id, *tool.aliases, *(action.id for action in tool.actions))
    ]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise PluginProblem(
            f"it offers the tool id '{min(repeated)}' twice", "give each tool an id of its own"
        )
    return checked


def _checked_codecs(codecs: list[object]) -> list[Codec]:
    for codec in codecs:
        if not isinstance(codec, Codec) or not _FORMAT.fullmatch(codec.name):
            raise PluginProblem(
                f"ashim_codecs() yielded {codec!r}, which is no codec with a name in lower case",
                "yield Codec(...)",
            )
    return [codec for codec in codecs if isinstance(codec, Codec)]


def module_source(module: ModuleType) -> tuple[str, str]:
    """Say where an imported module can be found again by another process."""
    if not module.__file__:
        raise ValueError(f"expected a module that comes from a file, got {module!r}")
    name = re.sub(r"\W", "_", module.__name__) if "." not in module.__name__ else module.__name__
    return name, module.__file__
