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
    from ashim_core.testing.kept import KeptClients, PreparedData

# The imports are inside of the fixtures: pytest loads this file always, also for other projects.


@pytest.fixture(scope="session")
def _prepared_data(tmp_path_factory: pytest.TempPathFactory) -> "PreparedData":
    from ashim_core.testing.kept import PreparedData  # noqa: PLC0415

    return PreparedData(tmp_path_factory.mktemp("prepared"))


@pytest.fixture(scope="module")
def _kept_clients(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[KeptClients]":
    from ashim_core.testing.kept import KeptClients  # noqa: PLC0415

    clients = KeptClients(lambda: tmp_path_factory.mktemp("kept"))
    yield clients
    clients.close()


@pytest.fixture
def ashim(
    request: pytest.FixtureRequest, _prepared_data: "PreparedData", _kept_clients: "KeptClients"
) -> "Iterator[MakeClient]":
    """Make a client for the tools of one or more modules: `client = ashim(my_module)`.

    `server=[my_module]` has plugins of the server as well, and starts what they start.
    Nobody has to sign in, and requests are not counted, unless keywords say so:
    `ashim(my_module, auth_enabled=True, rate_limit_per_min=100)`.

    The data folder is a new one for each test, and the same for all clients that a test makes. The
    tests of a file share a client without keywords until one of them leaves something in its data
    other than jobs, which are removed.
    """
    from ashim_core.testing.client import make_client  # noqa: PLC0415

    made: list[ToolClient] = []
    kept: list[ToolClient] = []

    def make(*modules: ModuleType, **config: Any) -> "ToolClient":
        if not (config or made or kept):
            kept.append(_kept_clients.get(modules, lambda folder: build(folder, *modules)))
            return kept[0]
        first = next(iter([*kept, *made]), None)
        # Asked for here, as most tests need no folder of their own.
        folder = first.core.config.data_dir if first else new_folder()
        made.append(build(folder, *modules, **config))
        return made[-1]

    def new_folder() -> Path:
        path: Path = request.getfixturevalue("tmp_path")
        return path / "ashim"

    def build(folder: Path, *modules: ModuleType, **config: Any) -> "ToolClient":
        if "database_url" not in config:
            _prepared_data.lay_out(folder)
        return make_client(folder, *modules, **config)

    yield make
    for client in made:
        client.close()
    _kept_clients.drop_changed()
