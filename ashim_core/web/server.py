"""Serving with gunicorn: a process with many threads, workers for pictures beside it."""

import logging
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from ashim_core.config import Config
from ashim_core.core import Core, build_core
from ashim_core.errors import AshimError
from ashim_core.store.database import StoreProblem
from ashim_core.web.app import create_app
from ashim_core.web.front.worker import FrontWorker
from ashim_core.web.health import PATHS
from ashim_core.web.rate_limits import RateLimits

logger = logging.getLogger(__name__)

_KEEP_ALIVE_S = 5
_GRACE_S = 30


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, configured from ours instead of from files and flags of its own."""

    def __init__(self, config: Config, log_level: str = "warning") -> None:
        self._config = config
        self._log_level = log_level
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": f"{_bracketed(self._config.host)}:{self._config.port}",
            "workers": self._config.web_processes,
            "worker_class": FrontWorker,
            "threads": self._config.web_threads,
            "keepalive": _KEEP_ALIVE_S,
            "graceful_timeout": _GRACE_S,
            "control_socket_disable": True,
            # Whose word about the client counts is decided in one place, by TRUST_PROXY.
            "forwarder_headers": "",
            "secure_scheme_headers": {},
            "proc_name": "ashim",
            "loglevel": self._log_level,
            "worker_exit": _close,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    @property
    def reserved_paths(self) -> frozenset[str]:
        """Where there are threads that nobody else gets, with the prefix and without."""
        return frozenset({*PATHS, *(self._config.root_path + path for path in PATHS)})

    def load(self) -> Any:
        try:
            core = build_core(self._config)
        except StoreProblem as error:
            # Without a stack trace: whoever reads this can mend the database, not the code.
            print(error, file=sys.stderr)  # noqa: T201
            sys.exit(Arbiter.WORKER_BOOT_ERROR)
        app = create_app(core)
        _cores.append(core)
        counters: RateLimits = app.extensions[RateLimits.EXTENSION]
        sweeps = (core.sweep, counters.forget_idle)
        pause_s = self._config.cleanup_interval_minutes * 60
        threading.Thread(
            target=_repeat, args=(sweeps, pause_s), name="sweeper", daemon=True
        ).start()
        return app


_cores: list[Core] = []
"""The core of this web process, for gunicorn's exit hook, which is handed no application."""


def _bracketed(host: str) -> str:
    """Write an IPv6 address as it stands before a port."""
    return f"[{host}]" if ":" in host else host


def _close(server: Any, worker: Any) -> None:
    while _cores:
        _cores.pop().close()


def _repeat(sweeps: Sequence[Callable[[], object]], pause_s: float) -> None:
    pause = threading.Event()
    while not pause.wait(pause_s):
        for sweep in sweeps:
            try:
                sweep()
            except (AshimError, OSError):
                logger.exception("what has expired can't be removed; trying again later")
