"""Configuration that comes from the environment: what the core's own and that of plugins share."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict


class Configured(BaseSettings):
    """Fields that are variables of the environment, each with a default and a description.

    What is secret is a `SecretStr`, and may also be given as the name of a file that holds it, in
    a variable with `_FILE`: how containers and systemd hand secrets over.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _SecretFiles(settings_cls)


def variable(kind: type[BaseSettings], name: str) -> str:
    """Give the environment variable of a field."""
    prefix: str = kind.model_config.get("env_prefix", "")
    return kind.model_fields[name].alias or f"{prefix}{name}".upper()


def variables(*kinds: type[BaseSettings]) -> list[str]:
    """Name the variables of all fields."""
    return [variable(kind, name) for kind in kinds for name in kind.model_fields]


def secret_files(*kinds: type[BaseSettings]) -> list[str]:
    """Name the variables that give a secret as a file."""
    return [f"{variable(kind, name)}_FILE" for kind in kinds for name in _secrets(kind)]


def _secrets(kind: type[BaseSettings]) -> Iterator[str]:
    for name, field in kind.model_fields.items():
        if SecretStr in (field.annotation, *get_args(field.annotation)):
            yield name


class _SecretFiles(PydanticBaseSettingsSource):
    """Reads `NAME_FILE` where `NAME` is a secret."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"{variable(self.settings_cls, field_name)}_FILE")
        text = None if path is None else Path(path).read_text().rstrip("\r\n")
        return text, field.alias or field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {}
        for name in _secrets(self.settings_cls):
            value, key, _ = self.get_field_value(self.settings_cls.model_fields[name], name)
            if value is not None:
                found[key] = value
        return found
