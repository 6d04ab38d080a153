"""Replace & Invert Color: one colour becomes another one, or transparent, or stays alone.

How alike colours are is their distance in CIELAB (Delta E of 1976), where 2 can just be seen side
by side and black and white are 100 apart. Up to half of the tolerance a colour is replaced wholly,
from there on less and less, and at the tolerance no more, so edges that were smooth stay smooth.
"""

from collections.abc import Iterable
from typing import Any

import pyvips
from pydantic import Field, field_validator, model_validator

from ashim_adjustments.rows import parts, shared
from ashim_core.plugin import Colour, Encoding, ImageTool, Tool, ToolSettings, hookimpl

_RED, _GREEN = Colour(255, 0, 0), Colour(0, 255, 0)


class ReplaceColorSettings(ToolSettings):
    example = {"targetColor": "#ff0000", "replacementColor": "#0000ff", "tolerance": 60}

    target_color: Colour = Field(
        default=_RED,
        description="The colour to be replaced. Where sourceColor is given, that is the colour to "
        "be replaced, and this the one to replace it with.",
        examples=["#ff0000"],
    )
    replacement_color: Colour = Field(
        default=_GREEN,
        description="The colour to replace it with. Where it is not opaque the result isn't "
        "either, and that of a JPEG becomes a PNG.",
        examples=["#0000ff"],
    )
    tolerance: float = Field(
        default=30,
        ge=0,
        le=255,
        description="How far a colour may be from the target, as Delta E (CIE 1976). Up to half of "
        "it the replacement is whole, from there it fades. 0: exactly the target and nothing else.",
        examples=[60],
    )
    invert: bool = Field(
        default=False, description="Replace everything but the target instead of the target."
    )
    make_transparent: bool = Field(
        default=False,
        description="Make it transparent; replacementColor isn't used then. The result of a JPEG "
        "becomes a PNG.",
    )

    @model_validator(mode="before")
    @classmethod
    def _from_source_to_target(cls, data: Any) -> Any:
        """Understand `sourceColor`, which older clients have replaced by `targetColor`."""
        if not isinstance(data, dict) or not data.keys() & {"sourceColor", "source_color"}:
            return data
        if data.keys() & {"replacementColor", "replacement_color"}:
            raise ValueError(
                "either targetColor and replacementColor, or sourceColor and targetColor"
            )
        names = {
            **dict.fromkeys(("sourceColor", "source_color"), "targetColor"),
            **dict.fromkeys(("targetColor", "target_color"), "replacementColor"),
        }
        return {names.get(name, name): value for name, value in data.items()}

    @field_validator("target_color")
    @classmethod
    def _a_colour_that_is_seen(cls, colour: Colour) -> Colour:
        if not colour.opaque:
            raise ValueError("a colour without alpha")
        return colour


def encoding(settings: ReplaceColorSettings, current: Encoding) -> Encoding:
    """Choose a format that can hold transparency, where there is going to be some."""
    return current if _opacity(settings) == 255 else current.keeping_alpha()


def replace_color(image: pyvips.Image, settings: ReplaceColorSettings) -> pyvips.Image:
    """Replace a colour, and what looks like it, by another one or by transparency."""
    colours, alpha = parts(image)
    if colours.bands == 1:
        changed = colours.maplut(_of_greys(settings))
    else:
        changed = _replaced(colours, settings)
    if alpha is None:
        return changed
    new, left = parts(changed)
    if left is not None:
        alpha = (left * alpha / 255).rint().cast("uchar")
    return new.bandjoin(alpha)


def _of_greys(settings: ReplaceColorSettings) -> pyvips.Image:
    """Give what becomes of each of the 256 greys: all that a grey picture consists of."""
    greys = pyvips.Image.identity()
    table = _replaced(greys.bandjoin(greys).bandjoin(greys).copy(interpretation="srgb"), settings)
    if settings.make_transparent or settings.replacement_color.neutral:
        table = table[0].bandjoin(table[3]) if table.hasalpha() else table[0]
    return table.copy(interpretation="srgb" if table.bands > 2 else "b-w")


def _replaced(colours: pyvips.Image, settings: ReplaceColorSettings) -> pyvips.Image:
    """Replace in a picture of three bands; give it alpha where the replacement isn't opaque."""
    colours = shared(colours)
    share, opacity = _share(colours, settings), _opacity(settings)
    if opacity < 255:
        share = shared(share)
    if opacity == 0:
        return colours.bandjoin(share.invert())
    # What comes in weighs as much as it is seen.
    weights = [part * opacity / _left(part, opacity) for part in range(256)]
    weight = share if opacity == 255 else share.maplut(_table(weights))
    new = weight.ifthenelse([*settings.replacement_color[:3]], colours, blend=True)
    if opacity == 255:
        return new
    return new.bandjoin(share.maplut(_table([_left(part, opacity) for part in range(256)])))


def _share(colours: pyvips.Image, settings: ReplaceColorSettings) -> pyvips.Image:
    """Say how much of each pixel is replaced, 0 to 255."""
    target: list[float] = [*settings.target_color[:3]]
    if settings.tolerance:
        away = colours.colourspace("lab").dE76(_lab(target, colours))
        share = away.linear([-2 * 255 / settings.tolerance], [2 * 255], uchar=True)
    else:
        share = colours.relational_const("equal", target).bandand()
    return share.invert() if settings.invert else share


def _lab(colour: list[float], like: pyvips.Image) -> pyvips.Image:
    """Give a picture of one colour, in CIELAB and of the size of another."""
    pixel = pyvips.Image.new_from_array([colour[:1]]).bandjoin(colour[1:]).cast("uchar")
    lab = pixel.copy(interpretation="srgb").colourspace("lab").copy_memory()
    return lab.embed(0, 0, like.width, like.height, extend="copy")


def _opacity(settings: ReplaceColorSettings) -> int:
    """Give the alpha of what comes in, 0 to 255."""
    return 0 if settings.make_transparent else settings.replacement_color.alpha


def _left(part: int, opacity: int) -> float:
    """Give the alpha of a pixel, 0 to 255, of which a part is replaced."""
    return 255 - part + part * opacity / 255


def _table(values: list[float]) -> pyvips.Image:
    return pyvips.Image.new_from_array([values]).rint().cast("uchar")


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool(
        "replace-color",
        replace_color,
        ReplaceColorSettings,
        category="adjustments",
        name="Replace & Invert Color",
        streams=True,
        encode=encoding,
    )
