"""Find Duplicates: which of many pictures are copies of one another, and which one to keep."""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyvips
from pydantic import Field

from ashim_core.plugin import (
    AshimError,
    Context,
    FileTool,
    InputFile,
    Outcome,
    Pictures,
    Report,
    Size,
    Tool,
    ToolError,
    ToolSettings,
    about,
    hookimpl,
)
from ashim_utilities.likeness.grouping import Member, groups
from ashim_utilities.likeness.hashing import SIDE, Hash, hashed

_LOSSLESS = frozenset({"png", "apng", "tiff", "bmp", "gif", "psd", "exr", "tga", "pnm"})
_THUMBNAIL, _QUALITY = 200, 70
_BITS = 64


class FindDuplicatesSettings(ToolSettings):
    threshold: float = Field(
        default=8,
        ge=0,
        le=20,
        description="How far hashes may be apart, of 64 bits: 0 finds what looks equal, 8 "
        "also what was cut a little or written on, and from 12 on pictures may only be similar.",
    )
    thumbnails: bool = Field(
        default=False, description="Report a small JPEG of each copy as a data URI, too."
    )


class Copy(Report):
    """One picture of a group."""

    index: int = Field(description="Its place among the files that were sent, from 0.")
    filename: str
    width: int = Field(description="In pixels.")
    height: int = Field(description="In pixels.")
    file_size: int = Field(description="In bytes.")
    format: str
    distance: float = Field(ge=0, description="From the best of the group, 0 to 64.")
    similarity: float = Field(ge=0, le=100, description="Percent, by the distance.")
    is_best: bool
    thumbnail: str | None = Field(description="A data URI, if asked for.")


class DuplicateGroup(Report):
    """Copies of one picture, the best first."""

    group_id: int = Field(ge=1)
    best: int = Field(description="The place of the best one among the files, from 0.")
    reason: str = Field(description="Why that one is the best, in words.")
    files: list[Copy]


class Unreadable(Report):
    """A file that was left out."""

    index: int = Field(description="Its place among the files, from 0.")
    filename: str
    code: str
    error: str


class FindDuplicatesReport(Report):
    """Which pictures are copies of one another."""

    total_images: int = Field(description="Those that could be read.")
    duplicate_groups: list[DuplicateGroup]
    unique_images: int = Field(description="Pictures without a copy.")
    space_saveable: int = Field(description="Bytes of all copies but the best ones.")
    unreadable: list[Unreadable]


@dataclass(frozen=True)
class _Candidate:
    """A picture among others. index: its place among the files."""

    index: int
    file: InputFile
    size: Size
    bytes: int
    format: str
    hash: Hash

    @property
    def pixels(self) -> int:
        return self.size.width * self.size.height

    @property
    def rank(self) -> tuple[int, bool, int, int]:
        """Sort the best first: the most pixels, nothing lost, the most bytes, the first sent."""
        return -self.pixels, self.format not in _LOSSLESS, -self.bytes, self.index


def find_duplicates(context: Context[FindDuplicatesSettings]) -> Outcome:
    """Group pictures that are copies: scaled, encoded anew, cut a little, or written on."""
    settings = context.settings
    found: list[_Candidate] = []
    unreadable: list[Unreadable] = []
    for index, file in enumerate(context.inputs):
        context.progress(100 * index / len(context.inputs), file.name)
        try:
            found.append(_candidate(index, file, context.pictures))
        except AshimError as error:
            unreadable.append(_left_out(index, file, error))
    if len(found) < 2:
        raise _too_few(unreadable)
    found.sort(key=lambda one: one.rank)
    gathered = groups([one.hash for one in found], settings.threshold)
    if settings.thumbnails:
        thumbnails = {
            member.place: _thumbnail(found[member.place].file, context.pictures)
            for members in gathered
            for member in members
        }
    else:
        thumbnails = {}
    return _reported(found, gathered, thumbnails, unreadable)


def _candidate(index: int, file: InputFile, pictures: Pictures) -> _Candidate:
    with about(file):
        header = pictures.header(file.path)
        size = Size(*header.upright)
        image = pictures.open(file.path, shrink=max(1, min(size) / SIDE)).frames[0]
        return _Candidate(
            index, file, size, file.path.stat().st_size, header.format.name, hashed(image)
        )


def _left_out(index: int, file: InputFile, error: AshimError) -> Unreadable:
    return Unreadable(index=index, filename=file.name, code=error.code, error=error.message)


def _too_few(unreadable: Sequence[Unreadable]) -> ToolError:
    return ToolError(
        "Fewer than two of the files can be read as pictures.",
        code="TOO_FEW_PICTURES",
        details=[
            {"field": "file", "expected": "a picture", "received": one.error} for one in unreadable
        ],
    )


def _reported(
    found: Sequence[_Candidate],
    gathered: Sequence[Sequence[Member]],
    thumbnails: dict[int, str],
    unreadable: list[Unreadable],
) -> FindDuplicatesReport:
    described = [
        DuplicateGroup(
            group_id=number,
            best=found[members[0].place].index,
            reason=_reason([found[member.place] for member in members]),
            files=[
                _copy(found[member.place], member, members[0], thumbnails.get(member.place))
                for member in members
            ],
        )
        for number, members in enumerate(_in_order(found, gathered), 1)
    ]
    copies = [copy for group in described for copy in group.files]
    return FindDuplicatesReport(
        total_images=len(found),
        duplicate_groups=described,
        unique_images=len(found) - len(copies),
        space_saveable=sum(copy.file_size for copy in copies if not copy.is_best),
        unreadable=unreadable,
    )


def _in_order(
    found: Sequence[_Candidate], gathered: Sequence[Sequence[Member]]
) -> list[Sequence[Member]]:
    """Sort groups by which of their files was sent first."""
    return sorted(
        gathered, key=lambda members: min(found[member.place].index for member in members)
    )


def _copy(one: _Candidate, member: Member, best: Member, thumbnail: str | None) -> Copy:
    return Copy(
        index=one.index,
        filename=one.file.name,
        width=one.size.width,
        height=one.size.height,
        file_size=one.bytes,
        format=one.format,
        distance=member.distance,
        similarity=round(100 * (1 - member.distance / _BITS), 2),
        is_best=member is best,
        thumbnail=thumbnail,
    )


def _reason(ranked: Sequence[_Candidate]) -> str:
    """Say what the best has over the one that comes next to it."""
    best, others = ranked[0], sorted(ranked[1:], key=lambda one: one.rank)
    if best.pixels > others[0].pixels:
        return f"It has the most pixels: {best.size.width} x {best.size.height}."
    if best.format in _LOSSLESS and others[0].format not in _LOSSLESS:
        return f"It has as many pixels as another, and {best.format.upper()} loses nothing."
    if best.bytes > others[0].bytes:
        return f"It has as many pixels as another in more bytes: {best.bytes}."
    return "It was sent first of those that are equally good."


def _thumbnail(file: InputFile, pictures: Pictures) -> str:
    with about(file):
        shrink = max(1, max(pictures.header(file.path).upright) / _THUMBNAIL)
        image = pictures.open(file.path, shrink=shrink).frames[0]
        small: pyvips.Image = image.thumbnail_image(_THUMBNAIL, height=_THUMBNAIL, size="down")
        small = small.flatten(background=[255, 255, 255]) if small.hasalpha() else small
        data = small.jpegsave_buffer(Q=_QUALITY, keep=0)
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool(
        "find-duplicates",
        find_duplicates,
        FindDuplicatesSettings,
        category="utilities",
        files=(2, 200),
        gives="report",
        report=FindDuplicatesReport,
    )
