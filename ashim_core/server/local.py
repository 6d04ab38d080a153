"""The engine and the storage of every server: this machine's workers, and its data folder.

They come by the same hooks as those of packages, and are asked last.
"""

import socket
from pathlib import Path

from ashim_core.config import Config
from ashim_core.discovery import Sources
from ashim_core.executors.executor import Executor
from ashim_core.executors.local import LaneSettings, LocalPools
from ashim_core.extensions.storage import Storage
from ashim_core.hookspecs import hookimpl
from ashim_core.host import Host
from ashim_core.jobs.kept import FolderResults
from ashim_core.library.blobs import FolderBlobs
from ashim_core.limits import Lane


class Local:
    """What a server has that no package gives something better. data: its data folder."""

    def __init__(self, config: Config, data: Path, sources: Sources, host: Host) -> None:
        self._data = data
        self.pools = LocalPools(
            sources,
            host,
            fast=LaneSettings(config.limits, config.concurrent_jobs, config.queue_size),
            heavy=LaneSettings(config.heavy_limits, config.heavy_jobs, config.queue_size),
            # The data folder may be shared with other hosts.
            meeting=data / "hosts" / socket.gethostname() / "heavy",
        )

    @hookimpl
    def ashim_executor(self, lane: Lane) -> Executor:
        return self.pools.start(lane)

    @hookimpl
    def ashim_storage(self) -> Storage:
        return Storage(FolderBlobs(self._data / "files"), FolderResults(self._data / "jobs"))
