"""The parts of one server, put together: tools, executor, storage, jobs."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ashim_core.config import Config
from ashim_core.discovery import Plugin, Sources, discover
from ashim_core.jobs.executor import Executor
from ashim_core.jobs.pool import PoolExecutor
from ashim_core.jobs.service import Jobs
from ashim_core.registry import Registry
from ashim_core.storage import JobStorage

_SECRET_BYTES = 32


@dataclass(frozen=True)
class Core:
    """Everything that answers requests, without the web."""

    config: Config
    registry: Registry
    plugins: list[Plugin]
    jobs: Jobs
    secret: bytes

    def close(self) -> None:
        """Stop the workers."""
        self.jobs.executor.close()


def build_core(
    config: Config,
    sources: Sources | None = None,
    executor: Callable[[Registry], Executor] | None = None,
) -> Core:
    """Discover the tools and start what runs them.

    Raises RuntimeError when a plugin failed and the configuration says that this is fatal.
    """
    sources = sources or sources_of(config)
    registry, plugins = discover(sources, config.disabled_tools)
    refuse_failures(plugins, config)
    storage = JobStorage(config.data_dir.resolve() / "jobs", config.file_max_age_hours)
    storage.sweep(started=True)
    runner = executor(registry) if executor else _pool(config, sources)
    return Core(
        config=config,
        registry=registry,
        plugins=plugins,
        jobs=Jobs(storage, runner, config.limits),
        secret=_secret(config.data_dir / "secret"),
    )


def sources_of(config: Config) -> Sources:
    """Say where the configuration allows plugins to come from."""
    return Sources(
        packages=config.packages,
        plugins_dir=config.plugins_dir.resolve() if config.plugins_dir else None,
        safe_mode=config.safe_mode,
    )


def refuse_failures(plugins: list[Plugin], config: Config) -> None:
    """Stop at the first failed plugin if the author asked for that."""
    failed = [plugin for plugin in plugins if plugin.status == "failed"]
    if failed and config.strict_plugins:
        raise RuntimeError(
            "\n".join(f"plugin {item.name} ({item.provenance}): {item.reason}" for item in failed)
        )


def _pool(config: Config, sources: Sources) -> Executor:
    return PoolExecutor(
        sources,
        workers=config.concurrent_jobs,
        queue_size=config.queue_size,
        memory_mb=config.worker_memory_mb,
    )


def _secret(path: Path) -> bytes:
    """Read the key that signs download links; make one the first time."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(_SECRET_BYTES))
    return path.read_bytes()
