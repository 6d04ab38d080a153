"""Every installed tool keeps the rules, and every one of this repository is installed.

So the packages of this repository leave the check out of their own tests: it is made here, once.
"""

import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest

from ashim_core.discovery import Sources, discover
from ashim_core.testing import check_tool
from ashim_core.tool import Tool
from docs._make.packages import FILES, NAMES

REGISTRY, PLUGINS = discover(Sources())


@pytest.mark.parametrize("tool", list(REGISTRY), ids=lambda tool: tool.id)
def test_keeps_the_rules(tool: Tool) -> None:
    check_tool(tool)


def test_every_plugin_loads() -> None:
    assert [plugin for plugin in PLUGINS if plugin.status != "loaded"] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_the_package_is_installed_as_it_is_written(path: Path) -> None:
    project = tomllib.loads(path.read_text())["project"]
    installed: dict[str, dict[str, str]] = {}
    for point in distribution(project["name"]).entry_points:
        installed.setdefault(point.group, {})[point.name] = point.value
    assert installed == project["entry-points"], (
        f"the entry points of {project['name']} changed after it was installed; "
        f"run: pip install --no-deps -e plugins/{path.parent.name}"
    )


def test_safe_mode_loads_what_is_shipped_by_this_repository_and_nothing_else() -> None:
    _, plugins = discover(Sources(safe_mode=True))
    loaded = {one.provenance.distribution for one in plugins if one.status == "loaded"}
    there = {one.provenance.distribution for one in plugins}
    assert loaded == NAMES & there - {"ashim-example"}, "the example is for others to copy"
