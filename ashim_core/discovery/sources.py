"""Where plugins come from, and which of them are wanted: nothing of them is imported yet."""

import importlib.util
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

import ashim_core
from ashim_core.discovery.fate import PluginProblem
from ashim_core.registry import Provenance

GROUP = "ashim"
SERVER_GROUP = "ashim.server"
COMMANDS_GROUP = "ashim.commands"
CORE = "ashim-core"


@dataclass(frozen=True)
class Sources:
    """Where plugins may come from. Plain data: worker processes discover from the same sources.

    packages: names of the distributions to load; None is all.
    plugins_dir: a folder of single-file plugins; those of the server lie in `server` below it.
    modules: `(name, file)` of modules to load besides; without `entry_points`, the only ones.
    server_modules: the same for plugins of the server, which no worker loads.
    """

    packages: frozenset[str] | None = None
    plugins_dir: Path | None = None
    safe_mode: bool = False
    entry_points: bool = True
    modules: tuple[tuple[str, str], ...] = ()
    server_modules: tuple[tuple[str, str], ...] = ()

    def files(self, group: str) -> Iterator[tuple[str, Path, Provenance]]:
        """Give the single files of a group: the name to import each under, where it is, who."""
        of_server = group == SERVER_GROUP
        for name, file in self.server_modules if of_server else self.modules:
            yield name, Path(file), Provenance(name, "", file)
        if self.plugins_dir is None:
            return
        folder, prefix = self.plugins_dir, "ashim_local"
        if of_server:
            folder, prefix = folder / "server", "ashim_local_server"
        for path in sorted(folder.glob("*.py")):
            yield f"{prefix}_{path.stem}", path, Provenance(path.name, "", str(path))


@dataclass(frozen=True)
class Candidate:
    """A plugin that could be loaded.

    load: imports its module, or the command in it.
    check: raises PluginProblem when it must not even be imported.
    installed: it comes from an installed distribution, not from a file that somebody named.
    ours: its package names the same author as the core does.
    """

    name: str
    provenance: Provenance
    load: Callable[[], object]
    check: Callable[[], None]
    installed: bool
    ours: bool = False


@dataclass(frozen=True)
class _Package:
    """What the metadata of an installed distribution say: to read them takes a while."""

    name: str
    version: str
    author: str
    requires: tuple[str, ...]


Installed = Mapping[str, Sequence[tuple[_Package, EntryPoint]]]
"""Entry points by their group, in the order in which they are loaded."""


def installed() -> Installed:
    """Read which entry points the installed packages have for us. It takes a while: once will do.

    Nothing is imported.
    """
    groups: dict[str, list[tuple[_Package, EntryPoint]]] = {
        GROUP: [],
        SERVER_GROUP: [],
        COMMANDS_GROUP: [],
    }
    for found in distributions():
        if own := [item for item in found.entry_points if item.group in groups]:
            package = _read(found)
            for entry_point in own:
                groups[entry_point.group].append((package, entry_point))
    for entry_points in groups.values():
        entry_points.sort(key=lambda pair: (pair[0].name, pair[1].name))
    return groups


def candidates(sources: Sources, group: str, packages: Installed) -> Iterator[Candidate]:
    """Give all of a group that are found, in the order in which they are loaded."""
    if sources.entry_points:
        for package, entry_point in packages[group]:
            yield _from_entry_point(package, entry_point)
    for name, path, provenance in sources.files(group):
        yield _from_file(name, path, provenance)


def _read(found: Distribution) -> _Package:
    metadata = found.metadata
    # Both are missing where a package was removed by half.
    name, version = metadata["Name"] or "unknown", metadata["Version"] or "unknown"
    return _Package(name, version, metadata["Author"] or "", tuple(found.requires or ()))


def _from_entry_point(package: _Package, entry_point: EntryPoint) -> Candidate:
    return Candidate(
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


def _from_file(name: str, path: Path, provenance: Provenance) -> Candidate:
    return Candidate(
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


def left_out(candidate: Candidate, sources: Sources) -> str | None:
    """Say why a plugin is not wanted; None when it is."""
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


def module_source(module: ModuleType) -> tuple[str, str]:
    """Say where an imported module can be found again by another process."""
    if not module.__file__:
        raise ValueError(f"expected a module that comes from a file, got {module!r}")
    name = re.sub(r"\W", "_", module.__name__) if "." not in module.__name__ else module.__name__
    return name, module.__file__
