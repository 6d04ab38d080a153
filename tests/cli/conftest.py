"""Every test of the command line has a folder and an environment of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

_OTHERS = ("DATABASE_URL", "DB_PATH", "HOST", "AUTH_ENABLED", "DEFAULT_PASSWORD", "MAX_USERS")


@pytest.fixture(autouse=True, scope="module")
def _essentials_alone() -> Iterator[None]:
    """Have what commands print not depend on which packages and programs a machine has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASHIM_PACKAGES", "ashim-essentials,ashim-example")
        yield


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in _OTHERS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
