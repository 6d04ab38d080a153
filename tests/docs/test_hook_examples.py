"""The example of every hook is a plugin as it stands: it is loaded, and gives what is wanted."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Blueprint

from ashim_core.discovery import GROUP, SERVER_GROUP, Sources, discover
from ashim_core.events import Event
from ashim_core.executors.executor import Executor, InlineExecutor
from ashim_core.extensions.configs import PluginConfig
from ashim_core.extensions.pages import Panel, Site
from ashim_core.extensions.storage import Storage
from ashim_core.identity.external import External
from ashim_core.jobs.kept import FolderResults
from ashim_core.library.blobs import FolderBlobs
from ashim_core.registry import Registry
from ashim_core.testing import MakeClient
from docs._make.hooks import example_of, hooks
from tests.data import plain

TOOLS = """
from collections.abc import Iterable
from ashim_core.plugin import *
class NegativeSettings(ToolSettings): ...
def negative(image: pyvips.Image, settings: NegativeSettings) -> pyvips.Image:
    "Turn it over."
    return image.invert()
is_heif = bool
probe = read = None
"""
SERVER = """
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from flask import Blueprint
from pydantic import Field
from ashim_core.extension import *
class FarmConfig(PluginConfig, name="farm"):
    url: str = ""
class BucketConfig(PluginConfig, name="bucket"):
    url: str = ""
class Hello(Record):
    name: str
"""
EXAMPLES = [
    pytest.param(group, name, example_of(function), id=name) for group, name, function in hooks()
]


class Handle:
    """As much of a server as the examples use."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def config(self, kind: type[PluginConfig]) -> PluginConfig:
        return kind()

    def data(self, name: str) -> "Handle":
        return self

    def set(self, key: str, value: Any, *, seconds: float) -> None:
        self.kept[key] = value


class Watcher:
    """Something that runs beside the requests."""

    def __init__(self, server: object) -> None:
        self.runs = False

    def start(self) -> None:
        self.runs = True

    def stop(self) -> None:
        self.runs = False


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str, str], ModuleType]:
    """Make a module of what stands before an example, and the example."""

    def make(group: str, code: str) -> ModuleType:
        place = tmp_path / "example.py"
        for folder, file in (("static", "index.html"), ("panel", "panel.js")):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / file).touch()
        module = ModuleType("hook_example")
        module.__file__ = str(place)
        vars(module).update(
            pyvips=sys.modules["pyvips"],
            Farm=lambda url: InlineExecutor(Registry()),
            Bucket=lambda config: tmp_path / "bucket",
            BucketBlobs=FolderBlobs,
            BucketResults=FolderResults,
            Watcher=Watcher,
        )
        place.write_text((TOOLS if group == GROUP else SERVER) + code)
        exec(compile(place.read_text(), place, "exec"), vars(module))
        return module

    return make


WANTED: dict[str, Callable[[Any, Handle], Any]] = {
    "ashim_config": lambda hook, server: [issubclass(it, PluginConfig) for it in hook()] == [True],
    "ashim_executor": lambda hook, server: (
        isinstance(hook("heavy", server), Executor) and hook("fast", server) is None
    ),
    "ashim_storage": lambda hook, server: isinstance(hook(server), Storage),
    "ashim_sites": lambda hook, server: [type(site) for site in hook()] == [Site],
    "ashim_panels": lambda hook, server: [type(panel) for panel in hook()] == [Panel],
    "ashim_blueprints": lambda hook, server: [type(it) for it in hook(server)] == [Blueprint],
    "ashim_identify": lambda hook, server: (
        hook({"Remote-User": "ada"}, "192.0.2.1") == External("proxy", "ada")
        and hook({"Remote-User": "ada"}, "192.0.2.2") is None
    ),
    "ashim_event": lambda hook, server: (
        hook(Event("job.failed", 0, "", {"code": "X"}, id="1"), server) is None
        and server.kept == {"1": {"code": "X"}}
    ),
    "ashim_start": lambda hook, server: hook(server).__self__.runs,
}
"""For each hook of the server: whether its example gives what it should."""


@pytest.mark.parametrize(("group", "name", "code"), EXAMPLES)
def test_an_example_is_a_plugin_as_it_stands(
    load: Callable[[str, str], ModuleType], group: str, name: str, code: str
) -> None:
    module = load(group, code)
    if group == GROUP:
        source = ("hook_example", str(module.__file__))
        sys.modules["hook_example"] = module
        try:
            _, plugins = discover(Sources(entry_points=False, modules=(source,)))
        finally:
            del sys.modules["hook_example"]
        assert [(plugin.status, plugin.reason) for plugin in plugins] == [("loaded", None)]
    else:
        assert WANTED[name](getattr(module, name), Handle())


def test_every_hook_of_the_server_has_an_example_that_is_looked_at() -> None:
    assert [name for group, name, _ in hooks() if group == SERVER_GROUP] == list(WANTED)


def test_the_routes_of_the_example_answer(
    ashim: MakeClient, load: Callable[[str, str], ModuleType]
) -> None:
    (code,) = [param.values[2] for param in EXAMPLES if param.id == "ashim_blueprints"]
    module = load(SERVER_GROUP, str(code))
    sys.modules["hook_example"] = module
    try:
        client = ashim(plain, server=[module])
    finally:
        del sys.modules["hook_example"]
    assert client.http.get("/api/hello").get_json() == {"name": "local"}
