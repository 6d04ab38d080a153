"""The plugin of the server: notes events for those who want them, and sends them."""

import logging
from collections.abc import Callable, Iterable

from flask import Blueprint

from ashim_core.extension import Event, PluginConfig, Server, hookimpl
from ashim_webhooks.config import WebhooksConfig
from ashim_webhooks.deliverer import Deliverer
from ashim_webhooks.store import Deliveries, Hooks
from ashim_webhooks.views import blueprint_of

logger = logging.getLogger(__name__)


@hookimpl
def ashim_config() -> Iterable[type[PluginConfig]]:
    yield WebhooksConfig


@hookimpl
def ashim_blueprints(server: Server) -> Iterable[Blueprint]:
    data = server.data("webhooks")
    yield blueprint_of(Hooks(data), Deliveries(data), server.once(_deliverer))


@hookimpl
def ashim_start(server: Server) -> Callable[[], None]:
    return server.once(_deliverer).start()


@hookimpl
def ashim_event(event: Event, server: Server) -> None:
    data = server.data("webhooks")
    deliveries = Deliveries(data)
    for hook in Hooks(data).of(event.owner):
        if not hook["enabled"] or event.name not in hook["events"]:
            continue
        if deliveries.add(hook, event.name, event.at, event.data) is None:
            logger.warning("%s isn't sent to webhook %s: too many wait", event.name, hook["id"])
    server.once(_deliverer).wake()


def _deliverer(server: Server) -> Deliverer:
    data = server.data("webhooks")
    return Deliverer(Hooks(data), Deliveries(data), server.config(WebhooksConfig))
