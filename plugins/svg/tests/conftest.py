"""What the tests of drawings share."""

from collections.abc import Iterator
from contextlib import closing

import ashim_essentials.resize
import ashim_svg.codec
import ashim_svg.svg_to_raster
import pytest

from ashim_core.testing import MakeClient, ToolClient
from ashim_core.testing.client import make_client

MODULES = (ashim_svg.codec, ashim_svg.svg_to_raster, ashim_essentials.resize)


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(*MODULES)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToolClient]:
    """Real worker processes with all limits; nothing may stay."""
    folder = tmp_path_factory.mktemp("svg")
    made = make_client(folder, *MODULES, workers=True)
    with closing(made) as client:
        yield client
        assert not client.job_folders()
