"""The audit log: who did what to what, from where. Written in the transaction of the deed."""

import json
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from datetime import time as midnight
from typing import Annotated, Any, Literal

from peewee import Database
from pydantic import Field, PlainValidator, WithJsonSchema

from ashim_core.identity.records import moment
from ashim_core.policy import Actor
from ashim_core.store.database import Store
from ashim_core.store.models import AuditEntry
from ashim_core.wire.bodies import OneLine, Query, Record, clamped

Deed = Literal[
    "LOGIN_SUCCESS",
    "LOGIN_FAILED",
    "LOGOUT",
    "PASSWORD_CHANGED",
    "PASSWORD_RESET",
    "USER_CREATED",
    "USER_UPDATED",
    "USER_DELETED",
    "SESSION_DELETED",
    "API_KEY_CREATED",
    "API_KEY_DELETED",
    "ROLE_CREATED",
    "ROLE_UPDATED",
    "ROLE_DELETED",
    "TEAM_CREATED",
    "TEAM_UPDATED",
    "TEAM_DELETED",
    "SETTINGS_UPDATED",
    "LOGO_UPDATED",
    "LOGO_DELETED",
    "PIPELINE_CREATED",
    "PIPELINE_UPDATED",
    "PIPELINE_DELETED",
    "FILE_UPLOADED",
    "FILE_DELETED",
    "DATA_RESTORED",
]

_SYSTEM = "system"
_DAY_S = 86_400


def _day_or_moment(text: object) -> datetime | date:
    try:
        if isinstance(text, str) and len(text) == len("2030-01-31"):
            return date.fromisoformat(text)
        return datetime.fromisoformat(str(text))
    except ValueError:
        raise ValueError(
            "expected a day or a moment such as 2030-01-31 or 2030-01-31T12:00:00Z"
        ) from None


DayOrMoment = Annotated[
    datetime | date,
    PlainValidator(_day_or_moment),
    WithJsonSchema({"type": "string", "description": "A day, or a moment in ISO 8601; UTC."}),
]


class AuditQuery(Query):
    """Which entries: by page, deed and time."""

    page: Annotated[int, clamped(1, 1_000_000)] = Field(
        default=1, description="Counted from 1. What is beyond either end is that end."
    )
    limit: Annotated[int, clamped(1, 100)] = Field(
        default=50, description="Entries of a page, 1 to 100. What is beyond is the nearest."
    )
    action: Annotated[str, Field(max_length=40), OneLine] | None = None
    from_: DayOrMoment | None = Field(default=None, alias="from")
    to: DayOrMoment | None = None


class AuditRecord(Record):
    """One entry. The actor's name is `system` where nobody had signed in."""

    id: str
    actor_id: str | None
    actor_username: str
    action: str
    target_type: str
    target_id: str | None
    details: dict[str, Any] | None
    ip_address: str | None
    created_at: datetime


class AuditPage(Record):
    """A page of the audit log, the newest entries first."""

    entries: list[AuditRecord]
    total: int
    page: int
    limit: int


def record(
    db: Database,
    actor: Actor,
    deed: Deed,
    target_type: str,
    target_id: str | None = None,
    **details: Any,
) -> None:
    """Write down what `actor` does, in the present transaction."""
    AuditEntry.insert(
        actor_id=actor.id or None,
        actor_username=actor.name or _SYSTEM,
        action=deed,
        target_type=target_type,
        target_id=target_id,
        details=json.dumps(details) if details else None,
        ip_address=actor.address,
        created=time.time(),
    ).execute(db)


def read(store: Store, query: AuditQuery) -> AuditPage:
    """Give one page of the log, the newest entries first."""
    wanted = []
    if query.action:
        wanted.append(AuditEntry.action == query.action)
    if query.from_:
        wanted.append(AuditEntry.created >= _seconds(query.from_))
    if query.to:
        end = _seconds(query.to) + (0 if isinstance(query.to, datetime) else _DAY_S)
        wanted.append(AuditEntry.created <= end)
    found = AuditEntry.select().order_by(AuditEntry.id.desc())
    if wanted:
        found = found.where(*wanted)
    with store.reading() as db:
        return AuditPage(
            entries=[_entry(row) for row in found.paginate(query.page, query.limit).execute(db)],
            total=found.count(db),
            page=query.page,
            limit=query.limit,
        )


def forget(store: Store, days: int) -> int:
    """Remove entries that are older; give how many."""
    with store.writing() as db:
        limit = time.time() - days * _DAY_S
        return int(AuditEntry.delete().where(AuditEntry.created < limit).execute(db))


def _seconds(value: datetime | date) -> float:
    if not isinstance(value, datetime):
        value = datetime.combine(value, midnight())
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()


def _entry(row: AuditEntry) -> AuditRecord:
    details: Mapping[str, Any] | None = json.loads(row.details) if row.details else None
    return AuditRecord(
        id=str(row.id),
        actor_id=row.actor_id,
        actor_username=row.actor_username,
        action=row.action,
        target_type=row.target_type,
        target_id=row.target_id,
        details=None if details is None else dict(details),
        ip_address=row.ip_address,
        created_at=moment(row.created),
    )
