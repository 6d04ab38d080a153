"""The environment of processes that are no server themselves: what they are told, and not told.

Apart from the configuration, which workers have no use for: reading it takes a third of the time
in which the process that they are copies of gets ready.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_HARMLESS = frozenset(
    {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH"}
)


def taken_from_environment(name: str) -> str | None:
    """Give a variable that only this process is meant to see, and remove it."""
    return os.environ.pop(name, None)


@contextmanager
def minimal_environment(extra: Mapping[str, str]) -> Iterator[None]:
    """Hide the environment, and all secrets in it, from processes that start meanwhile.

    Only for the start of a server, when no other thread reads the environment.
    """
    whole = dict(os.environ)
    try:
        for name in whole.keys() - _HARMLESS:
            del os.environ[name]
        os.environ.update(extra)
        yield
    finally:
        os.environ.clear()
        os.environ.update(whole)
