"""The engine and the storage of every server: this machine's workers, and its data folder.

They come by the same hooks as those of packages, and are asked last.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ashim_core.config import Config
from ashim_core.discovery import Sources
from ashim_core.executors.executor import Executor
from ashim_core.executors.lanes import Lanes
from ashim_core.executors.local import LaneSettings, LocalPools
from ashim_core.extensions.storage import Storage
from ashim_core.hookspecs import hookimpl
from ashim_core.host import Host
from ashim_core.jobs.kept import FolderResults
from ashim_core.library.blobs import FolderBlobs
from ashim_core.limits import Lane
from ashim_core.offer import offered_tools, sources_of


@contextmanager
def local_executor(config: Config | None = None) -> Iterator[Executor]:
    """Have the workers of this machine, with the tools that are installed on it.

    For a host that works for servers elsewhere: it needs no database, no secret and no web.
    config: as the environment says by default.
    """
    config = config or Config()
    registry, _ = offered_tools(config)
    pools = _pools(config, sources_of(config), registry.host)
    lanes = Lanes(registry, pools.start_all(), pools.limits)
    try:
        yield lanes
    finally:
        lanes.close()


class Local:
    """What a server has that no package gives something better. data: its data folder."""

    def __init__(self, config: Config, data: Path, sources: Sources, host: Host) -> None:
        self._data = data
        # The data folder may be shared with other hosts.
        meeting = data / "hosts" / socket.gethostname() / "heavy"
        self.pools = _pools(config, sources, host, meeting)

    @hookimpl
    def ashim_executor(self, lane: Lane) -> Executor:
        return self.pools.start(lane)

    @hookimpl
    def ashim_storage(self) -> Storage:
        return Storage(FolderBlobs(self._data / "files"), FolderResults(self._data / "jobs"))


def _pools(config: Config, sources: Sources, host: Host, meeting: Path | None = None) -> LocalPools:
    return LocalPools(
        sources,
        host,
        fast=LaneSettings(config.limits, config.concurrent_jobs, config.queue_size),
        heavy=LaneSettings(config.heavy_limits, config.heavy_jobs, config.queue_size),
        meeting=meeting,
    )
