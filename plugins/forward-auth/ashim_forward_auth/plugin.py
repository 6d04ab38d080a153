"""The plugin of the server: says who sends a request that a proxy has signed in."""

from collections.abc import Iterable, Mapping

from ashim_core.extension import External, PluginConfig, Server, hookimpl
from ashim_forward_auth.config import ForwardAuthConfig
from ashim_forward_auth.people import person_of
from ashim_forward_auth.seen import Seen

_PROVIDER = "forward-auth"


@hookimpl
def ashim_config() -> Iterable[type[PluginConfig]]:
    yield ForwardAuthConfig


@hookimpl
def ashim_identify(headers: Mapping[str, str], peer: str | None, server: Server) -> External | None:
    # A token of one's own, right or wrong, is what the request goes by.
    if headers.get("Authorization", "").lower().startswith("bearer "):
        return None
    config = server.config(ForwardAuthConfig)
    person = person_of(headers, peer, config)
    if person is None:
        return None
    create = config.create and Seen(server).is_new(person.name)
    return External(_PROVIDER, person.name, person.role, create=create)
