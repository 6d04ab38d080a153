"""The API of webhooks: one's own, and what has become of what was sent to them."""

import time
from datetime import UTC, datetime

from flask import Blueprint

from ashim_core.extension import Ok, ServerBusy, actor, json_view, requires
from ashim_webhooks.deliverer import TEST, Deliverer
from ashim_webhooks.records import (
    Accepted,
    DeliveryList,
    DeliveryQuery,
    DeliveryRecord,
    NewSecret,
    NewWebhook,
    WebhookChange,
    WebhookList,
    WebhookRecord,
)
from ashim_webhooks.store import Deliveries, Hooks, Json


def blueprint_of(hooks: Hooks, deliveries: Deliveries, deliverer: Deliverer) -> Blueprint:
    """Make the routes."""
    blueprint = Blueprint("webhooks", __name__, url_prefix="/api/v1/webhooks")
    _add_webhooks(blueprint, hooks, deliveries)
    _add_deliveries(blueprint, hooks, deliveries, deliverer)
    return blueprint


def _add_webhooks(blueprint: Blueprint, hooks: Hooks, deliveries: Deliveries) -> None:
    @blueprint.post("")
    @requires("files:create")
    @json_view(201)
    def create_webhook(body: NewWebhook) -> NewSecret:
        """Have events sent to an address. The secret is told this once."""
        hook = hooks.add(actor().id, body.model_dump())
        return NewSecret(**_fields(hook), secret=hook["secret"])

    @blueprint.get("")
    @requires("files:create")
    @json_view()
    def list_webhooks() -> WebhookList:
        """List one's own webhooks."""
        return WebhookList(webhooks=[_record(hook) for hook in hooks.of(actor().id)])

    @blueprint.get("/<webhook_id>")
    @requires("files:create")
    @json_view()
    def get_webhook(webhook_id: str) -> WebhookRecord:
        """Describe a webhook."""
        return _record(hooks.get(actor().id, webhook_id))

    @blueprint.put("/<webhook_id>")
    @requires("files:create")
    @json_view()
    def change_webhook(webhook_id: str, body: WebhookChange) -> WebhookRecord:
        """Change a webhook."""
        said = body.model_dump(exclude_none=True)
        if body.enabled:
            said["disabledReason"] = None
        return _record(hooks.change(actor().id, webhook_id, said))

    @blueprint.delete("/<webhook_id>")
    @requires("files:create")
    @json_view()
    def delete_webhook(webhook_id: str) -> Ok:
        """Delete a webhook with its log; what waits for it isn't sent any more."""
        hooks.remove(actor().id, webhook_id)
        deliveries.forget(webhook_id)
        return Ok()

    @blueprint.post("/<webhook_id>/rotate-secret")
    @requires("files:create")
    @json_view()
    def rotate_secret(webhook_id: str) -> NewSecret:
        """Make a new secret. For 24 hours deliveries are signed with the old one, too."""
        hook = hooks.rotate(actor().id, webhook_id)
        return NewSecret(**_fields(hook), secret=hook["secret"])


def _add_deliveries(
    blueprint: Blueprint, hooks: Hooks, deliveries: Deliveries, deliverer: Deliverer
) -> None:
    @blueprint.post("/<webhook_id>/test")
    @requires("files:create")
    @json_view(202)
    def test_webhook(webhook_id: str) -> Accepted:
        """Send an event of the type `webhook.test`."""
        hook = hooks.get(actor().id, webhook_id)
        id = deliveries.add(hook, TEST, time.time(), {"webhookId": webhook_id})
        if id is None:
            raise ServerBusy("Too many deliveries to this webhook wait already.")
        deliverer.wake()
        return Accepted(delivery_id=id)

    @blueprint.get("/<webhook_id>/deliveries")
    @requires("files:create")
    @json_view()
    def list_deliveries(webhook_id: str, query: DeliveryQuery) -> DeliveryList:
        """List what was sent to a webhook, the latest first: all that waits, and the last 100."""
        hook = hooks.get(actor().id, webhook_id)
        found = deliveries.of(hook["id"], query.limit)
        return DeliveryList(deliveries=[_delivery(one) for one in found])

    @blueprint.post("/<webhook_id>/deliveries/<delivery_id>/redeliver")
    @requires("files:create")
    @json_view(202)
    def redeliver(webhook_id: str, delivery_id: str) -> Accepted:
        """Send something once more, with the same id."""
        hook = hooks.get(actor().id, webhook_id)
        deliveries.again(deliveries.get(hook["id"], delivery_id))
        deliverer.wake()
        return Accepted(delivery_id=delivery_id)


def _fields(hook: Json) -> Json:
    return {
        "id": hook["id"],
        "url": hook["url"],
        "events": hook["events"],
        "description": hook["description"],
        "enabled": hook["enabled"],
        "disabled_reason": hook["disabledReason"],
        "created_at": _moment(hook["created"]),
    }


def _record(hook: Json) -> WebhookRecord:
    return WebhookRecord(**_fields(hook))


def _delivery(delivery: Json) -> DeliveryRecord:
    return DeliveryRecord(
        id=delivery["id"],
        type=delivery["type"],
        status=delivery["status"],
        attempts=delivery["attempts"],
        answer_status=delivery.get("answerStatus"),
        answer=delivery.get("answer"),
        error=delivery.get("error"),
        created_at=_moment(delivery["created"]),
        next_attempt_at=_maybe(delivery.get("next")),
        finished_at=_maybe(delivery.get("finished")),
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _maybe(seconds: float | None) -> datetime | None:
    return None if seconds is None else _moment(seconds)
