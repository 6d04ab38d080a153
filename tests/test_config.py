"""Configuration comes from the environment, is checked at the start, and typos are noticed."""

from ipaddress import IPv4Network
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from ashim_core.config import Config
from ashim_core.variables import CLIENT_KEY, CLIENT_SERVER, client_variables, unknown_variables


def test_every_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "HOST": "0.0.0.0",
        "PORT": "8080",
        "DATA_DIR": "/srv/ashim",
        "ASHIM_MODELS_DIR": "/srv/models",
        "CONCURRENT_JOBS": "7",
        "ASHIM_HEAVY_JOBS": "2",
        "ASHIM_HEAVY_TIMEOUT_S": "90",
        "ASHIM_HEAVY_MEMORY_MB": "8192",
        "ASHIM_HEAVY_THREADS": "8",
        "ASHIM_QUEUE_SIZE": "9",
        "MAX_UPLOAD_SIZE_MB": "5",
        "MAX_MEGAPIXELS": "12.5",
        "PROCESSING_TIMEOUT_S": "30",
        "ASHIM_WORKER_MEMORY_MB": "1024",
        "FILE_MAX_AGE_HOURS": "1",
        "CLEANUP_INTERVAL_MINUTES": "2",
        "AUTH_ENABLED": "false",
        "DEFAULT_USERNAME": "ada",
        "DEFAULT_PASSWORD": "correct horse",
        "SKIP_MUST_CHANGE_PASSWORD": "true",
        "SESSION_DURATION_HOURS": "8",
        "ASHIM_SESSION_IDLE_MINUTES": "15",
        "LOGIN_ATTEMPT_LIMIT": "6",
        "MAX_USERS": "0",
        "MAX_BATCH_SIZE": "10",
        "RATE_LIMIT_PER_MIN": "600",
        "ASHIM_RATE_LIMIT_URL": "redis://localhost",
        "TRUST_PROXY": "10.0.0.1, 192.168.0.0/16",
        "CORS_ORIGIN": "https://a.example, http://b.example:8080",
        "ASHIM_ALLOWED_HOSTS": "pictures.example.org",
        "MAX_PIPELINE_STEPS": "30",
        "ASHIM_LIBRARY_QUOTA_MB": "7",
        "MAX_LOGO_SIZE_KB": "20",
        "DATABASE_URL": "postgresql://ada:secret@db/ashim",
        "DB_PATH": "/srv/other.db",
        "ASHIM_AUDIT_DAYS": "30",
        "ASHIM_WEB_PROCESSES": "2",
        "ASHIM_ROOT_PATH": "ashim/",
        "ASHIM_WEB_THREADS": "4",
        "ASHIM_DISABLED_TOOLS": "resize, crop,",
        "ASHIM_PACKAGES": "ashim-essentials",
        "ASHIM_PLUGINS_DIR": "/srv/plugins",
        "ASHIM_STRICT_PLUGINS": "1",
        "ASHIM_SAFE_MODE": "true",
        "ASHIM_MIN_FREE_MB": "7",
        "ASHIM_UMASK": "027",
        "ASHIM_PIXEL_TIME": "3",
        "ASHIM_RATE_LIMIT_PICTURES_PER_MIN": "900",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    config = Config()
    assert config.model_dump() == {
        "host": "0.0.0.0",
        "port": 8080,
        "data_dir": Path("/srv/ashim"),
        "concurrent_jobs": 7,
        "heavy_jobs": 2,
        "heavy_timeout_s": 90,
        "heavy_memory_mb": 8192,
        "heavy_threads": 8,
        "queue_size": 9,
        "max_upload_size_mb": 5,
        "max_megapixels": 12.5,
        "processing_timeout_s": 30,
        "pixel_time": 3,
        "worker_memory_mb": 1024,
        "file_max_age_hours": 1,
        "cleanup_interval_minutes": 2,
        "auth_enabled": False,
        "default_username": "ada",
        "default_password": SecretStr("correct horse"),
        "skip_must_change_password": True,
        "session_duration_hours": 8,
        "session_idle_minutes": 15,
        "login_attempt_limit": 6,
        "max_users": 0,
        "max_batch_size": 10,
        "rate_limit_per_min": 600,
        "rate_limit_pictures_per_min": 900,
        "rate_limit_url": SecretStr("redis://localhost"),
        "trust_proxy": (IPv4Network("10.0.0.1/32"), IPv4Network("192.168.0.0/16")),
        "cors_origin": ("https://a.example", "http://b.example:8080"),
        "allowed_hosts": frozenset({"pictures.example.org"}),
        "max_pipeline_steps": 30,
        "library_quota_mb": 7,
        "max_logo_size_kb": 20,
        "database_url": SecretStr("postgresql://ada:secret@db/ashim"),
        "db_path": Path("/srv/other.db"),
        "audit_days": 30,
        "web_processes": 2,
        "root_path": "/ashim",
        "web_threads": 4,
        "disabled_tools": frozenset({"resize", "crop"}),
        "packages": frozenset({"ashim-essentials"}),
        "plugins_dir": Path("/srv/plugins"),
        "strict_plugins": True,
        "safe_mode": True,
        "min_free_mb": 7,
        "umask": "027",
        "models_dir": Path("/srv/models"),
    }
    assert len(given) == len(Config.model_fields)
    assert unknown_variables() == {}
    limits = config.limits
    assert (limits.megapixels, limits.seconds, limits.memory_mb) == (12.5, 30, 1024)
    assert limits.pixel_time == 3
    assert config.max_upload_size_mb == 5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "70000"),
        ("PORT", "x"),
        ("CONCURRENT_JOBS", "0"),
        ("MAX_MEGAPIXELS", "-1"),
        ("MAX_PIPELINE_STEPS", "0"),
        ("MAX_PIPELINE_STEPS", "1001"),
        ("AUTH_ENABLED", "perhaps"),
        ("DEFAULT_USERNAME", "a b"),
        ("TRUST_PROXY", "10.0.0.0/99"),
        ("CORS_ORIGIN", "*"),
        ("CORS_ORIGIN", "https://*.example.org"),
        ("CORS_ORIGIN", "https://example.org/"),
    ],
)
def test_wrong_values_are_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=name.lower()):
        Config()


