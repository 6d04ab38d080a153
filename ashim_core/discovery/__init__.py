"""Finds plugins and loads them one by one. A bad plugin is kept as a reason, never raised.

Each entry point of the group `ashim` names one module, so every tool is a plugin of its own: it
can fail, be listed and be left out without touching its neighbours. Those of `ashim.server` extend
the server itself, and are loaded there alone.
"""

from ashim_core.discovery.fate import Plugin, PluginProblem, Status
from ashim_core.discovery.guard import bounded
from ashim_core.discovery.kind import Group, Kind
from ashim_core.discovery.loading import (
    Implementation,
    Loaded,
    discover,
    implemented,
    imported,
    load,
)
from ashim_core.discovery.sources import (
    COMMANDS_GROUP,
    CORE,
    GROUP,
    SERVER_GROUP,
    Candidate,
    Installed,
    Sources,
    candidates,
    installed,
    left_out,
    module_source,
)

__all__ = [
    "COMMANDS_GROUP",
    "CORE",
    "GROUP",
    "SERVER_GROUP",
    "Candidate",
    "Group",
    "Implementation",
    "Installed",
    "Kind",
    "Loaded",
    "Plugin",
    "PluginProblem",
    "Sources",
    "Status",
    "bounded",
    "candidates",
    "discover",
    "implemented",
    "imported",
    "installed",
    "left_out",
    "load",
    "module_source",
]
