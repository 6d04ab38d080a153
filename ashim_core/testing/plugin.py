"""The pytest plugin that comes with ashim-core: the fixture `ashim`.

It runs the tools of the modules it is given and refuses to look at what else is installed, so a
test of one package says the same on every machine.
"""

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ashim_core.testing.client import MakeClient, ToolClient


@pytest.fixture
def ashim(tmp_path: Path) -> "MakeClient":
    """Make a client for the tools of one or more modules: `client = ashim(my_module)`."""
    from ashim_core.testing.client import make_client  # noqa: PLC0415 - pytest loads this always

    def make(module: ModuleType, *more: ModuleType, **config: Any) -> "ToolClient":
        return make_client(tmp_path / "ashim", module, *more, **config)

    return make
