"""Who may import whom. The folder names promise an architecture; this keeps the promise."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Collection, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from ashim_core.discovery import SERVER_GROUP
from docs._make.packages import NAMES

ROOT = Path(__file__).parents[1]
CORE = ROOT / "ashim_core"

BASE = {"ashim_core", "errors", "limits", "colour", "ids", "names", "host", "model"}
"""Not the configuration: workers know nothing of it, and reading it takes long."""
TOOLS = BASE | {
    "signature",
    *("discovery", "extra", "gives", "hookspecs", "plugin", "registry", "tool", "wire"),
    *("requirement", "work"),
}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "limits": set(),
    "host": {"limits"},
    "model": {"errors", "host"},
    "requirement": {"host", "installation"},
    "variables": {"config", "configured"},
    "ids": set(),
    "colour": set(),
    "names": set(),
    "installation": set(),
    "archive": {"names"},
    "borrowed": set(),
    "hookspecs": {"imaging", "tool"},
    "policy": {"errors"},
    "wire": {"errors", "wire"},
    "store": {"errors", "installation", "store"},
    "identity": {
        *("config", "errors", "identity", "ids", "installation", "policy", "store", "wire"),
    },
    "backup": {"ashim_core", "backup", "borrowed", "identity", "library", "policy", "store"},
    "preferences": {
        *("config", "errors", "identity", "policy", "store", "wire"),
    },
    "branding": {"engine", "jobs", "own", "policy", "preferences"},
    "config": {"configured", "limits"},
    "configured": set(),
    "environment": set(),
    "imaging": BASE | {"imaging", "installation"},
    "describe": {"discovery", "gives", "imaging", "registry", "tool"},
    "tool": {
        *("colour", "extra", "gives", "host", "ids", "imaging", "limits", "model", "requirement"),
        *("signature", "titles", "work"),
    },
    "titles": set(),
    "signature": {"work"},
    "extra": {"ids"},
    "gives": set(),
    "work": {"model"},
    "about": {"errors", "tool"},
    "plugin": {"about", "imaging", "programs", "report", "svg", *TOOLS},
    "report": {"titles", "tool"},
    "programs": {"errors"},
    "registry": {"errors", "host", "imaging", "limits", "tool"},
    "discovery": {
        *("ashim_core", "discovery", "hookspecs", "imaging", "installation", "own", "registry"),
        "tool",
    },
    "own": {"errors", "imaging", "svg", "tool"},
    "svg": {"errors", "svg"},
    "engine": TOOLS | {"engine", "environment", "imaging"},
    "executors": TOOLS | {"engine", "environment", "executors", "imaging"},
    "events": {"ids"},
    "extensions": {
        *("ashim_core", "configured", "discovery", "engine", "errors", "events", "extensions"),
        "jobs",
        *("library", "registry", "store"),
    },
    "server": {
        *("branding", "config", "core", "describe", "discovery", "engine", "errors", "events"),
        *("executors", "extensions", "hookspecs", "host", "identity", "jobs", "library", "limits"),
        *("offer", "pipelines", "policy", "preferences", "presence", "registry", "server"),
        "store",
    },
    "jobs": TOOLS | {"archive", "borrowed", "engine", "events", "executors", "jobs", "store"},
    "pipelines": {
        *("config", "engine", "errors", "gives", "identity", "ids", "pipelines", "policy"),
        *("registry", "store", "tool", "wire"),
    },
    "client": {"client", "errors", "ids", "names"},
    "library": {
        *("engine", "errors", "events", "identity", "ids", "imaging", "jobs", "library", "names"),
        *("own", "policy", "store", "wire"),
    },
    "offer": {"config", "discovery", "host", "registry"},
    "presence": set(),
    "data_folder": set(),
    "core": {
        *("branding", "config", "discovery", "events", "extensions", "identity", "jobs", "library"),
        *("pipelines", "preferences", "presence", "registry", "store"),
    },
    "openapi": {
        *(
            "ashim_core",
            "config",
            "describe",
            "extra",
            "gives",
            "identity",
            "ids",
            "imaging",
            "openapi",
        ),
        *("policy", "preferences", "registry", "tool"),
    },
}
"""Part of the core to the parts that it may import. `web`, `cli` and `testing` may import all."""

MOST_LINES = 400
FREE = {"web", "cli", "testing", "extension", "ashim_core"}


def imports(path: Path) -> Iterator[str]:
    """Give the modules that a file imports, those for type checking included."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "ashim_core":
                yield from (f"ashim_core.{alias.name}" for alias in node.names)
            else:
                yield node.module


