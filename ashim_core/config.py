"""The server's configuration: what the environment says."""

import ipaddress
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from ashim_core.configured import Configured
from ashim_core.limits import Limits

_PASSWORD_MAX = 256

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_PRIVATE = (
    *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
    *("::1/128", "fc00::/7", "fe80::/10"),
)


class Config(Configured):
    """Every variable of the environment that ashim reads, with its default."""

    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=1349, ge=0, le=65535, description="Port to listen on")
    data_dir: Path = Field(default=Path("data"), description="Folder for everything that is kept")
    models_dir: Path | None = Field(
        default=None,
        alias="ASHIM_MODELS_DIR",
        description="Folder of the models that tools load; unset: `models` in the data folder",
    )
    umask: str = Field(
        default="077",
        pattern=r"^0?[0-7]{3}$",
        alias="ASHIM_UMASK",
        description="Permissions that nobody gets for what is in the data folder, in octal; by "
        "default all of them but the owner's",
    )
    concurrent_jobs: int = Field(
        default=3, ge=1, le=64, description="Workers of the fast lane: pictures processed at a time"
    )
    heavy_jobs: int = Field(
        default=1,
        ge=1,
        le=16,
        alias="ASHIM_HEAVY_JOBS",
        description="Workers of the heavy lane, that of models, for all web processes together. "
        "They start with the first task",
    )
    heavy_timeout_s: float = Field(
        default=300,
        gt=0,
        alias="ASHIM_HEAVY_TIMEOUT_S",
        description="Time of one task there, in seconds",
    )
    heavy_memory_mb: int = Field(
        default=4096,
        ge=256,
        alias="ASHIM_HEAVY_MEMORY_MB",
        description="Memory of one worker there, in MiB",
    )
    heavy_threads: int = Field(
        default=2,
        ge=1,
        le=64,
        alias="ASHIM_HEAVY_THREADS",
        description="Processors that one task there keeps busy at a time",
    )
    queue_size: int = Field(
        default=64,
        ge=1,
        alias="ASHIM_QUEUE_SIZE",
        description="Tasks that may wait for a worker; beyond it callers get 503",
    )
    max_upload_size_mb: int = Field(default=100, ge=1, description="Largest single upload, in MiB")
    min_free_mb: int = Field(
        default=100,
        ge=0,
        alias="ASHIM_MIN_FREE_MB",
        description="Free space that must stay on the disk of the data folder, in MiB; below it "
        "nothing new is accepted (507). 0: not checked",
    )
    max_megapixels: float = Field(
        default=100, gt=0, description="Width x height x frames of one picture, in millions"
    )
    processing_timeout_s: float = Field(
        default=10,
        gt=0,
        description="Time of one task, in seconds, on the clock and of CPU. Large pictures get "
        "more, see below",
    )
    pixel_time: float = Field(
        default=2,
        ge=0,
        le=100,
        alias="ASHIM_PIXEL_TIME",
        description="How many times the CPU seconds of its pixels a task gets beyond that, by the "
        "figures of [the formats](formats.md); more for a slow machine. 0: nothing",
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
    auth_enabled: bool = Field(
        default=True,
        description="Ask people to sign in; without it everybody is the administrator",
    )
    default_username: str = Field(
        default="admin",
        pattern=r"^[A-Za-z0-9._-]{3,50}$",
        description="Name of the first administrator, made at the first start",
    )
    default_password: SecretStr | None = Field(
        default=None,
        description="Password of the first administrator; unset: `admin`, accepted from the "
        "server's own machine only, until it is changed",
    )
    skip_must_change_password: bool = Field(
        default=False,
        description="Let new accounts keep the password they were given; for tests",
    )
    session_duration_hours: float = Field(
        default=24, gt=0, description="How long a login lasts, in hours"
    )
    session_idle_minutes: float = Field(
        default=0,
        ge=0,
        alias="ASHIM_SESSION_IDLE_MINUTES",
        description="A login that is not used for so long ends; 0: it doesn't",
    )
    login_attempt_limit: int = Field(
        default=10, ge=1, description="Logins a minute, for each address and for each account"
    )
    max_users: int = Field(default=5, ge=0, description="Accounts there may be; 0: any number")
    max_batch_size: int = Field(
        default=200, ge=1, le=10_000, description="Files that one batch may have"
    )
    rate_limit_per_min: int = Field(
        default=100,
        ge=0,
        description="Requests a minute, all but `/healthz` and `/readyz`, for each account, or "
        "address without one; 0: any number",
    )
    rate_limit_pictures_per_min: int = Field(
        default=600,
        ge=1,
        alias="ASHIM_RATE_LIMIT_PICTURES_PER_MIN",
        description="Requests a minute of people who are signed in for what a page shows many of, "
        "pictures and the progress of jobs; these don't count among the others",
    )
    rate_limit_url: SecretStr = Field(
        default=SecretStr("memory://"),
        alias="ASHIM_RATE_LIMIT_URL",
        description="Where requests are counted: `redis://host:6379` counts for several processes "
        "and hosts together",
    )
    trust_proxy: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(),
        description="Addresses or networks of reverse proxies, separated by commas; only their "
        "`X-Forwarded-*` headers are believed. `true`: every private address",
    )
    cors_origin: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Origins of web pages that may use the API, separated by commas, such as "
        "`https://example.org`; none by default",
    )
    allowed_hosts: Annotated[frozenset[str], NoDecode] = Field(
        default=frozenset(),
        alias="ASHIM_ALLOWED_HOSTS",
        description="Public names of the server, separated by commas, where `AUTH_ENABLED=false`; "
        "addresses and private names always work",
    )
    max_pipeline_steps: int = Field(
        default=20, ge=1, le=1000, description="Steps that a pipeline may have"
    )
    library_quota_mb: int = Field(
        default=10_240,
        ge=0,
        alias="ASHIM_LIBRARY_QUOTA_MB",
        description="What the library keeps for each account, all versions together, in MiB; "
        "0: any amount",
    )
    max_logo_size_kb: int = Field(default=500, ge=1, description="Largest logo, in KiB")
    database_url: SecretStr = Field(
        default=SecretStr(""),
        description="`postgresql://` or `mysql://user:password@host/name`; unset: SQLite in the "
        "data folder",
    )
    db_path: Path | None = Field(
        default=None,
        description="File of the SQLite database; unset: `ashim.db` in the data folder",
    )
    audit_days: int = Field(
        default=365,
        ge=1,
        alias="ASHIM_AUDIT_DAYS",
        description="How long the audit log is kept, in days",
    )
    web_processes: int = Field(
        default=1,
        ge=1,
        le=64,
        alias="ASHIM_WEB_PROCESSES",
        description="Web processes, each with workers of its own for pictures",
    )
    root_path: str = Field(
        default="",
        alias="ASHIM_ROOT_PATH",
        description="Path prefix behind a proxy, such as /ashim",
    )
    web_threads: int = Field(
        default=160,
        ge=2,
        alias="ASHIM_WEB_THREADS",
        description="Requests served at a time; half of them at most wait for uploads to arrive. "
        "Health has threads of its own",
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

    @field_validator("allowed_hosts", "disabled_tools", "packages", mode="before")
    @classmethod
    def _split_names(cls, value: object) -> object:
        return frozenset(_split(value)) if isinstance(value, str) else value

    @field_validator("cors_origin", mode="before")
    @classmethod
    def _split_origins(cls, value: object) -> object:
        return tuple(_split(value)) if isinstance(value, str) else value

    @field_validator("cors_origin")
    @classmethod
    def _exact_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            scheme, _, host = origin.partition("://")
            if scheme not in ("http", "https") or not host or set(host) & set("/*?#@"):
                raise ValueError(f"expected origins such as https://example.org, got {origin}")
        return value

    @field_validator("allowed_hosts")
    @classmethod
    def _names_in_lower_case(cls, value: frozenset[str]) -> frozenset[str]:
        return frozenset(name.lower() for name in value)

    @field_validator("default_password")
    @classmethod
    def _can_be_typed(cls, value: SecretStr | None) -> SecretStr | None:
        text = value.get_secret_value() if value else ""
        if len(text) > _PASSWORD_MAX or not text.isprintable():
            raise ValueError(f"expected at most {_PASSWORD_MAX} characters that can be seen")
        return value

    @field_validator("rate_limit_url")
    @classmethod
    def _known_counter(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(("memory://", "redis://", "rediss://")):
            raise ValueError("expected memory:// or a URL such as redis://host:6379")
        return value

    @field_validator("trust_proxy", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        words = {"true": _PRIVATE, "false": ()}.get(value.strip().lower())
        return tuple(
            ipaddress.ip_network(part, strict=False)
            for part in (_split(value) if words is None else words)
        )

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
            pixel_time=self.pixel_time,
            memory_mb=self.worker_memory_mb,
        )

    @property
    def heavy_limits(self) -> Limits:
        """What one task of the heavy lane may cost."""
        heavy = {
            "seconds": self.heavy_timeout_s,
            "memory_mb": self.heavy_memory_mb,
            "threads": self.heavy_threads,
        }
        return self.limits.model_copy(update=heavy)

    @property
    def pictures_per_minute(self) -> int:
        """Requests a minute for pictures and progress; 0: any number.

        Whoever raises the limit of all requests doesn't want these to have less.
        """
        least = self.rate_limit_per_min
        return max(self.rate_limit_pictures_per_min, least) if least else 0

    @property
    def models_path(self) -> Path:
        """The folder of models."""
        return (self.models_dir or self.data_dir / "models").resolve()

    @property
    def database_path(self) -> Path:
        """The file of the SQLite database."""
        return (self.db_path or self.data_dir / "ashim.db").resolve()


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]
