"""The plugins of the fork server: loaded there once, so that no worker has to.

Every worker is a copy of the fork server and finds the tools there.
"""

import gc
import os
import socket
import sys
from pathlib import Path

from pydantic import BaseModel

from ashim_core.discovery import Sources, discover
from ashim_core.environment import taken_from_environment
from ashim_core.registry import Registry

ORDER = "ASHIM_FORK_SERVER"
"""The variable that tells a fork server what to do."""
READY = "ready"


class Order(BaseModel):
    """What a fork server shall do.

    address: of the socket on which the web process waits to hear how it went.
    path: where modules are looked for.  sources: of the plugins; None: load none.
    """

    address: str
    path: list[str]
    sources: Sources | None


_loaded: list[tuple[Sources, Registry]] = []


def loaded(sources: Sources) -> Registry | None:
    """Give the tools of some sources, if this process is a copy of one that has loaded them."""
    return next((registry for known, registry in _loaded if known == sources), None)


def carry_out_order() -> None:
    """Load the plugins in this process, and tell its number, then how it went: READY or why not."""
    text = taken_from_environment(ORDER)
    if text is None:
        sys.exit()  # it was started with an environment that workers must not see
    order = Order.model_validate_json(text)
    try:
        with socket.socket(socket.AF_UNIX) as line:
            # Should a plugin end this process, the web process learns it from the end of the line.
            line.connect(order.address)
            line.sendall(f"{os.getpid()}\n".encode())
            line.sendall(_load(order).encode())
    except OSError:
        sys.exit()  # whoever wanted workers is gone


def _load(order: Order) -> str:
    if order.sources is None:
        return READY
    sys.path[:] = order.path
    registry, _ = discover(order.sources)
    if threads := _threads():
        # A copy has a thread's locks, but not the thread that would let go of them.
        return f"a plugin has started {threads} thread(s) when it was imported"
    _loaded.append((order.sources, registry))
    # What is there now stays. Else the first collection of garbage in a worker would write to
    # every page that holds an object, and those pages would no longer be shared.
    gc.collect()
    gc.freeze()
    return READY


def _threads() -> int:
    """Count the threads besides this one, those of native code too."""
    return len(list(Path("/proc/self/task").iterdir())) - 1
