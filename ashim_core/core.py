"""The parts of one server: tools, jobs, database, accounts, library."""

from dataclasses import dataclass

from ashim_core.branding import Branding
from ashim_core.config import Config
from ashim_core.discovery import Plugin
from ashim_core.events import Events
from ashim_core.extensions.data import sweep as sweep_plugin_data
from ashim_core.extensions.loaded import Extensions
from ashim_core.identity.service import Identity
from ashim_core.jobs.service import Jobs
from ashim_core.library.service import Library
from ashim_core.library.sweep import sweep as sweep_library
from ashim_core.library.thumbnails import Thumbnails
from ashim_core.pipelines.saved import SavedPipelines
from ashim_core.preferences import Preferences, PreferenceStore
from ashim_core.presence import Presence
from ashim_core.registry import Registry, Toggles
from ashim_core.store.database import Store


@dataclass(frozen=True)
class Core:
    """Everything that answers requests, without the web."""

    config: Config
    registry: Registry
    tool_plugins: list[Plugin]
    extensions: Extensions
    jobs: Jobs
    store: Store
    identity: Identity
    preferences: PreferenceStore
    branding: Branding
    pipelines: SavedPipelines
    library: Library
    thumbnails: Thumbnails
    secret: bytes
    presence: Presence
    events: Events

    @property
    def plugins(self) -> list[Plugin]:
        """All plugins that were found, with their fates."""
        return [*self.tool_plugins, *self.extensions.plugins]

    def tools(self, preferences: Preferences) -> Registry:
        """Give the tools as the operator and the administrators want them offered."""
        disabled = self.config.disabled_tools | frozenset(preferences.disabled_tools)
        return self.registry.toggled(Toggles(disabled, preferences.enable_experimental_tools))

    def sweep(self) -> None:
        """Remove what has expired."""
        self.jobs.sweep()
        self.identity.sweep()
        sweep_library(self.store, self.library)
        sweep_plugin_data(self.store)

    def close(self) -> None:
        """Stop the workers and let go of the data."""
        self.extensions.close()
        self.jobs.close()
        self.events.close()
        self.store.close()
        self.presence.close()
