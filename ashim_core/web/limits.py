"""What is accepted here, for those who want to say so before anything is sent."""

from collections.abc import Iterable

from flask import Blueprint
from pydantic import Field

from ashim_core.web.context import core, preferences
from ashim_core.web.endpoint import json_view
from ashim_core.web.permissions import requires
from ashim_core.wire.bodies import Record

blueprint = Blueprint("system", __name__, url_prefix="/api/v1/limits")

_KIB, _MIB = 1024, 1024 * 1024


class Limits(Record):
    """What is accepted here at the moment. Null: any number, or any amount."""

    max_upload_bytes: int = Field(description="Of the largest single file.")
    max_batch_files: int = Field(description="Files of one batch, and of one upload.")
    max_pipeline_steps: int
    max_megapixels: float = Field(
        description="Width x height x frames of one picture, in millions."
    )
    max_logo_bytes: int
    result_hours: float = Field(description="How long a result can be downloaded.")
    library_bytes: int | None = Field(
        description="What the library keeps for each account, all versions together."
    )
    requests_per_minute: int | None = Field(
        description="All but those that are counted as `picturesPerMinute`."
    )
    pictures_per_minute: int | None = Field(
        description="Pictures, files, and how jobs are, for whoever is signed in."
    )
    extensions: list[str] = Field(
        description="What names of files that are read here end with, such as `.jpg`."
    )
    media_types: list[str] = Field(description="Media types of files that are read here.")


@blueprint.get("")
@requires("tools:read")
@json_view(tagged=True)
def get_limits() -> Limits:
    """Say what is accepted here: how much, how often, and which files."""
    config, wishes, formats = core().config, preferences(), core().registry.formats
    return Limits(
        max_upload_bytes=wishes.file_upload_limit_mb * _MIB,
        max_batch_files=config.max_batch_size,
        max_pipeline_steps=config.max_pipeline_steps,
        max_megapixels=config.max_megapixels,
        max_logo_bytes=config.max_logo_size_kb * _KIB,
        result_hours=wishes.temp_file_max_age_hours,
        library_bytes=config.library_quota_mb * _MIB or None,
        requests_per_minute=config.rate_limit_per_min or None,
        pictures_per_minute=config.pictures_per_minute or None,
        extensions=_once(
            f".{name}" for one in formats for name in (one.extension, *one.extensions)
        ),
        media_types=_once(name for one in formats for name in (one.media_type, *one.media_types)),
    )


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
