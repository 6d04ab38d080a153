"""A client of well-behaved tools of every shape."""

from pathlib import Path

import pytest

from ashim_core.testing import MakeClient, ToolClient
from tests.data import plain


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(plain)


@pytest.fixture
def jobs(client: ToolClient) -> Path:
    """The folder that holds a folder for every kept job of `client`."""
    return client.core.config.data_dir / "jobs"
