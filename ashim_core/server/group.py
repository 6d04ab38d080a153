"""The plugins of the server, as discovery knows them."""

from ashim_core.config import Config
from ashim_core.discovery import SERVER_GROUP, Group, Installed, Sources
from ashim_core.extensions.kinds import KINDS
from ashim_core.extensions.loaded import Extensions
from ashim_core.offer import sources_of
from ashim_core.server import hookspecs

SERVER = Group(SERVER_GROUP, hookspecs, KINDS, patience_s=30)


def discover_extensions(sources: Sources, packages: Installed | None = None) -> Extensions:
    """Load every plugin of the server from `sources`. Processes of the server do, and commands.

    packages: what is installed, for whoever has read that already.
    """
    return Extensions(SERVER, sources, packages)


def configured_extensions(config: Config) -> Extensions:
    """Load the plugins of the server with their configuration, as a command needs them."""
    extensions = discover_extensions(sources_of(config))
    extensions.configure()
    return extensions
