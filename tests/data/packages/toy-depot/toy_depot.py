"""Everything that is kept lies in a place of its own, named by a variable."""

from collections.abc import Iterable
from pathlib import Path

from pydantic import Field, SecretStr

from ashim_core.extension import (
    FolderBlobs,
    FolderResults,
    PluginConfig,
    Server,
    Storage,
    hookimpl,
)


class DepotConfig(PluginConfig, name="toy-depot"):
    """Where the depot is."""

    folder: Path = Field(default=Path("depot"), description="Folder of the depot")
    room: int = Field(default=1, ge=1, description="Of its rooms, counted from 1")
    key: SecretStr = Field(default=SecretStr(""), description="Opens it")


@hookimpl
def ashim_config() -> Iterable[type[PluginConfig]]:
    yield DepotConfig


@hookimpl
def ashim_storage(server: Server) -> Storage:
    config = server.config(DepotConfig)
    place = config.folder / f"room {config.room} {config.key.get_secret_value()}".strip()
    return Storage(blobs=FolderBlobs(place / "files"), results=FolderResults(place / "jobs"))
