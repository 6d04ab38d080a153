"""Edit Metadata: change what a picture file says about itself, without touching a pixel."""

import re
import shutil
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, model_validator

from ashim_core.plugin import (
    Context,
    FileTool,
    InputFile,
    Outcome,
    Pictures,
    Tool,
    ToolSettings,
    hookimpl,
    metadata,
    result_name,
)
from ashim_optimization.metadata import exiftool, grouped, tags
from ashim_optimization.metadata.formats import Format, find_format
from ashim_optimization.metadata.moment import moment

_ID = "edit-metadata"
_SHIFT = re.compile(r"([+-])(\d{1,2}):([0-5]\d)", re.ASCII)
_FIELD = r"^[A-Za-z][A-Za-z0-9_-]*(:[A-Za-z][A-Za-z0-9_-]*)?$"
_LINES = "\t\n"
_REMOVES = "An empty text removes it."


def _plain(text: str) -> str:
    """Refuse what XML can't hold: control characters, halves of pairs, and what is no character."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for position, char in enumerate(text, 1):
        control = unicodedata.category(char) in ("Cc", "Cs") and char not in _LINES
        if control or ord(char) & 0xFFFE == 0xFFFE:
            raise ValueError(f"text without the character U+{ord(char):04X} at position {position}")
    return text


def _date(text: str) -> str:
    moment(text)
    return text


def _removable(field: str) -> str:
    group = field.partition(":")[0].upper().partition("-")[0]
    if ":" in field and group not in tags.REMOVABLE:
        raise ValueError(f"a field of one of the groups {', '.join(sorted(tags.REMOVABLE))}")
    return field


_Short = Annotated[str, StringConstraints(max_length=200), AfterValidator(_plain)]
_Long = Annotated[str, StringConstraints(max_length=5000), AfterValidator(_plain)]
_Date = Annotated[str, StringConstraints(max_length=40), AfterValidator(_date)]
_Word = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_plain)]
_Removable = Annotated[
    str, StringConstraints(max_length=80, pattern=_FIELD), AfterValidator(_removable)
]


class Gps(ToolSettings):
    """A place on earth."""

    lat: float = Field(ge=-90, le=90, description="Degrees north.")
    lon: float = Field(ge=-180, le=180, description="Degrees east.")
    alt: float | None = Field(
        default=None, ge=-20_000, le=100_000, description="Metres above the sea."
    )


# The schema stands where it is used: not every reader of one follows references.
_Place = Annotated[Gps, WithJsonSchema(Gps.model_json_schema())]


class EditMetadataSettings(ToolSettings):
    example = {"title": "Evening at the lake", "keywords": ["lake", "evening"]}
    legacy_names = {
        "artist": "author",
        "imageDescription": "description",
        "setAllDates": "dateTime",
        "iptcHeadline": "headline",
        "iptcCity": "city",
        "iptcState": "state",
        "iptcCountry": "country",
    }

    title: _Short | None = Field(default=None, description=f"A short name. {_REMOVES}")
    description: _Long | None = Field(
        default=None, description=f"What the picture shows. {_REMOVES}"
    )
    author: _Short | None = Field(default=None, description=f"Who made the picture. {_REMOVES}")
    copyright: _Short | None = Field(default=None, description=f"Who owns it. {_REMOVES}")
    software: _Short | None = Field(
        default=None, description=f"The program that it was made with. {_REMOVES}"
    )
    keywords: list[_Word] | None = Field(
        default=None, max_length=100, description="Words to find the picture by."
    )
    keywords_mode: Literal["set", "add"] = Field(
        default="set",
        description="set: the keywords replace those that are there. add: they are added.",
    )
    date_time: _Date | None = Field(
        default=None,
        description="All dates of the picture, in ISO 8601, with an offset or without: when it was "
        "taken, digitized and last changed.",
        examples=["2024-12-31T23:59:00+01:00"],
    )
    date_time_original: _Date | None = Field(
        default=None, description="When the picture was taken, if that is not dateTime."
    )
    date_shift: str | None = Field(
        default=None,
        max_length=6,
        pattern=r"^[+-]\d{1,2}:[0-5]\d$",
        description="Moves all dates of EXIF and XMP by hours and minutes, for a clock that was "
        "wrong.",
        examples=["+2:30"],
    )
    gps: _Place | None = Field(
        default=None, description="Where the picture was taken; null removes it."
    )
    gps_latitude: float | None = Field(
        default=None, ge=-90, le=90, description="Degrees north; the same as lat in gps."
    )
    gps_longitude: float | None = Field(
        default=None, ge=-180, le=180, description="Degrees east; the same as lon in gps."
    )
    gps_altitude: float | None = Field(
        default=None, ge=-20_000, le=100_000, description="Metres; the same as alt in gps."
    )
    clear_gps: bool = Field(
        default=False, description="Remove where the picture was taken, whatever gps says."
    )
    headline: _Short | None = Field(default=None, description=f"A headline. {_REMOVES}")
    city: _Short | None = Field(default=None, description=f"The city that it shows. {_REMOVES}")
    state: _Short | None = Field(default=None, description=f"The state or province. {_REMOVES}")
    country: _Short | None = Field(default=None, description=f"The country. {_REMOVES}")
    iptc_title: _Short | None = Field(
        default=None, description="The title in IPTC, if it is not that of the rest."
    )
    fields_to_remove: list[_Removable] = Field(
        default=[],
        max_length=100,
        description="Names of fields as ExifTool has them, such as Make or XMP-dc:Source.",
        examples=[["Make", "Model"]],
    )
    inspect: bool = Field(
        default=False,
        description="Report all metadata instead of making a file: the same as the action "
        "`inspect`.",
    )

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> Self:
        flat = (self.gps_latitude, self.gps_longitude)
        if (flat[0] is None) != (flat[1] is None):
            raise ValueError("gpsLatitude and gpsLongitude together")
        if self.gps_altitude is not None and flat[0] is None:
            raise ValueError("gpsLatitude and gpsLongitude with gpsAltitude")
        if self.gps is not None and flat[0] is not None:
            raise ValueError("either gps, or gpsLatitude and gpsLongitude, not both")
        if self.date_shift and (self.date_time or self.date_time_original):
            raise ValueError("either dateShift, or dateTime and dateTimeOriginal, not both")
        return self


_TEXTS = (
    *("title", "description", "author", "copyright", "software"),
    *("headline", "city", "state", "country"),
)


class Nothing(ToolSettings):
    """A look needs no settings."""


def edit_metadata(context: Context[EditMetadataSettings]) -> Outcome:
    """Write title, author, keywords, date, place and more into EXIF, XMP and IPTC."""
    if context.settings.inspect:
        return inspect(context)
    file, settings = context.inputs[0], context.settings
    format = _checked_format(file, context.pictures)
    target = context.workdir / result_name(file.name, _ID, format.extension)
    if settings.keywords and settings.keywords_mode == "add":
        there = grouped.keywords(grouped.read(file.path, format, context.workdir))
        settings = settings.model_copy(update={"keywords": [*there, *settings.keywords]})
    arguments = tags.fitting(changes(settings, format), format)
    if arguments:
        exiftool.change(file.path, format, arguments, context.workdir).rename(target)
    else:
        shutil.copyfile(file.path, target)
    return [target]


def inspect(context: Context[Nothing] | Context[EditMetadataSettings]) -> Outcome:
    """Report all metadata of a picture, by group."""
    file = context.inputs[0]
    format = _checked_format(file, context.pictures)
    groups = grouped.read(file.path, format, context.workdir)
    facts: dict[str, Any] = {"filename": file.name, "fileSize": file.path.stat().st_size}
    return {**facts, "format": format.name, **groups, "keywords": grouped.keywords(groups)}


def _checked_format(file: InputFile, pictures: Pictures) -> Format:
    """Find out what a file is, and that it is whole as far as a look can tell."""
    format = find_format(file.path, pictures)
    if format.container:
        with metadata.mapped(file.path) as data:
            format.container.check(data)
    return format


def changes(settings: EditMetadataSettings, format: Format) -> Iterator[str]:
    """Give what ExifTool has to do, the removal of fields first."""
    for field in settings.fields_to_remove:
        yield from tags.removal(field)
    for name in _TEXTS:
        text = getattr(settings, name)
        if text is not None:
            yield from tags.texts(name, text)
    if settings.iptc_title is not None:
        titled = settings.title is not None
        yield from tags.iptc_title(settings.iptc_title, format, titled=titled)
    adds_nothing = settings.keywords_mode == "add" and not settings.keywords
    if settings.keywords is not None and not adds_nothing:
        yield from tags.keywords(list(dict.fromkeys(settings.keywords)))
    yield from _dates(settings)
    yield from _place(settings)


def _dates(settings: EditMetadataSettings) -> Iterator[str]:
    taken = settings.date_time_original or settings.date_time
    if taken:
        yield from tags.date(tags.TAKEN, moment(taken))
    if settings.date_time:
        yield from tags.date(tags.DIGITIZED, moment(settings.date_time))
        yield from tags.date(tags.CHANGED, moment(settings.date_time))
    if settings.date_shift and (found := _SHIFT.fullmatch(settings.date_shift)):
        yield from tags.shift(found[1], found[2], found[3])


def _place(settings: EditMetadataSettings) -> Iterator[str]:
    removed = "gps" in settings.model_fields_set and settings.gps is None
    if settings.gps is not None and not settings.clear_gps:
        yield from tags.place(settings.gps.lat, settings.gps.lon, settings.gps.alt)
    elif settings.gps_latitude is not None and not settings.clear_gps:
        longitude = settings.gps_longitude or 0.0
        yield from tags.place(settings.gps_latitude, longitude, settings.gps_altitude)
    elif removed or settings.clear_gps:
        yield from tags.no_place()


def _gives(settings: EditMetadataSettings) -> Literal["picture", "report"]:
    return "report" if settings.inspect else "picture"


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool(
        _ID,
        edit_metadata,
        EditMetadataSettings,
        category="optimization",
        requires=[exiftool.EXIFTOOL],
        gives=_gives,
        actions=[
            FileTool("inspect", inspect, Nothing, category="optimization", gives="report"),
        ],
    )
