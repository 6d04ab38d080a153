"""What a plugin of the server has in its hands."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from itsdangerous import BadSignature, URLSafeTimedSerializer

from ashim_core.config import Config
from ashim_core.describe import describe_tool
from ashim_core.extensions.configs import PluginConfig
from ashim_core.extensions.data import PluginData
from ashim_core.extensions.loaded import Extensions
from ashim_core.identity.external import Externals
from ashim_core.server.jobs import ServerJobs
from ashim_core.server.library import ServerLibrary
from ashim_core.store.database import Store

if TYPE_CHECKING:
    from ashim_core.core import Core

ConfigT = TypeVar("ConfigT", bound=PluginConfig)
PartT = TypeVar("PartT")


class Server:
    """The server, as its plugins may use it.

    What has to do with the work of the server (`tools`, `jobs`, `library`, `sign`) is there from
    `ashim_blueprints` on; while it is put together, and in commands, there is all else.
    """

    def __init__(self, config: Config, store: Store, extensions: Extensions) -> None:
        self._config = config
        self._store = store
        self._extensions = extensions
        self._core: Core | None = None
        self._lock = threading.RLock()
        self._parts: dict[Callable[[Server], Any], Any] = {}

    def complete(self, core: "Core") -> None:
        """Have all of it: the core is put together."""
        self._core = core

    def config(self, kind: type[ConfigT]) -> ConfigT:
        """Give the configuration that `ashim_config` has yielded the class of."""
        return self._extensions.config(kind)

    def data(self, name: str) -> PluginData:
        """Give what a plugin keeps in the database. name: 1 to 50 of a-z, 0-9 and '-'."""
        return PluginData(self._store, name)

    def once(self, make: "Callable[[Server], PartT]") -> PartT:
        """Give what a function makes of this server: once in each process, the same ever after.

        For what the hooks of a plugin have in common, such as a thread and its queue.
        """
        with self._lock:
            if make not in self._parts:
                self._parts[make] = make(self)
            part: PartT = self._parts[make]
            return part

    def tools(self) -> list[dict[str, Any]]:
        """Describe the tools as they are offered at the moment, as `GET /api/v1/tools` does."""
        core = self._complete
        registry = core.tools(core.preferences.load())
        return [describe_tool(registry, tool) for tool in registry.enabled()]

    @property
    def jobs(self) -> ServerJobs:
        """Running tools in the background."""
        return ServerJobs(self._complete)

    @property
    def library(self) -> ServerLibrary:
        """The files that people keep."""
        return ServerLibrary(self._complete)

    def has_account(self, username: str) -> bool:
        """Say whether somebody of this name has an account, however it is spelt."""
        return Externals(self._store, self._config).is_known(username)

    @property
    def models(self) -> Path:
        """The folder of models."""
        return self._config.models_path

    def sign(self, value: Any, purpose: str) -> str:
        """Write a value so that nobody can change it: for links and states that travel.

        value: what JSON can say; it can be read by everybody.  purpose: of this signature alone.
        """
        return self._signer(purpose).dumps(value)

    def unsign(self, text: str, purpose: str, seconds: int | None = None) -> Any:
        """Read what was signed for a purpose; None when it wasn't, or longer ago than `seconds`."""
        try:
            return self._signer(purpose).loads(text, max_age=seconds)
        except BadSignature:
            return None

    def url(self, path: str) -> str:
        """Give the path under which browsers know one of the server, `/api/...`."""
        return f"{self._config.root_path}{path}"

    def _signer(self, purpose: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._complete.secret, salt=f"plugin:{purpose}")

    @property
    def _complete(self) -> "Core":
        if self._core is None:
            raise RuntimeError("expected to be called once the server is put together")
        return self._core
