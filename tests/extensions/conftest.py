"""Servers with the packages in `tests/data/packages`, each as if it were installed."""

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ashim_core.config import Config
from ashim_core.discovery import Plugin, Sources, module_source
from ashim_core.executors.executor import InlineExecutor
from ashim_core.server.build import build_core
from ashim_core.testing import ToolClient, sample
from tests.conftest import DATA
from tests.data import plain

PACKAGES = DATA / "packages"
Extended = Callable[..., ToolClient]


@pytest.fixture
def extended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Extended]:
    """Make a client of a server with some packages, the tools of `tests.data.plain`, and no others.

    `extended("toy-api")`. Nobody signs in unless keywords say so; what it starts beside the
    requests is started. workers: tasks are run by what a server has for it, not in this process.
    """
    made: list[ToolClient] = []
    before = set(sys.modules)

    def make(*names: str, workers: bool = False, **config: Any) -> ToolClient:
        for name in names:
            monkeypatch.syspath_prepend(str(PACKAGES / name))
        given = {"auth_enabled": False, "rate_limit_per_min": 0, **config}
        sources = Sources(packages=frozenset(names), modules=(module_source(plain),))
        core = build_core(
            Config(data_dir=tmp_path / "ashim", **given),
            sources,
            None if workers else InlineExecutor,
        )
        made.append(ToolClient(core))
        core.extensions.start()
        return made[-1]

    yield make
    for client in made:
        client.close()
    for added in set(sys.modules) - before:
        if added.startswith("toy_"):
            del sys.modules[added]


def fate(client: ToolClient, name: str) -> Plugin:
    """Give what became of the plugin of the server in a package."""
    plugins = client.core.extensions.plugins
    (plugin,) = [item for item in plugins if item.provenance.distribution == name]
    return plugin


def post(client: ToolClient, tool: str = "same", **headers: str) -> Any:
    """Run a tool on a picture; give the answer, which is read whole."""
    form = {"file": (io.BytesIO(sample("rgb")), "a.png")}
    answer = client.http.post(f"/api/v1/tools/{tool}", data=form, headers=headers)
    answer.get_data()
    answer.close()
    return answer
