"""Asking plugins who sends a request, in bounded time."""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial

from flask import current_app, request
from werkzeug.datastructures import Headers

from ashim_core.discovery import PluginProblem, bounded
from ashim_core.identity.external import External
from ashim_core.policy import Actor
from ashim_core.web.context import core

logger = logging.getLogger(__name__)

_HOOK = "ashim_identify"
_PATIENCE_S = 5.0
_AT_A_TIME = 8


class Identifying:
    """Which plugins are being asked at the moment: of one that hangs so many wait, and no more."""

    EXTENSION = "ashim-identifying"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: Counter[str] = Counter()

    def ask(self, plugin: str, hook: Callable[[], object]) -> External | None:
        """Have one plugin say who it is; None when it doesn't."""
        with self._lock:
            if self._asked[plugin] >= _AT_A_TIME:
                logger.error("%s() of plugin %s isn't called: too many wait for it", _HOOK, plugin)
                return None
            self._asked[plugin] += 1
        try:
            found = bounded(partial(self._counted, plugin, hook), _HOOK, _PATIENCE_S)
        except PluginProblem as problem:
            cause = problem.__cause__
            logger.error("plugin %s identifies nobody: %s", plugin, problem.reason, exc_info=cause)
            return None
        if found is None or isinstance(found, External):
            return found
        logger.error("plugin %s identifies nobody: %s() gave %.80r", plugin, _HOOK, found)
        return None

    def _counted(self, plugin: str, hook: Callable[[], object]) -> object:
        # Where it hangs this is only reached once it doesn't any more.
        try:
            return hook()
        finally:
            with self._lock:
                self._asked[plugin] -= 1


def identified(address: str | None) -> Actor | None:
    """Give who sends the present request, as the first plugin says that knows; None: nobody does.

    Forbidden and UserLimitReached, where they are known but can't be let in.
    """
    asking: Identifying = current_app.extensions[Identifying.EXTENSION]
    extensions = core().extensions
    for plugin, hooks in extensions.implementing(_HOOK):
        # A copy: one that hangs may look at it when the request is over.
        hook = extensions.call(
            hooks[_HOOK], headers=Headers(request.headers), peer=request.remote_addr
        )
        if (external := asking.ask(plugin.name, hook)) is not None:
            return core().identity.externals.actor(external, address)
    return None
