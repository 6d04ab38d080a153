"""What the API takes and gives about saved pipelines."""

import unicodedata
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, SkipValidation

from ashim_core.pipelines.definition import PipelineStep
from ashim_core.wire.bodies import Body, OneLine, Record


def _visible(text: str) -> str:
    text = text.strip()
    if not text:
        raise ValueError("expected at least one visible character")
    return text


def _lines(text: str) -> str:
    """Bring text to one form; lines may end in it."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" for char in text):
        raise ValueError("expected text without control characters")
    return text


PipelineName = Annotated[str, Field(max_length=100), OneLine, AfterValidator(_visible)]
Description = Annotated[str, Field(max_length=500), AfterValidator(_lines)]
Steps = SkipValidation[Annotated[list[PipelineStep], Field(min_length=1)]]
"""Steps as they came: whoever reads them says which one is wrong."""


class NewPipeline(Body):
    """A pipeline to be saved."""

    name: PipelineName
    description: Description | None = None
    steps: Steps


class PipelineChange(Body):
    """What shall be different about a saved pipeline."""

    name: PipelineName | None = None
    description: Description | None = None
    steps: Steps | None = None


class SavedStep(Record):
    """One tool with its settings."""

    tool_id: str
    settings: dict[str, Any]


class PipelineRecord(Record):
    """A saved pipeline. Its tools may be gone, or switched off, since."""

    id: str
    name: str
    description: str | None
    steps: list[SavedStep]
    created_at: datetime
    updated_at: datetime


class PipelineList(Record):
    """Saved pipelines, the latest first."""

    pipelines: list[PipelineRecord]