def test_secrets_come_from_files_and_are_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DEFAULT_PASSWORD", "DATABASE_URL", "ASHIM_RATE_LIMIT_URL"):
        (tmp_path / name).write_text(f"redis://secret of {name}\n")
        monkeypatch.setenv(f"{name}_FILE", str(tmp_path / name))
    config = Config()
    assert config.default_password is not None
    assert config.default_password.get_secret_value() == "redis://secret of DEFAULT_PASSWORD"
    assert config.database_url.get_secret_value() == "redis://secret of DATABASE_URL"
    assert config.rate_limit_url.get_secret_value() == "redis://secret of ASHIM_RATE_LIMIT_URL"
    assert "secret of" not in repr(config)
    assert unknown_variables() == {}


def test_the_variable_itself_comes_before_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "password").write_text("from the file")
    monkeypatch.setenv("DEFAULT_PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setenv("DEFAULT_PASSWORD", "from the variable")
    password = Config().default_password
    assert password is not None
    assert password.get_secret_value() == "from the variable"


def test_every_private_network_can_be_trusted_with_one_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TRUST_PROXY", "true")
    assert IPv4Network("172.16.0.0/12") in Config().trust_proxy
    monkeypatch.setenv("TRUST_PROXY", "false")
    assert Config().trust_proxy == ()


def test_what_commands_use_is_no_typo_and_not_the_servers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in (CLIENT_SERVER, CLIENT_KEY):
        monkeypatch.delenv(name, raising=False)
    assert client_variables() == ("", "")
    before = Config()
    monkeypatch.setenv("ASHIM_SERVER", "https://images.example.org")
    monkeypatch.setenv("ASHIM_KEY", "si_0")
    assert client_variables() == ("https://images.example.org", "si_0")
    assert unknown_variables() == {}
    assert Config() == before


def test_typos_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASHIM_PLUGIN_DIR", "/srv")
    assert unknown_variables() == {"ASHIM_PLUGIN_DIR": "ASHIM_PLUGINS_DIR"}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("MAX_UPLOAD_SIZE", "MAX_UPLOAD_SIZE_MB"),
        ("CONCURENT_JOBS", "CONCURRENT_JOBS"),
        ("DATABASE_URI", "DATABASE_URL"),
        ("RATE_LIMIT_PER_MINUTE", "RATE_LIMIT_PER_MIN"),
        ("ASHIM_QUEUE_SIZES", "ASHIM_QUEUE_SIZE"),
        ("ASHIM_WHATEVER", ""),
    ],
)
def test_what_looks_like_one_of_ours_is_told(
    monkeypatch: pytest.MonkeyPatch, name: str, meant: str
) -> None:
    monkeypatch.setenv(name, "1")
    assert unknown_variables() == {name: meant}


@pytest.mark.parametrize("name", ["HOSTNAME", "PORTS", "XDG_DATA_DIRS", "DATA", "MAX_AGE", "SHELL"])
def test_variables_of_others_are_their_own_business(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "1")
    assert unknown_variables() == {}
