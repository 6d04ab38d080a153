"""What the documentation shows of each tool: the first example on its page, all in the gallery.

A tool that isn't named here is shown with the example of its settings on the usual pictures.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ashim_core.tool import Tool
from docs.drawings import CHART, DRAWING, FROM_CAMERA, LOGO, PHOTO, SEVERAL, File


@dataclass(frozen=True)
class Example:
    """One run of a tool.

    settings: as on the wire; those of the tool's own example if not given.
    files: what is sent; the usual pictures if not given. A second one is the logo, unless one
        of them goes into its field.
    detail: the part of the pictures that is shown large: left, top, width and height as shares.
    told: settings that make the tool report on a file; then its reports of what goes in and of
        what comes out are shown, not the pictures.
    named: the names of the files are shown, not the pictures.
    """

    settings: Mapping[str, Any] | None = None
    files: tuple[File, ...] = ()
    detail: tuple[float, float, float, float] | None = None
    told: Mapping[str, Any] | None = None
    named: bool = False


_SUN = (0.6, 0.43, 0.15, 0.15)

EXAMPLES: Mapping[str, tuple[Example, ...]] = {
    "bulk-rename": (Example(files=FROM_CAMERA, named=True),),
    "compress": (Example({"targetSizeKB": 8}, detail=_SUN),),
    "convert": (
        Example(),
        Example({"format": "webp", "quality": 1}, detail=_SUN),
        Example({"format": "gif"}, detail=_SUN),
    ),
    "crop": (
        Example({"aspectRatio": "4:5", "shape": "rounded", "borderRadius": 90}),
        Example({"shape": "circle"}),
        Example({"left": 10, "top": 10, "width": 80, "height": 50, "unit": "percent"}),
        Example({"shape": "circle", "background": "#f2b705"}),
    ),
    "edit-metadata": (Example(files=FROM_CAMERA[:1], told={"inspect": True}),),
    "favicon": (
        Example(files=(PHOTO,)),
        Example({"fit": "contain", "padding": 10, "backgroundColor": "#ffffff"}, (LOGO,)),
    ),
    "optimize-for-web": (
        Example({"format": "webp", "maxWidthPx": 450}),
        Example({"format": "auto"}, (DRAWING,)),
    ),
    "pixelate": (Example({"block": 32}),),
    "resize": (
        Example({"width": 400, "height": 400}),
        Example({"width": 600, "height": 600, "fit": "contain", "background": "#22314e"}),
        Example({"width": 500, "height": 250, "fit": "fill"}, (CHART,)),
        Example({"percentage": 25}, (CHART,)),
    ),
    "rotate": (
        Example({"angle": -12, "background": "transparent"}),
        Example({"angle": 90}),
        Example({"flip": "horizontal"}, (DRAWING,)),
        Example({"angle": 30, "background": "#ffd166"}, (LOGO,)),
    ),
    "strip-metadata": (Example(files=FROM_CAMERA[:1], told={"inspect": True}),),
}


def examples_of(tool: Tool) -> tuple[Example, ...]:
    """Give the examples of a tool, with all settings and files filled in."""
    return tuple(_filled(tool, example) for example in EXAMPLES.get(tool.id, (Example(),)))


def _filled(tool: Tool, example: Example) -> Example:
    settings, field = example.settings, tool.second
    files = example.files or _usual(tool)
    if field and all(file.field != field for file in files):
        files = (*files, replace(LOGO, field=field))
    return replace(
        example,
        settings=dict(tool.settings.example) if settings is None else settings,
        files=files,
    )


def _usual(tool: Tool) -> tuple[File, ...]:
    """Choose pictures for a tool that has none of its own: of several files, a few."""
    count = max(tool.min_files, min(tool.max_files, len(SEVERAL)))
    return tuple(SEVERAL[index % len(SEVERAL)] for index in range(count))
