"""The server's configuration, and the only reader of the environment."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ashim_core.limits import Limits

PREFIX = "ASHIM_"


class Config(BaseSettings):
    """Every variable of the environment that ashim reads, with its default."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=1349, ge=0, le=65535, description="Port to listen on")
    data_dir: Path = Field(default=Path("data"), description="Folder for everything that is kept")
    concurrent_jobs: int = Field(
        default=3, ge=1, le=64, description="Workers of the fast lane: pictures processed at a time"
    )
    queue_size: int = Field(
        default=64,
        ge=1,
        alias="ASHIM_QUEUE_SIZE",
        description="Tasks that may wait for a worker; beyond it callers get 503",
    )
    max_upload_size_mb: int = Field(default=100, ge=1, description="Largest single upload, in MiB")
    max_megapixels: float = Field(
        default=100, gt=0, description="Width x height x frames of one picture, in millions"
    )
    processing_timeout_s: float = Field(
        default=10, gt=0, description="Wall time of one task, in seconds"
    )
    worker_memory_mb: int = Field(
        default=768,
        ge=256,
        alias="ASHIM_WORKER_MEMORY_MB",
        description="Memory of one worker, in MiB",
    )
    file_max_age_hours: float = Field(
        default=24, gt=0, description="How long results can be downloaded, in hours"
    )
    cleanup_interval_minutes: float = Field(
        default=30, gt=0, description="How often expired results are removed, in minutes"
    )
    root_path: str = Field(
        default="",
        alias="ASHIM_ROOT_PATH",
        description="Path prefix behind a proxy, such as /ashim",
    )
    web_threads: int = Field(
        default=96,
        ge=2,
        alias="ASHIM_WEB_THREADS",
        description="Requests served at a time; more than workers and queue together, so that "
        "there is always one left to say that the server is well",
    )
    disabled_tools: Annotated[frozenset[str], NoDecode] = Field(
        default=frozenset(),
        alias="ASHIM_DISABLED_TOOLS",
        description="Tool ids to switch off, separated by commas",
    )
    packages: Annotated[frozenset[str] | None, NoDecode] = Field(
        default=None,
        alias="ASHIM_PACKAGES",
        description="Distributions whose tools are loaded, separated by commas; unset: all",
    )
    plugins_dir: Path | None = Field(
        default=None,
        alias="ASHIM_PLUGINS_DIR",
        description="Folder of single-file plugins; its files are executed, unset: none",
    )
    strict_plugins: bool = Field(
        default=False,
        alias="ASHIM_STRICT_PLUGINS",
        description="Refuse to start when a plugin fails to load",
    )
    safe_mode: bool = Field(
        default=False, alias="ASHIM_SAFE_MODE", description="Load no third-party plugins"
    )

    @field_validator("disabled_tools", "packages", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return frozenset(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("root_path")
    @classmethod
    def _one_leading_slash(cls, value: str) -> str:
        stripped = value.strip("/")
        return f"/{stripped}" if stripped else ""

    @property
    def limits(self) -> Limits:
        """The budgets of one task."""
        return Limits(
            megapixels=self.max_megapixels,
            seconds=self.processing_timeout_s,
            memory_mb=self.worker_memory_mb,
        )

    @property
    def max_upload_bytes(self) -> int:
        return self.max_upload_size_mb * 1024 * 1024


def unknown_variables() -> list[str]:
    """Name the `ASHIM_*` variables that are set but that nothing reads: most often a typo."""
    known = {field.alias for field in Config.model_fields.values()}
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)


_HARMLESS = frozenset(
    {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH"}
)


@contextmanager
def minimal_environment(extra: Mapping[str, str]) -> Iterator[None]:
    """Hide the environment, and all secrets in it, from processes that start meanwhile.

    Only for the start of a server, when no other thread reads the environment.
    """
    whole = dict(os.environ)
    try:
        for name in whole.keys() - _HARMLESS:
            del os.environ[name]
        os.environ.update(extra)
        yield
    finally:
        os.environ.clear()
        os.environ.update(whole)
