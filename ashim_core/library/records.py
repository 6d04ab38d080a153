"""The library on the wire."""

import json
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from ashim_core.identity.records import moment
from ashim_core.ids import ID_PATTERN, MOST_OF_TOOL_ID, TOOL_ID_PATTERN
from ashim_core.store.models import File
from ashim_core.wire.bodies import Body, OneLine, Query, Record, clamped


class FileQuery(Query):
    """Which files, in which order, and how many.

    A page that begins at a `cursor` stays right while others upload; one that begins at an `offset`
    may show a file twice.
    """

    search: Annotated[
        str,
        Field(default="", max_length=200, description="A part of the name, in any case."),
        OneLine,
    ]
    limit: Annotated[int, clamped(1, 1000)] = Field(
        default=50, description="Files of a page, 1 to 1000. What is beyond is the nearest."
    )
    offset: Annotated[int, clamped(0, 10_000_000)] = Field(
        default=0, description="How many files are left out before. Less than 0 is 0."
    )
    cursor: str | None = Field(
        default=None, max_length=1000, description="`nextCursor` of the page before."
    )
    sort: Literal["createdAt", "name", "size"] = "createdAt"
    order: Literal["asc", "desc"] | None = Field(
        default=None,
        description="By default names rise, and the latest and the largest come first.",
    )

    @property
    def falling(self) -> bool:
        """The largest comes first."""
        return self.order == "desc" or (self.order is None and self.sort != "name")


class FileRecord(Record):
    """One version of a file.

    toolChain: the tools that have made it from the first version. parentId: the version that it was
    made from. sha256: of its bytes.
    """

    id: str
    original_name: str
    mime_type: str
    size: int
    width: int | None
    height: int | None
    version: int
    parent_id: str | None
    tool_chain: list[str]
    created_at: datetime
    sha256: str
    download_url: str
    thumbnail_url: str


class FileList(Record):
    """The newest versions of files. total: how many there are, on all pages."""

    files: list[FileRecord]
    total: int
    limit: int
    offset: int
    next_cursor: str | None


class Uploaded(Record):
    """What is in the library now."""

    files: list[FileRecord]


class FileAndVersions(Record):
    """A file, and all versions of it, the oldest first."""

    file: FileRecord
    versions: list[FileRecord]


class SavedFile(Record):
    """The new version."""

    file: FileRecord


class FileIds(Body):
    """Which files."""

    ids: list[Annotated[str, Field(max_length=100)]] = Field(min_length=1, max_length=1000)


class VersionFields(Body):
    """What a form says about a file that is to be a new version of another one."""

    parent_id: Annotated[
        str,
        Field(min_length=1, description="The id of the file that it is a version of."),
        WithJsonSchema({"type": "string", "pattern": f"^{ID_PATTERN}$"}),
    ]
    tool_id: Annotated[
        str,
        Field(
            max_length=MOST_OF_TOOL_ID,
            pattern=f"^({TOOL_ID_PATTERN})?$",
            description="The id of the tool that has made it, which needn't be one of this server.",
        ),
    ] = ""


class Deleted(Record):
    """How many versions were deleted, of all files together."""

    deleted: int


def record_of(row: File, root_path: str) -> FileRecord:
    """Describe a version. root_path: the prefix of the server's addresses."""
    address = f"{root_path}/api/v1/files/{row.id}"
    return FileRecord(
        id=row.id,
        original_name=row.name,
        mime_type=row.media_type,
        size=row.size,
        width=row.width,
        height=row.height,
        version=row.version,
        parent_id=row.parent,
        tool_chain=json.loads(row.tools),
        created_at=moment(row.created),
        sha256=row.digest,
        download_url=f"{address}/download",
        thumbnail_url=f"{address}/thumbnail",
    )
