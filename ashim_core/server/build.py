"""Putting the parts of one server together."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from ashim_core.branding import Branding
from ashim_core.config import Config
from ashim_core.core import Core
from ashim_core.discovery import Sources, discover, installed
from ashim_core.events import Events
from ashim_core.executors.executor import Executor
from ashim_core.executors.lanes import Lanes
from ashim_core.extensions.loaded import Extensions
from ashim_core.extensions.storage import Storage, out_of_order
from ashim_core.identity.service import Identity
from ashim_core.jobs.folders import WorkFolders
from ashim_core.jobs.kept import Results
from ashim_core.jobs.service import Jobs
from ashim_core.jobs.table import JobTable
from ashim_core.library.blobs import Blobs
from ashim_core.library.service import Library
from ashim_core.library.sweep import sweep as sweep_library
from ashim_core.library.thumbnails import Thumbnails
from ashim_core.limits import Lane
from ashim_core.offer import host_of, refuse_failures, sources_of
from ashim_core.pipelines.saved import SavedPipelines
from ashim_core.preferences import PreferenceStore
from ashim_core.presence import Presence
from ashim_core.registry import Registry
from ashim_core.server.group import discover_extensions
from ashim_core.server.local import Local
from ashim_core.server.server import Server
from ashim_core.store.database import Store, open_store
from ashim_core.store.migrate import migrate

_SECRET_BYTES = 32
_MIB = 1024 * 1024
_LANES: tuple[Lane, ...] = ("fast", "heavy")


def build_core(
    config: Config,
    sources: Sources | None = None,
    executor: Callable[[Registry], Executor] | None = None,
) -> Core:
    """Discover the plugins and start what runs the tools.

    executor: runs them in the place of workers, and of what a plugin has to offer.
    Raises RuntimeError when a plugin failed and the configuration says that this is fatal, and
    StoreProblem when the database can't be used.
    """
    sources = sources or sources_of(config)
    packages = installed() if sources.entry_points else {}
    registry, plugins = discover(sources, packages)
    registry = registry.at(host_of(config))
    extensions = discover_extensions(sources, packages)
    extensions.configure()
    registry = registry.showing(partial(extensions.panel_of, config.root_path))
    refuse_failures([*plugins, *extensions.plugins], config)
    data = config.data_dir.resolve()
    presence = Presence(data)
    if not presence.alone:
        presence.share()
    store = open_data(config)
    work = WorkFolders(data)
    presence.share()
    server = Server(config, store, extensions)
    extensions.begin(server)
    local = Local(config, data, sources, registry.host)
    extensions.add_own(local, "local")
    blobs, results = _storage(extensions)
    runner = executor(registry) if executor else _lanes(extensions, registry, local)
    events = Events()
    extensions.listen(events)
    jobs = Jobs(
        work,
        results,
        runner,
        limits=config.limits,
        table=JobTable(store, work.instance),
        at_a_time=config.concurrent_jobs,
        hours=config.file_max_age_hours,
        events=events,
    )
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
    core = Core(
        config=config,
        registry=registry,
        tool_plugins=plugins,
        extensions=extensions,
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
    if preferences.load().startup_cleanup:
        jobs.sweep()
        sweep_library(store, library)
    server.complete(core)
    return core


def open_data(config: Config) -> Store:
    """Open the database in its present form; StoreProblem when it can't be used."""
    store = open_store(config.database_url.get_secret_value(), config.database_path)
    try:
        migrate(store)
    except BaseException:
        store.close()
        raise
    return store


def _storage(extensions: Extensions) -> tuple[Blobs, Results]:
    """Ask where things are kept: the first plugin that has a place has it."""
    hook = "ashim_storage"
    given = [
        storage
        for answer in extensions.of_plugins(hook)
        if (storage := extensions.checked(answer, Storage)) is not None
    ]
    # What one of them has kept may not be looked for in another place.
    given = [*(out_of_order(plugin.name) for plugin in extensions.failed(hook)), *given]
    blobs = next((one.blobs for one in given if one.blobs is not None), None)
    results = next((one.results for one in given if one.results is not None), None)
    if blobs is None or results is None:
        (own,) = (answer.value for answer in extensions.own(hook))
        blobs, results = blobs or own.blobs, results or own.results
    return blobs, results


def _lanes(extensions: Extensions, registry: Registry, local: Local) -> Executor:
    kind: type[Executor] = Executor  # type: ignore[type-abstract]
    executors = {lane: extensions.first("ashim_executor", kind, lane=lane) for lane in _LANES}
    return Lanes(
        registry,
        {lane: found for lane, found in executors.items() if found is not None},
        local.pools.limits,
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