def part(module: str) -> str:
    """Give the part of the core that a module belongs to."""
    return [*module.split("."), "ashim_core"][1]


def files() -> list[Path]:
    return sorted(CORE.rglob("*.py"))


def name_of(path: Path) -> str:
    first = path.relative_to(CORE).parts[0].removesuffix(".py")
    return "ashim_core" if first == "__init__" else first


def test_every_part_is_listed() -> None:
    assert {name_of(path) for path in files()} == MAY_IMPORT.keys() | FREE


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(CORE)))
def test_imports_stay_inside_the_borders(path: Path) -> None:
    own = name_of(path)
    used = {part(name) for name in imports(path) if name.startswith("ashim_core")}
    if own not in {"web", "cli", "testing", "extension"}:
        assert not used & {"web", "cli", "testing"}
    if own not in FREE:
        assert used <= MAY_IMPORT[own], f"{own} may not import {used - MAY_IMPORT[own]}"


@pytest.mark.parametrize("part_name", sorted(MAY_IMPORT))
def test_flask_is_known_to_the_web_only(part_name: str) -> None:
    """And to the hook that takes what it is made for."""
    for path in files():
        if name_of(path) == part_name and path.name != "hookspecs.py":
            assert not {"flask", "werkzeug"} & {name.split(".")[0] for name in imports(path)}


def test_no_file_is_too_long_to_have_one_subject() -> None:
    paths = [*files(), *ROOT.glob("docs/_make/*.py"), *ROOT.glob("plugins/*/ashim_*/**/*.py")]
    lines = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in paths}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def modules() -> dict[str, Path]:
    found = {}
    for path in files():
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = path
    return found


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Those that are imported for their types alone count as well."""
    known = modules()
    graph = {name: known.keys() & imported(path, known) for name, path in known.items()}
    sorter = TopologicalSorter({name: found - {name} for name, found in graph.items()})
    sorter.prepare()  # CycleError names them


def imported(path: Path, known: Collection[str]) -> set[str]:
    """Give the modules that a file imports, or imports something from."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (names & set(known)) or {node.module}
    return found


def plugin_files() -> list[Path]:
    return sorted(ROOT.glob("plugins/*/ashim_*/**/*.py"))


def groups_of(path: Path) -> set[str]:
    """Name the groups of entry points that the package of a file has."""
    folder = ROOT / "plugins" / path.relative_to(ROOT / "plugins").parts[0]
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    return set(project["entry-points"])


@pytest.mark.parametrize("path", plugin_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_plugins_come_by_the_doors_and_by_nothing_else(path: Path) -> None:
    """One for tools, and a second one for what extends the server."""
    used = {name for name in imports(path) if name.split(".")[0] == "ashim_core"}
    doors = {"ashim_core.plugin"}
    if SERVER_GROUP in groups_of(path):
        doors.add("ashim_core.extension")
    assert used <= doors


def test_discovery_imports_no_heavy_library() -> None:
    """Importing every plugin must stay cheap: heavy libraries wait for the first run."""
    heavy = {"PIL", "numpy", "onnxruntime", "cv2", "rembg", "flask"}
    code = (
        "import sys; from ashim_core.discovery import *; discover(Sources()); "
        f"print(sorted({heavy!r} & sys.modules.keys()))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert result.stdout.strip() == "[]"


def test_the_core_names_no_tool_package() -> None:
    """What a tool needs is declared in its package."""
    modules = [path.name for path in ROOT.glob("plugins/*/ashim_*")]
    words = NAMES | set(modules) - {"ashim_example"}
    for path in files():
        text = path.read_text()
        if path.name != "new_tool.py":  # which copies the example
            assert [word for word in words if word in text] == [], path
