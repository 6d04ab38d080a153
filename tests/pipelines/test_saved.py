"""Saved pipelines in every kind of database: kept as they are, with their owner, and audited."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ashim_core.backup.restore import Place, restore
from ashim_core.backup.save import save
from ashim_core.config import Config
from ashim_core.errors import AuthRequired, NotFound, ValidationFailed
from ashim_core.identity import audit
from ashim_core.identity.records import NewUser
from ashim_core.identity.service import Identity
from ashim_core.pipelines.records import NewPipeline, PipelineChange
from ashim_core.pipelines.saved import SavedPipelines
from ashim_core.policy import BUILTIN_ROLES, Actor, operator
from ashim_core.registry import Registry
from ashim_core.store.database import Store, open_store
from ashim_core.store.migrate import migrate
from ashim_core.store.models import Pipeline
from tests.store.conftest import Where, mysql, postgresql, store, where

__all__ = ["mysql", "postgresql", "store", "where"]

NUL, EMOJI = "a\x00b", "Ä 東京 🎨"


def new(name: str = "mine", *steps: dict[str, Any], **more: Any) -> NewPipeline:
    wanted = list(steps) or [{"toolId": "same"}]
    return NewPipeline.model_validate({"name": name, "steps": wanted, **more})


def account(store: Store, where: Where, name: str) -> Actor:
    user = NewUser(username=name, password="correct horse battery")
    record = Identity(store, where.config()).accounts.register(operator(), user)
    return Actor(record.id, name, "session", "user", permissions=BUILTIN_ROLES["user"])


@pytest.fixture
def ann(store: Store, where: Where) -> Actor:
    return account(store, where, "ann")


@pytest.fixture
def saved(store: Store, where: Where) -> SavedPipelines:
    return SavedPipelines(store, where.config())


@pytest.fixture
def reopened(where: Where) -> Iterator[SavedPipelines]:
    """The same data, as another process sees it."""
    with closing(where.open()) as store:
        yield SavedPipelines(store, where.config())


def deeds(store: Store) -> list[tuple[str, str | None, Any]]:
    entries = audit.read(store, audit.AuditQuery()).entries
    return [
        (entry.action, entry.target_id, entry.details)
        for entry in reversed(entries)
        if entry.target_type == "pipeline"
    ]


def test_what_was_saved_is_there_after_a_restart(
    saved: SavedPipelines, reopened: SavedPipelines, ann: Actor, registry: Registry
) -> None:
    step = {"toolId": "write", "settings": {"text": f"{NUL} {EMOJI}"}}
    made = saved.save(ann, new(EMOJI, step, description="first\nsecond"), registry)
    assert reopened.get(ann, made.id) == made
    assert reopened.list(ann).pipelines == [made]
    assert (made.name, made.description) == (EMOJI, "first\nsecond")
    assert made.steps[0].settings == {"text": f"{NUL} {EMOJI}"}
    assert made.created_at == made.updated_at


def test_every_deed_is_written_down(
    saved: SavedPipelines, store: Store, ann: Actor, registry: Registry
) -> None:
    made = saved.save(ann, new("first"), registry)
    saved.update(ann, made.id, PipelineChange(name="second"), registry)
    saved.update(ann, made.id, PipelineChange(), registry)
    saved.delete(ann, made.id)
    assert deeds(store) == [
        ("PIPELINE_CREATED", made.id, {"name": "first"}),
        ("PIPELINE_UPDATED", made.id, {"name": "second"}),
        ("PIPELINE_DELETED", made.id, {"name": "second"}),
    ]
    with pytest.raises(NotFound):
        saved.get(ann, made.id)


def test_a_deleted_user_takes_pipelines_along_and_nobody_elses(
    saved: SavedPipelines, store: Store, where: Where, ann: Actor, registry: Registry
) -> None:
    bob = account(store, where, "bob")
    saved.save(ann, new(), registry)
    kept = saved.save(bob, new(), registry)
    Identity(store, where.config()).accounts.delete(operator(), ann.id)
    assert saved.list(operator()).pipelines == [kept]
    with pytest.raises(AuthRequired):
        saved.save(ann, new(), registry)
    assert saved.list(operator()).pipelines == [kept]


def test_everybody_has_room_for_two_hundred(
    saved: SavedPipelines, store: Store, where: Where, ann: Actor, registry: Registry
) -> None:
    first = saved.save(ann, new(), registry)
    with store.writing() as db:
        row: Any = Pipeline.select().where(Pipeline.id == first.id).dicts().get(db)
        copies = [{**row, "id": str(number)} for number in range(198)]
        Pipeline.insert_many(copies).execute(db)
    saved.save(ann, new(), registry)
    with pytest.raises(ValidationFailed, match="at most 200 pipelines; delete one first"):
        saved.save(ann, new(), registry)
    assert len(saved.list(ann).pipelines) == 200
    saved.save(account(store, where, "bob"), new(), registry)
    saved.delete(ann, first.id)
    saved.save(ann, new(), registry)


def test_steps_that_no_database_holds_are_refused(
    saved: SavedPipelines, ann: Actor, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No tool here takes so long a text, so only the length is looked at.
    monkeypatch.setattr("ashim_core.pipelines.saved.check_steps", lambda registry, steps: steps)
    frame = len(json.dumps([{"toolId": "same", "settings": {"text": ""}}]))

    def long(length: int) -> NewPipeline:
        return new("long", {"toolId": "same", "settings": {"text": "x" * (length - frame)}})

    made = saved.save(ann, long(65_535), registry)
    assert len(saved.get(ann, made.id).steps[0].settings["text"]) == 65_535 - frame
    with pytest.raises(ValidationFailed) as caught:
        saved.save(ann, long(65_536), registry)
    assert caught.value.details == [
        {"field": "steps", "expected": "at most 65535 characters of JSON", "received": "65536"}
    ]
    assert saved.list(ann).pipelines == [made]


def test_a_backup_brings_them_back(
    saved: SavedPipelines, store: Store, ann: Actor, registry: Registry, tmp_path: Path
) -> None:
    made = saved.save(ann, new("kept", {"toolId": "same"}, description=EMOJI), registry)
    manifest = save(store, tmp_path, tmp_path / "backup.tar.gz")
    assert manifest.rows["pipelines"] == 1
    other = tmp_path / "other"
    other.mkdir()
    place = Place(other, other / "ashim.db", "")
    restore(tmp_path / "backup.tar.gz", place)
    with closing(open_store("", place.database)) as found:
        assert migrate(found) == []
        restored = SavedPipelines(found, Config(data_dir=other))
        assert restored.list(ann).pipelines == [made]
