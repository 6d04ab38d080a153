"""Pipelines that people keep under a name."""

import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from peewee import Database

from ashim_core.config import Config
from ashim_core.engine.task import Step
from ashim_core.errors import AuthRequired, NotFound, ValidationFailed
from ashim_core.identity import audit
from ashim_core.identity.records import moment
from ashim_core.ids import new_id
from ashim_core.pipelines.definition import check_steps, parse_steps
from ashim_core.pipelines.records import (
    NewPipeline,
    PipelineChange,
    PipelineList,
    PipelineRecord,
    SavedStep,
)
from ashim_core.policy import Action, Actor, owner_filter
from ashim_core.registry import Registry
from ashim_core.store.database import Store
from ashim_core.store.models import Pipeline, User

if TYPE_CHECKING:
    from peewee import ModelSelect

_MOST = 200
_LONGEST = 65_535
"""Bytes that every database holds as one text."""


class SavedPipelines:
    """The saved pipelines of one server."""

    def __init__(self, store: Store, config: Config) -> None:
        self._store = store
        self._most_steps = config.max_pipeline_steps

    def save(self, actor: Actor, new: NewPipeline, registry: Registry) -> PipelineRecord:
        """Keep a new pipeline. Raises what `check_steps` raises, or ValidationFailed."""
        row = Pipeline(
            id=new_id(),
            owner=actor.id,
            name=new.name,
            description=new.description or "",
            steps=self._text_of(new.steps, registry),
            created=(now := time.time()),
            updated=now,
        )
        with self._store.writing() as db:
            _refuse_gone(db, actor)
            _refuse_too_many(db, actor.id)
            Pipeline.insert(row.__data__).execute(db)
            audit.record(db, actor, "PIPELINE_CREATED", "pipeline", row.id, name=row.name)
        return _record(row)

    def list(self, actor: Actor) -> PipelineList:
        """Give the pipelines that `actor` may see, the latest first."""
        found = _visible_to(actor, "pipelines:read").order_by(Pipeline.created.desc(), Pipeline.id)
        with self._store.reading() as db:
            return PipelineList(pipelines=[_record(row) for row in found.execute(db)])

    def get(self, actor: Actor, pipeline_id: str) -> PipelineRecord:
        """Give one pipeline; NotFound, for those of others as well."""
        with self._store.reading() as db:
            return _record(_find(db, actor, "pipelines:read", pipeline_id))

    def update(
        self, actor: Actor, pipeline_id: str, change: PipelineChange, registry: Registry
    ) -> PipelineRecord:
        """Change what is given; NotFound, ValidationFailed, or what `check_steps` raises."""
        values = change.model_dump(include={"name", "description"}, exclude_none=True)
        if change.steps is not None:
            values["steps"] = self._text_of(change.steps, registry)
        with self._store.writing() as db:
            before = _find(db, actor, "pipelines:change", pipeline_id)
            if values:
                values["updated"] = time.time()
                Pipeline.update(values).where(Pipeline.id == before.id).execute(db)
                name = values.get("name", before.name)
                audit.record(db, actor, "PIPELINE_UPDATED", "pipeline", before.id, name=name)
            return _record(_find(db, actor, "pipelines:change", pipeline_id))

    def delete(self, actor: Actor, pipeline_id: str) -> None:
        """Delete a pipeline; NotFound, for those of others as well."""
        with self._store.writing() as db:
            row = _find(db, actor, "pipelines:change", pipeline_id)
            Pipeline.delete().where(Pipeline.id == row.id).execute(db)
            audit.record(db, actor, "PIPELINE_DELETED", "pipeline", row.id, name=row.name)

    def _text_of(self, source: object, registry: Registry) -> str:
        """Check steps as they came, and write them as they are kept."""
        # Wrapped, so that text is not read as JSON once more.
        steps = parse_steps({"steps": source}, self._most_steps)
        text = _as_text(check_steps(registry, steps))
        if len(text) > _LONGEST:
            expected, received = f"at most {_LONGEST} characters of JSON", str(len(text))
            raise ValidationFailed(
                f"Invalid pipeline: expected {expected} for 'steps' but received {received}.",
                details=[{"field": "steps", "expected": expected, "received": received}],
            )
        return text


def _as_text(steps: Sequence[Step]) -> str:
    return json.dumps([{"toolId": step.tool_id, "settings": step.settings} for step in steps])


def _refuse_gone(db: Database, actor: Actor) -> None:
    """Make sure that the account was not deleted since the request was let in."""
    if not User.select().where(User.id == actor.id).exists(db):
        raise AuthRequired("There is no account that the pipeline could belong to.")


def _refuse_too_many(db: Database, owner: str) -> None:
    if Pipeline.select().where(Pipeline.owner == owner).count(db) >= _MOST:
        raise ValidationFailed(f"A user has at most {_MOST} pipelines; delete one first.")


def _visible_to(actor: Actor, action: Action) -> "ModelSelect[Pipeline]":
    found = Pipeline.select()
    owner = owner_filter(actor, action)
    return found if owner is None else found.where(Pipeline.owner == owner)


def _find(db: Database, actor: Actor, action: Action, pipeline_id: str) -> Pipeline:
    row: Pipeline | None = _visible_to(actor, action).where(Pipeline.id == pipeline_id).first(db)
    if row is None:
        raise NotFound("There is no such pipeline.")
    return row


def _record(row: Pipeline) -> PipelineRecord:
    return PipelineRecord(
        id=row.id,
        name=row.name,
        description=row.description or None,
        steps=[SavedStep.model_validate(step) for step in json.loads(row.steps)],
        created_at=moment(row.created),
        updated_at=moment(row.updated),
    )
