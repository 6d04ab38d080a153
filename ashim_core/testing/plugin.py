"""The pytest plugin that comes with ashim-core: the fixture `ashim`.

It runs the tools of the modules it is given and refuses to look at what else is installed, so a
test of one package says the same on every machine.
"""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ashim_core.testing.client import MakeClient, ToolClient


@pytest.fixture
def ashim(tmp_path: Path) -> "Iterator[MakeClient]":
    """Make a client for the tools of one or more modules: `client = ashim(my_module)`.

    Nobody has to sign in, and requests are not counted, unless keywords say so:
    `ashim(my_module, auth_enabled=True, rate_limit_per_min=100)`.
    """
    from ashim_core.testing.client import make_client  # noqa: PLC0415 - pytest loads this always

    made: list[ToolClient] = []

    def make(module: ModuleType, *more: ModuleType, **config: Any) -> "ToolClient":
        made.append(make_client(tmp_path / "ashim", module, *more, **config))
        return made[-1]

    yield make
    for client in made:
        client.close()
