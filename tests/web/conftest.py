"""A client of well-behaved tools of every shape."""

from pathlib import Path

import pytest

from ashim_core.testing import MakeClient, ToolClient
from tests.data import plain


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(plain)


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    """The folder that holds a folder for every kept job of `client`."""
    return tmp_path / "ashim" / "jobs"
