"""Which tools there are, as the configuration has it; light, since every command asks for it."""

from ashim_core.config import Config
from ashim_core.discovery import Plugin, Sources, discover
from ashim_core.host import Host
from ashim_core.registry import Registry, Toggles


def offered_tools(config: Config) -> tuple[Registry, list[Plugin]]:
    """Discover the tools without a server, those that the configuration switches off aside."""
    registry, plugins = discover(sources_of(config))
    return registry.at(host_of(config)).toggled(Toggles(config.disabled_tools)), plugins


def sources_of(config: Config) -> Sources:
    """Say where the configuration allows plugins to come from."""
    return Sources(
        packages=config.packages,
        plugins_dir=config.plugins_dir.resolve() if config.plugins_dir else None,
        safe_mode=config.safe_mode,
    )


def host_of(config: Config) -> Host:
    """Say what the machine has for its tools, as the configuration has it."""
    return Host(config.models_path, fast=config.limits, heavy=config.heavy_limits)


def refuse_failures(plugins: list[Plugin], config: Config) -> None:
    """Stop at the first failed plugin if the author asked for that."""
    failed = [plugin for plugin in plugins if plugin.status == "failed"]
    if failed and config.strict_plugins:
        raise RuntimeError(
            "\n".join(f"plugin {item.name} ({item.provenance}): {item.reason}" for item in failed)
        )
