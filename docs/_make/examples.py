"""What the documentation shows of each tool: the first example on its page, all in the gallery.

A tool that isn't named here is shown with the example of its settings on the usual pictures.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ashim_core.tool import Tool
from docs._make.drawings import CHART, DRAWING, FROM_CAMERA, LOGO, PHOTO, SEVERAL, File


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
    "border": (
        Example({"width": 24, "padding": 12, "color": "#1a1a1a"}),
        Example(
            {"width": 0, "borderRadius": 60, "shadow": True, "shadowBlur": 40, "shadowOffsetY": 20}
        ),
        Example({"width": 40, "style": "gradient", "color": "#f2b705", "secondColor": "#1f4e9e"}),
        Example({"width": 40, "style": "pattern", "pattern": "dots", "patternSize": 20}),
    ),
    "bulk-rename": (Example(files=FROM_CAMERA, named=True),),
    "collage": (
        Example(),
        Example({"template": "3-left-large", "gap": 24, "backgroundColor": "transparent"}),
    ),
    "color-adjustments": (
        Example(),
        Example({"temperature": 80}),
        Example({"effects": ["sepia", "vignette"]}),
        Example({"hue": 120}, (CHART,)),
        Example({"saturation": -100}, (CHART,)),
    ),
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
    "replace-color": (
        Example({"targetColor": "#ff0000", "replacementColor": "#00a86b"}, (DRAWING,)),
        Example({"targetColor": "#f7f3e8", "makeTransparent": True, "tolerance": 40}, (DRAWING,)),
        Example(
            {"targetColor": "#ff0000", "invert": True, "replacementColor": "#ffffff"}, (DRAWING,)
        ),
    ),
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
    "sharpening": (
        Example({"mode": "unsharp", "amount": 250, "radius": 2}, detail=_SUN),
        Example({"mode": "adaptive", "sigma": 3}, detail=_SUN),
        Example({"mode": "highpass", "strength": 100, "kernelSize": 5}, detail=_SUN),
    ),
    "stitch": (
        Example({"direction": "horizontal", "gap": 12, "border": 12}),
        Example({"direction": "grid", "resizeMode": "crop"}),
    ),
    "strip-metadata": (Example(files=FROM_CAMERA[:1], told={"inspect": True}),),
    "text-overlay": (
        Example(),
        Example(
            {
                "text": "ערב טוב\nمساء الخير",  # noqa: RUF001 - other scripts are what is shown
                "x": 40,
                "y": 40,
                "align": "right",
                "fontSize": 64,
            }
        ),
        Example(
            {
                "text": "Round corners",
                "background": "#f2b705",
                "color": "#1a1a1a",
                "padding": 24,
                "borderRadius": 2000,
                "rotation": -8,
                "position": "top-right",
            }
        ),
    ),
    "watermark-image": (Example(), Example({"tile": True, "opacity": 30, "rotation": -30})),
    "watermark-text": (
        Example(),
        Example(
            {"text": "© 2025", "tile": True, "rotation": -30, "color": "#ffffff", "opacity": 30}
        ),
    ),
}


def examples_of(tool: Tool) -> tuple[Example, ...]:
    """Give the examples of a tool, with all settings and files filled in."""
    return tuple(_filled(tool, example) for example in EXAMPLES.get(tool.id, (Example(),)))


def _filled(tool: Tool, example: Example) -> Example:
    settings, files = example.settings, example.files or _usual(tool)
    there = {file.field for file in files}
    wanted = [extra for extra in tool.extras if extra.required and extra.name not in there]
    files = (*files, *(replace(LOGO, field=extra.name) for extra in wanted))
    return replace(
        example,
        settings=dict(tool.settings.example) if settings is None else settings,
        files=files,
    )


def _usual(tool: Tool) -> tuple[File, ...]:
    """Choose pictures for a tool that has none of its own: of several files, a few."""
    count = max(tool.min_files, min(tool.max_files, len(SEVERAL)))
    return tuple(SEVERAL[index % len(SEVERAL)] for index in range(count))
