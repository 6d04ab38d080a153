"""What plugins of the server contribute as data, as a table like that of tools."""

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from ashim_core.discovery import Kind, Plugin, PluginProblem
from ashim_core.extensions.configs import PluginConfig
from ashim_core.extensions.pages import Panel, Site

ThingT = TypeVar("ThingT")


@dataclass(frozen=True)
class Contributed(Generic[ThingT]):
    """One thing, and the plugin that it comes from."""

    plugin: Plugin
    thing: ThingT


@dataclass
class Contributions:
    """All of it, in the order in which plugins were loaded."""

    configs: list[Contributed[type[PluginConfig]]] = field(default_factory=list)
    sites: list[Contributed[Site]] = field(default_factory=list)
    panels: list[Contributed[Panel]] = field(default_factory=list)


def _taken(what: str, name: str, first: Plugin, plugin: Plugin) -> PluginProblem:
    return PluginProblem(
        f"the {what} '{name}' is taken twice: by {first.provenance} and by {plugin.provenance}; "
        "the first one found has it",
        "uninstall one of the two, or name the one to keep in ASHIM_PACKAGES",
    )


def _is_config(thing: object) -> bool:
    return isinstance(thing, type) and issubclass(thing, PluginConfig) and bool(thing.plugin_name)


def _config_taken(
    config: type[PluginConfig], place: Contributions, plugin: Plugin
) -> PluginProblem | None:
    for one in place.configs:
        if one.thing.plugin_name == config.plugin_name:
            return _taken("configuration", config.plugin_name, one.plugin, plugin)
    return None


def _site_taken(site: Site, place: Contributions, plugin: Plugin) -> PluginProblem | None:
    for one in place.sites:
        if one.thing.name == site.name:
            return _taken("site", site.name, one.plugin, plugin)
        if one.thing.path == site.path:
            return _taken("path", site.mount, one.plugin, plugin)
    return None


def _panel_taken(panel: Panel, place: Contributions, plugin: Plugin) -> PluginProblem | None:
    for one in place.panels:
        if one.thing.tool == panel.tool:
            return _taken("panel of", panel.tool, one.plugin, plugin)
    return None


KINDS: tuple[Kind[Any, Contributions], ...] = (
    Kind[type[PluginConfig], Contributions](
        hook="ashim_config",
        is_one=_is_config,
        otherwise="no configuration with a name",
        remedy='yield a class such as MyConfig(PluginConfig, name="my-plugin")',
        names=lambda config: [config.plugin_name],
        repeated="configuration",
        of_its_own="give each configuration a name of its own",
        taken=_config_taken,
        add=lambda config, place, plugin: place.configs.append(Contributed(plugin, config)),
    ),
    Kind[Site, Contributions](
        hook="ashim_sites",
        is_one=lambda thing: isinstance(thing, Site),
        otherwise="no site",
        remedy="yield Site(...)",
        names=lambda site: [site.name, site.mount],
        repeated="site or path",
        of_its_own="give each site a name and a mount of its own",
        taken=_site_taken,
        add=lambda site, place, plugin: place.sites.append(Contributed(plugin, site)),
    ),
    Kind[Panel, Contributions](
        hook="ashim_panels",
        is_one=lambda thing: isinstance(thing, Panel),
        otherwise="no panel",
        remedy="yield Panel(...)",
        names=lambda panel: [panel.tool],
        repeated="panel of",
        of_its_own="give each tool one panel",
        taken=_panel_taken,
        add=lambda panel, place, plugin: place.panels.append(Contributed(plugin, panel)),
    ),
)
"""In the order in which a plugin is asked for them."""
