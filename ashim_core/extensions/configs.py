"""The configuration of a plugin of the server: variables of the environment, as the core has."""

import re
from typing import Any, ClassVar

from ashim_core.configured import Configured

_NAME = re.compile(r"[a-z][a-z0-9-]{1,39}")


class PluginConfig(Configured):
    """Fields that are the variables `ASHIM_<NAME>_<FIELD>`, each with a default and a description.

    `class MirrorConfig(PluginConfig, name="mirror")` reads `ASHIM_MIRROR_FOLDER` for its field
    `folder`, and what is a `SecretStr` also from the file that `ASHIM_MIRROR_..._FILE` names.
    """

    plugin_name: ClassVar[str] = ""

    def __init_subclass__(cls, *, name: str = "", **more: Any) -> None:
        super().__init_subclass__(**more)
        if not _NAME.fullmatch(name):
            raise TypeError(f'expected a name in kebab-case, class {cls.__name__}(..., name="it")')

    @classmethod
    def __pydantic_init_subclass__(cls, *, name: str = "", **_: Any) -> None:
        if name:
            cls.plugin_name = name
            cls.model_config["env_prefix"] = f"ASHIM_{name.upper().replace('-', '_')}_"
