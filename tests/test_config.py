"""Configuration comes from the environment, is checked at the start, and typos are noticed."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from ashim_core.config import Config, minimal_environment, unknown_variables


def test_every_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "HOST": "0.0.0.0",
        "PORT": "8080",
        "DATA_DIR": "/srv/ashim",
        "CONCURRENT_JOBS": "7",
        "ASHIM_QUEUE_SIZE": "9",
        "MAX_UPLOAD_SIZE_MB": "5",
        "MAX_MEGAPIXELS": "12.5",
        "PROCESSING_TIMEOUT_S": "30",
        "ASHIM_WORKER_MEMORY_MB": "1024",
        "FILE_MAX_AGE_HOURS": "1",
        "CLEANUP_INTERVAL_MINUTES": "2",
        "ASHIM_ROOT_PATH": "ashim/",
        "ASHIM_WEB_THREADS": "4",
        "ASHIM_DISABLED_TOOLS": "resize, crop,",
        "ASHIM_PACKAGES": "ashim-essentials",
        "ASHIM_PLUGINS_DIR": "/srv/plugins",
        "ASHIM_STRICT_PLUGINS": "1",
        "ASHIM_SAFE_MODE": "true",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    config = Config()
    assert config.model_dump() == {
        "host": "0.0.0.0",
        "port": 8080,
        "data_dir": Path("/srv/ashim"),
        "concurrent_jobs": 7,
        "queue_size": 9,
        "max_upload_size_mb": 5,
        "max_megapixels": 12.5,
        "processing_timeout_s": 30,
        "worker_memory_mb": 1024,
        "file_max_age_hours": 1,
        "cleanup_interval_minutes": 2,
        "root_path": "/ashim",
        "web_threads": 4,
        "disabled_tools": frozenset({"resize", "crop"}),
        "packages": frozenset({"ashim-essentials"}),
        "plugins_dir": Path("/srv/plugins"),
        "strict_plugins": True,
        "safe_mode": True,
    }
    assert len(given) == len(Config.model_fields)
    assert unknown_variables() == []
    limits = config.limits
    assert (limits.megapixels, limits.seconds, limits.memory_mb) == (12.5, 30, 1024)
    assert config.max_upload_bytes == 5 * 1024 * 1024


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "70000"), ("CONCURRENT_JOBS", "0"), ("MAX_MEGAPIXELS", "-1"), ("PORT", "x")],
)
def test_wrong_values_are_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=name.lower()):
        Config()


def test_typos_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASHIM_PLUGIN_DIR", "/srv")
    assert unknown_variables() == ["ASHIM_PLUGIN_DIR"]


def test_the_environment_can_be_hidden_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setenv("DATABASE_PASSWORD", "secret")
    with minimal_environment({"EXTRA": "1"}):
        assert "DATABASE_PASSWORD" not in os.environ
        assert {"PATH", "EXTRA"} <= os.environ.keys()
    assert os.environ["DATABASE_PASSWORD"] == "secret"
    assert "EXTRA" not in os.environ
