"""The parts of one server, put together: tools, executor, storage, jobs, database, accounts."""

import os
import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ashim_core.branding import Branding
from ashim_core.config import Config
from ashim_core.discovery import Plugin, Sources, discover
from ashim_core.events import Events
from ashim_core.executors.executor import Executor
from ashim_core.executors.lanes import Lanes, LaneSettings
from ashim_core.identity.service import Identity
from ashim_core.jobs.folders import WorkFolders
from ashim_core.jobs.kept import FolderResults
from ashim_core.jobs.service import Jobs
from ashim_core.jobs.table import JobTable
from ashim_core.library.blobs import FolderBlobs
from ashim_core.library.service import Library
from ashim_core.library.sweep import sweep as sweep_library
from ashim_core.library.thumbnails import Thumbnails
from ashim_core.offer import host_of, refuse_failures, sources_of
from ashim_core.pipelines.saved import SavedPipelines
from ashim_core.preferences import Preferences, PreferenceStore
from ashim_core.presence import Presence
from ashim_core.registry import Registry, Toggles
from ashim_core.store.database import Store, open_store
from ashim_core.store.migrate import migrate

_SECRET_BYTES = 32
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Core:
    """Everything that answers requests, without the web."""

    config: Config
    registry: Registry
    plugins: list[Plugin]
    jobs: Jobs
    store: Store
    identity: Identity
    preferences: PreferenceStore
    branding: Branding
    pipelines: SavedPipelines
    library: Library
    thumbnails: Thumbnails
    secret: bytes
    presence: Presence
    events: Events

    def tools(self, preferences: Preferences) -> Registry:
        """Give the tools as the operator and the administrators want them offered."""
        disabled = self.config.disabled_tools | frozenset(preferences.disabled_tools)
        return self.registry.toggled(Toggles(disabled, preferences.enable_experimental_tools))

    def sweep(self) -> None:
        """Remove what has expired."""
        self.jobs.sweep()
        self.identity.sweep()
        sweep_library(self.store, self.library)

    def close(self) -> None:
        """Stop the workers and let go of the data."""
        self.jobs.close()
        self.events.close()
        self.store.close()
        self.presence.close()


def build_core(
    config: Config,
    sources: Sources | None = None,
    executor: Callable[[Registry], Executor] | None = None,
) -> Core:
    """Discover the tools and start what runs them.

    Raises RuntimeError when a plugin failed and the configuration says that this is fatal, and
    StoreProblem when the database can't be used.
    """
    sources = sources or sources_of(config)
    registry, plugins = discover(sources)
    registry = registry.at(host_of(config))
    refuse_failures(plugins, config)
    data = config.data_dir.resolve()
    presence = Presence(data)
    if not presence.alone:
        presence.share()
    events = Events()
    store = open_data(config)
    work = WorkFolders(data)
    presence.share()
    runner = executor(registry) if executor else _lanes(config, sources, registry)
    jobs = Jobs(
        work,
        FolderResults(data / "jobs"),
        runner,
        limits=config.limits,
        table=JobTable(store, work.instance),
        at_a_time=config.concurrent_jobs,
        hours=config.file_max_age_hours,
        events=events,
    )
    blobs = FolderBlobs(data / "files")
    thumbnails = Thumbnails(data / "thumbnails", jobs, blobs)
    library = Library(
        store,
        blobs,
        thumbnails.forget,
        quota=config.library_quota_mb * _MIB,
        root_path=config.root_path,
        events=events,
    )
    preferences = PreferenceStore(store, config)
    if preferences.load().startup_cleanup:
        jobs.sweep()
        sweep_library(store, library)
    return Core(
        config=config,
        registry=registry,
        plugins=plugins,
        jobs=jobs,
        store=store,
        identity=Identity(store, config),
        preferences=preferences,
        branding=Branding(data / "branding", jobs, preferences),
        pipelines=SavedPipelines(store, config),
        library=library,
        thumbnails=thumbnails,
        secret=_secret(data / "secret"),
        presence=presence,
        events=events,
    )


def open_data(config: Config) -> Store:
    """Open the database in its present form; StoreProblem when it can't be used."""
    store = open_store(config.database_url.get_secret_value(), config.database_path)
    try:
        migrate(store)
    except BaseException:
        store.close()
        raise
    return store


def _lanes(config: Config, sources: Sources, registry: Registry) -> Executor:
    return Lanes(
        registry,
        sources,
        fast=LaneSettings(config.limits, config.concurrent_jobs, config.queue_size),
        heavy=LaneSettings(config.heavy_limits, config.heavy_jobs, config.queue_size),
        # The data folder may be shared with other hosts.
        meeting=config.data_dir.resolve() / "hosts" / socket.gethostname() / "heavy",
    )


def _secret(path: Path) -> bytes:
    """Read the key that signs download links; make one the first time.

    Several processes may start at a time: the file appears whole or not at all, and once.
    """
    if not path.exists():
        scratch = path.with_name(f"secret.{os.getpid()}.{secrets.token_hex(4)}")
        scratch.touch(mode=0o600)
        scratch.write_bytes(secrets.token_bytes(_SECRET_BYTES))
        with suppress(FileExistsError):
            os.link(scratch, path)
        scratch.unlink()
    return path.read_bytes()
