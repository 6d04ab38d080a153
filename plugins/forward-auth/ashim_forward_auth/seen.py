"""Who was here before: an account is made once, and not again after somebody has removed it."""

from ashim_core.extension import Server

_PREFIX = "seen/"


class Seen:
    """The names of people who had an account here when they came."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._data = server.data("forward-auth")

    def is_new(self, name: str) -> bool:
        """Say whether somebody may get an account: they have none, and had none before."""
        key = _key(name)
        if self._server.has_account(name):
            if self._data.get(key) is None:
                self._data.add(key, name)
            return False
        return self._data.get(key) is None


def forget(server: Server, name: str) -> bool:
    """Have somebody be new again; say whether they were known."""
    return server.data("forward-auth").remove(_key(name))


def names(server: Server) -> list[str]:
    """Give the names of all who were here."""
    return [name for _, name in server.data("forward-auth").items(_PREFIX)]


def _key(name: str) -> str:
    return f"{_PREFIX}{name.casefold()[:100]}"
