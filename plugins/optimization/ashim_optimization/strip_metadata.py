"""Strip Metadata: take out what a picture file says besides its pixels, which stay as they are."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from ashim_core.plugin import (
    Context,
    DecodeFailed,
    FileTool,
    InputFile,
    Outcome,
    Tool,
    ToolSettings,
    hookimpl,
    is_srgb,
    metadata,
    result_name,
)
from ashim_optimization.metadata import exiftool, grouped
from ashim_optimization.metadata.formats import Format, find_format
from ashim_optimization.metadata.report import report

_ID = "strip-metadata"
_UNREADABLE = ("-m", "-GPS:all=", "-InteropIFD:all=", "-ExifIFD:all=", "-MakerNotes:all=")
"""What ExifTool removes without reading it, where EXIF is damaged behind its main directory."""


class Chosen(ToolSettings):
    """What shall go."""

    strip_all: bool = Field(
        default=True,
        description="Remove everything but what the picture needs to look as it does: the "
        "orientation stays, and a colour profile unless it is sRGB, which changes nothing. With "
        "any of the settings below only what they name goes, unless this is given as true as well.",
    )
    strip_exif: bool = Field(
        default=False,
        description="Remove EXIF, with its thumbnail and GPS, even if it is damaged; the "
        "orientation stays.",
    )
    strip_gps: bool = Field(
        default=False,
        description="Remove where the picture was taken, from EXIF and XMP; the rest of "
        "both stays.",
    )
    strip_icc: bool = Field(
        default=False,
        description="Remove the colour profile, whichever it is. Unless it is sRGB the picture "
        "looks different without it.",
    )
    strip_xmp: bool = Field(default=False, description="Remove XMP.")


class StripMetadataSettings(Chosen):
    inspect: bool = Field(
        default=False,
        description="Report what there is, what would go and what would stay, instead of "
        "making a file: the same as the action `inspect`.",
    )


def chosen(settings: Chosen) -> metadata.Choice:
    """Turn the settings into what goes."""
    named = settings.strip_exif or settings.strip_gps or settings.strip_icc or settings.strip_xmp
    given = "strip_all" in settings.model_fields_set
    if settings.strip_all if given else not named:
        return metadata.Choice(
            metadata.EVERYTHING, True, "all" if settings.strip_icc else "srgb", settings.strip_exif
        )
    kinds: set[metadata.Kind] = set()
    if settings.strip_exif:
        kinds.add("exif")
    if settings.strip_xmp:
        kinds.add("xmp")
    profiles: metadata.Profiles = "all" if settings.strip_icc else "none"
    return metadata.Choice(frozenset(kinds), settings.strip_gps, profiles, settings.strip_exif)


def strip_metadata(context: Context[StripMetadataSettings]) -> Outcome:
    """Remove metadata from a picture without touching a pixel: all of it, or what is named."""
    if context.settings.inspect:
        return inspect(context)
    file, choice = context.inputs[0], chosen(context.settings)
    format = find_format(file.path, context.pictures)
    return [_stripped(file, format, choice, context.workdir)]


def inspect(context: Context[Chosen] | Context[StripMetadataSettings]) -> Outcome:
    """Report the metadata of a picture, what of it would go and what would stay."""
    file, choice = context.inputs[0], chosen(context.settings)
    format = find_format(file.path, context.pictures)
    return {
        "filename": file.name,
        "fileSize": file.path.stat().st_size,
        "format": format.name,
        **_found(file.path, format, choice, context.workdir),
    }


def _found(path: Path, format: Format, choice: metadata.Choice, workdir: Path) -> dict[str, Any]:
    if format.container is None:
        return _found_by_exiftool(path, format, choice, workdir)
    with metadata.mapped(path) as data:
        return report(format.container, data, format.container.layout(data), choice)


def _stripped(file: InputFile, format: Format, choice: metadata.Choice, workdir: Path) -> Path:
    target = workdir / result_name(file.name, _ID, format.extension)
    if format.container is None:
        arguments = _arguments(file.path, format, choice, workdir)
        return _changed(file.path, format, choice, arguments, workdir).rename(target)
    _rebuilt(file.path, format.container, choice, target)
    return target


def _changed(
    path: Path, format: Format, choice: metadata.Choice, arguments: list[str], workdir: Path
) -> Path:
    """Have ExifTool change the file; directories that it can't read go as a whole."""
    try:
        return exiftool.change(path, format, arguments, workdir)
    except DecodeFailed:
        if not (choice.gps or "exif" in choice.kinds):
            raise
        return exiftool.change(path, format, [*_UNREADABLE, *arguments], workdir)


def _rebuilt(
    path: Path, container: metadata.Container, choice: metadata.Choice, target: Path
) -> None:
    with metadata.mapped(path) as data:
        # All of it is worked out before the first byte is written.
        metadata.write(
            path, metadata.pieces(container, data, container.layout(data), choice), target
        )


def _arguments(path: Path, format: Format, choice: metadata.Choice, workdir: Path) -> list[str]:
    """Say the same to ExifTool."""
    profiles = _profiles_go(path, format, choice, workdir)
    if choice.kinds == metadata.EVERYTHING:
        # What the first directory of a TIFF says about its maker goes by names of its own.
        keep = [] if profiles else ["--ICC_Profile:all"]
        return ["-all=", "-CommonIFD0=", *keep]
    arguments = ["-ICC_Profile:all="] if profiles else []
    if "exif" in choice.kinds:
        arguments += ["-EXIF:all=", "-CommonIFD0="]
    if "xmp" in choice.kinds:
        arguments += ["-XMP:all="]
    if choice.gps:
        arguments += ["-GPS:all=", "-XMP:GPS*="]
    return arguments


def _profiles_go(path: Path, format: Format, choice: metadata.Choice, workdir: Path) -> bool:
    if choice.profiles != "srgb":
        return choice.profiles == "all"
    return is_srgb(exiftool.read_bytes(path, format, "ICC_Profile", workdir))


def _found_by_exiftool(
    path: Path, format: Format, choice: metadata.Choice, workdir: Path
) -> dict[str, Any]:
    groups = grouped.read(path, format, workdir)
    out: set[str] = set(choice.kinds)
    if _profiles_go(path, format, choice, workdir):
        out.add("icc")
    names = {name for name, values in groups.items() if values}
    going = {name for name in names if name in out}
    if "gps" in names and (choice.gps or "exif" in out):
        going.add("gps")
    found = {name: {"values": values} if values else None for name, values in groups.items()}
    return {**found, "goes": sorted(going), "stays": sorted(names - going)}


def _gives(settings: StripMetadataSettings) -> Literal["picture", "report"]:
    return "report" if settings.inspect else "picture"


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool(
        _ID,
        strip_metadata,
        StripMetadataSettings,
        category="optimization",
        gives=_gives,
        actions=[
            FileTool("inspect", inspect, Chosen, category="optimization", gives="report"),
        ],
    )
