"""The environment beyond a server's configuration: what clients read, and what nobody does."""

import difflib
import os

from pydantic_settings import BaseSettings

from ashim_core.config import Config
from ashim_core.configured import secret_files, variables

PREFIX = "ASHIM_"
CLIENT_SERVER, CLIENT_KEY = "ASHIM_SERVER", "ASHIM_KEY"
"""Which server people use, and the key that is theirs there; a server doesn't read them."""

_ALIKE = 0.85
"""How much a name must be like one of ours to be taken for it, from 0 to 1."""
_TELLING = 8
"""Letters that a name without our prefix must have: HOST and PORT are like too many others."""


def unknown_variables(*more: type[BaseSettings]) -> dict[str, str]:
    """Give the variables that are set but that nothing reads, with the one that was meant, if any.

    These are all with our prefix, and others that look like one of ours: most often a typo.

    more: what is read besides the configuration of the core.
    """
    kinds: tuple[type[BaseSettings], ...] = (Config, *more)
    known = {*variables(*kinds), *secret_files(*kinds), CLIENT_SERVER, CLIENT_KEY}
    found = {}
    for name in sorted(os.environ.keys() - known):
        near = difflib.get_close_matches(name, known, n=1, cutoff=_ALIKE)
        if name.startswith(PREFIX) or (near and len(name) >= _TELLING):
            found[name] = near[0] if near else ""
    return found


def client_variables() -> tuple[str, str]:
    """Give the address of the server that commands shall use, and the key; empty if not set."""
    return os.environ.get(CLIENT_SERVER, ""), os.environ.get(CLIENT_KEY, "")
