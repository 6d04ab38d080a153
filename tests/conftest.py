"""Fixtures of the core's own tests."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pymysql.connections import Connection  # type: ignore[import-untyped]

from ashim_core import installation
from ashim_core.config import Config
from ashim_core.core import Core
from ashim_core.discovery import Sources
from ashim_core.server.build import build_core
from ashim_core.testing.client import ToolClient, make_client

DATA = Path(__file__).parent / "data"


@pytest.fixture(autouse=True)
def from_packages(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Have all hints be those of an installation from packages, however the tests are run."""
    monkeypatch.setattr(installation, "PREFIX", tmp_path_factory.getbasetemp())


@pytest.fixture(autouse=True, scope="session")
def quick_connections() -> Iterator[None]:
    """Read this machine's certificates once: every connection to MySQL does, and needs none."""
    context = Connection._create_ssl_ctx(None, {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Connection, "_create_ssl_ctx", lambda self, given: context)
        yield


@pytest.fixture
def everything(tmp_path: Path) -> Iterator[ToolClient]:
    """Every installed tool, run in this process."""
    with closing(make_client(tmp_path / "ashim")) as client:
        yield client


@pytest.fixture(scope="session")
def pooled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Core]:
    """Every installed tool and the naughty ones, run in real worker processes."""
    config = Config(
        data_dir=tmp_path_factory.mktemp("pooled"),
        processing_timeout_s=3,
        ASHIM_PIXEL_TIME=0,
        auth_enabled=False,
        rate_limit_per_min=0,
    )
    sources = Sources(modules=(("naughty", str(DATA / "naughty.py")),))
    core = build_core(config, sources)
    yield core
    core.close()


@pytest.fixture
def server(pooled: Core) -> Iterator[ToolClient]:
    """A client of the server with real workers; fails a test that leaves files behind."""
    client = ToolClient(pooled)
    yield client
    assert not client.job_folders()
