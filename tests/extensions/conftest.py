"""Servers with the packages in `tests/data/packages`, each as if it were installed."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ashim_core.config import Config
from ashim_core.discovery import Sources
from ashim_core.executors.executor import InlineExecutor
from ashim_core.server.build import build_core
from ashim_core.testing import ToolClient
from tests.conftest import DATA

PACKAGES = DATA / "packages"
Extended = Callable[..., ToolClient]


@pytest.fixture
def extended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Extended]:
    """Make a client of a server with some packages and no others: `extended("toy-api")`.

    Nobody signs in unless keywords say so; what it starts beside the requests is started.
    """
    made: list[ToolClient] = []
    before = set(sys.modules)

    def make(*names: str, **config: Any) -> ToolClient:
        for name in names:
            monkeypatch.syspath_prepend(str(PACKAGES / name))
        given = {"auth_enabled": False, "rate_limit_per_min": 0, **config}
        core = build_core(
            Config(data_dir=tmp_path / "ashim", **given),
            Sources(packages=frozenset(names)),
            InlineExecutor,
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
