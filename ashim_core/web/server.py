"""Serving with gunicorn: a process with many threads, workers for pictures beside it."""

import gc
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from ashim_core.config import Config
from ashim_core.core import Core
from ashim_core.errors import AshimError
from ashim_core.server.build import build_core
from ashim_core.store.database import StoreProblem
from ashim_core.web.app import create_app
from ashim_core.web.front.worker import FrontWorker
from ashim_core.web.health import PATHS
from ashim_core.web.rate_limits import RateLimits

logger = logging.getLogger(__name__)

_BACKLOG = 2048
_KEEP_ALIVE_S = 5
_GRACE_S = 30


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, configured from ours instead of from files and flags of its own."""

    def __init__(self, config: Config, listener: socket.socket, log_level: str = "warning") -> None:
        self._config = config
        self._listener = listener.detach()
        self._log_level = log_level
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": f"fd://{self._listener}",
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
            "pre_fork": _share_memory,
            "post_fork": _end_when_told,
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
        core.extensions.start()
        counters: RateLimits = app.extensions[RateLimits.EXTENSION]
        sweeps = (core.sweep, counters.forget_idle)
        pause_s = self._config.cleanup_interval_minutes * 60
        threading.Thread(
            target=_repeat, args=(sweeps, pause_s), name="sweeper", daemon=True
        ).start()
        return app


_cores: list[Core] = []
"""The core of this web process, for gunicorn's exit hook, which is handed no application."""


def listen(config: Config) -> socket.socket:
    """Listen where the configuration says, before anybody is told where that is.

    Raises OSError when something else does, or when the address is none of this machine.
    """
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((config.host, config.port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _share_memory(server: Any, worker: Any) -> None:
    """Keep what is there now out of all later collections of garbage, in this process and in forks.

    A collection writes to every object that it looks at, and a page that one process has written to
    is shared no more.
    """
    gc.collect()
    gc.freeze()


def _end_when_told(server: Any, worker: Any) -> None:
    """End on signals from the first moment; what gunicorn's first process does is to note them."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


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
