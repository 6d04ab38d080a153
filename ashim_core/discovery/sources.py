"""Where plugins come from, and which of them are wanted: nothing of them is imported yet."""

import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
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
CORE = "ashim-core"


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


@dataclass(frozen=True)
class Candidate:
    """A plugin that could be loaded.

    load: imports its module. check: raises PluginProblem when it must not even be imported.
    installed: it comes from an installed distribution, not from a file that somebody named.
    ours: its package names the same author as the core does.
    """

    name: str
    provenance: Provenance
    load: Callable[[], ModuleType]
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


def candidates(sources: Sources) -> Iterator[Candidate]:
    """Give all that are found, in the order in which they are loaded."""
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
