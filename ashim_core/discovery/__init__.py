"""Finds plugins and loads them one by one. A bad plugin is kept as a reason, never raised.

Each entry point of the group `ashim` names one module, so every tool is a plugin of its own: it
can fail, be listed and be left out without touching its neighbours.
"""

from ashim_core.discovery.fate import Plugin, PluginProblem, Status
from ashim_core.discovery.loading import discover
from ashim_core.discovery.sources import CORE, GROUP, Sources, module_source

__all__ = [
    "CORE",
    "GROUP",
    "Plugin",
    "PluginProblem",
    "Sources",
    "Status",
    "discover",
    "module_source",
]
