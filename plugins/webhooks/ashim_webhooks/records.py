"""What the API takes and gives about webhooks."""

from datetime import datetime
from typing import Annotated, Literal, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from ashim_core.extension import Body, EventName, Query, Record

ALL: tuple[EventName, ...] = get_args(EventName)
Fate = Literal["pending", "delivered", "failed"]


def _is_address(url: str) -> str:
    expected = "expected an address such as https://example.org/hook"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(expected) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError(expected)
    if parts.username or parts.password or parts.fragment or not url.isascii():
        raise ValueError(f"{expected}, without a name, a password or a fragment")
    if any(char.isspace() or not char.isprintable() for char in url):
        raise ValueError(f"{expected}, without spaces")
    return url


Url = Annotated[str, Field(max_length=2000), AfterValidator(_is_address)]
Events = Annotated[list[EventName], Field(min_length=1)]
Description = Annotated[str, Field(max_length=500)]


class NewWebhook(Body):
    """Where to send what."""

    url: Url
    events: Events = Field(default=list(ALL), description="Which events; unset: all.")
    description: Description = ""
    enabled: bool = True


class WebhookChange(Body):
    """What shall be different. `enabled` also brings one back that was switched off."""

    url: Url | None = None
    events: Events | None = None
    description: Description | None = None
    enabled: bool | None = None


class WebhookRecord(Record):
    """A webhook. `disabledReason` says why it was switched off, if nobody has done it."""

    id: str
    url: str
    events: list[EventName]
    description: str
    enabled: bool
    disabled_reason: str | None
    created_at: datetime


class NewSecret(WebhookRecord):
    """A webhook with its secret, which is told this once."""

    secret: str


class WebhookList(Record):
    """One's own webhooks."""

    webhooks: list[WebhookRecord]


class DeliveryQuery(Query):
    """How many of the latest deliveries."""

    limit: int = Field(default=50, ge=1, le=100)


class DeliveryRecord(Record):
    """One event on its way to one receiver.

    `id` is what the receiver gets as `webhook-id`. `answerStatus` and `answer` are of the last
    attempt that was answered, `error` says why the last one was none.
    """

    id: str
    type: str
    status: Fate
    attempts: int
    answer_status: int | None
    answer: str | None
    error: str | None
    created_at: datetime
    next_attempt_at: datetime | None
    finished_at: datetime | None


class DeliveryList(Record):
    """Deliveries, the latest first."""

    deliveries: list[DeliveryRecord]


class Accepted(Record):
    """A delivery that will be tried at once."""

    delivery_id: str
