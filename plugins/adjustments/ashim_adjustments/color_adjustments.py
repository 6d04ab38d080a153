"""Adjust Colors: light, colour, white balance, effects, sharpness and a vignette, all together.

However the settings are combined, each has its effect, in this order:

1. exposure, brightness, contrast
2. vibrance, saturation, hue
3. the effects grayscale and sepia
4. temperature, tint, red, green and blue
5. the effect invert
6. sharpness
7. the effect vignette

So a picture without colour, or made so, takes on that of the temperature. Nothing is rounded or cut
off before the end, but what sharpness adds.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import pyvips
from pydantic import Field, field_validator, model_validator

from ashim_adjustments import mix
from ashim_adjustments.curve import curve
from ashim_adjustments.detail import adaptive, bell, sharpened
from ashim_adjustments.recolour import Recipe, recoloured, settled
from ashim_adjustments.rows import parts
from ashim_adjustments.vignette import vignette
from ashim_core.plugin import ImageTool, Tool, ToolSettings, hookimpl

Effect = Literal["grayscale", "sepia", "invert", "vignette"]

_SHARPEST = {"m1": 1, "m2": 3, "x1": 2, "y2": 12, "y3": 20}


class ColorAdjustmentsSettings(ToolSettings):
    example = {"brightness": 10, "contrast": 15, "vibrance": 30}

    brightness: float = Field(
        default=0,
        ge=-100,
        le=100,
        description="Multiplies all values: -100 is black, 100 twice as bright.",
        examples=[10],
    )
    contrast: float = Field(
        default=0,
        ge=-100,
        le=100,
        description="Multiplies the distance from middle grey, 128: -100 is all grey, 100 twice "
        "as far.",
        examples=[15],
    )
    exposure: float = Field(
        default=0,
        ge=-100,
        le=100,
        description="Multiplies the light, as a camera would: 50 is one stop, twice as much light; "
        "-50 is half.",
        examples=[25],
    )
    saturation: float = Field(
        default=0,
        ge=-100,
        le=100,
        description="Strength of the colours: -100 is grey, 100 twice as strong.",
        examples=[20],
    )
    vibrance: float = Field(
        default=0,
        ge=-100,
        le=100,
        description="Like saturation, but the less, the more vivid a colour is already.",
        examples=[30],
    )
    temperature: float = Field(
        default=0,
        ge=-100,
        le=100,
        description="Warmer, or with less than 0 colder. 100: 15 % more red, 5 % more green, 15 % "
        "less blue.",
        examples=[20],
    )
    tint: float = Field(
        default=0,
        ge=-100,
        le=100,
        description="Towards magenta, or with less than 0 towards green. 100: 10 % more red and "
        "blue, 15 % less green.",
        examples=[-10],
    )
    hue: float = Field(
        default=0,
        ge=-180,
        le=180,
        description="Turns all colours around the colour wheel, in degrees.",
        examples=[90],
    )
    sharpness: float = Field(
        default=0,
        ge=0,
        le=100,
        description="Sharpens the details of lightness, coarser ones with more: by what differs "
        "from a blur of sigma 0.5 + 0.095 times this.",
        examples=[10],
    )
    red: float = Field(default=100, ge=0, le=200, description="Percent of the red that stays.")
    green: float = Field(default=100, ge=0, le=200, description="Percent of the green that stays.")
    blue: float = Field(default=100, ge=0, le=200, description="Percent of the blue that stays.")
    effects: list[Effect] = Field(
        default=[],
        max_length=4,
        description="Any of these, each once. grayscale: no colours. sepia: the brown of old "
        "photographs. invert: the negative; transparency stays. vignette: dark corners. One alone "
        "may be given as a text.",
        examples=[["sepia", "vignette"]],
        json_schema_extra={"uniqueItems": True},
    )

    @model_validator(mode="before")
    @classmethod
    def _one_effect_by_its_old_name(cls, data: Any) -> Any:
        """Understand `effect`, as older clients say it; it may be `none`."""
        if not isinstance(data, dict) or "effect" not in data:
            return data
        if "effects" in data:
            raise ValueError("either effects or effect, not both")
        rest = dict(data)
        effect = rest.pop("effect")
        return {**rest, "effects": [] if effect == "none" else effect}

    @field_validator("effects", mode="before")
    @classmethod
    def _one_effect_as_a_text(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("effects")
    @classmethod
    def _each_effect_once(cls, value: list[Effect]) -> list[Effect]:
        if len(set(value)) < len(value):
            raise ValueError("each effect once")
        return value


def adjust_colors(image: pyvips.Image, settings: ColorAdjustmentsSettings) -> pyvips.Image:
    """Adjust light, colours and sharpness of a picture, with effects; all settings combine."""
    recipe = recipe_of(settings)
    vignetted = "vignette" in settings.effects
    if recipe.idle and not settings.sharpness and not vignetted:
        return image
    colours, alpha = parts(image)
    colours = recoloured(colours, recipe, last=not (settings.sharpness or vignetted))
    if settings.sharpness:
        weights = bell(0.5 + 9.5 * settings.sharpness / 100)
        colours = sharpened(colours, alpha, weights, adaptive(**_SHARPEST))
    if vignetted:
        colours = vignette(colours)
    return settled(colours) if alpha is None else settled(colours).bandjoin(alpha)


def recipe_of(settings: ColorAdjustmentsSettings) -> Recipe:
    """Say what becomes of each colour, in as few steps as that takes."""
    inverted = "invert" in settings.effects
    steps = [*_steps(settings), *([mix.NEGATIVE] if inverted else [])]
    return Recipe(
        curve(settings.exposure, settings.brightness, settings.contrast),
        settings.vibrance / 100,
        mix.Mix(mix.chain(steps), 255 if inverted else 0),
    )


def _steps(settings: ColorAdjustmentsSettings) -> Iterator[mix.Rows]:
    if settings.saturation:
        yield mix.saturation(1 + settings.saturation / 100)
    if settings.hue:
        yield mix.hue(settings.hue)
    if "grayscale" in settings.effects:
        yield mix.GREY
    if "sepia" in settings.effects:
        yield mix.SEPIA
    warmth, tint = settings.temperature / 100, settings.tint / 100
    red = (1 + 0.15 * warmth) * (1 + 0.10 * tint) * settings.red / 100
    green = (1 + 0.05 * warmth) * (1 - 0.15 * tint) * settings.green / 100
    blue = (1 - 0.15 * warmth) * (1 + 0.10 * tint) * settings.blue / 100
    yield mix.gains(red, green, blue)


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool(
        "color-adjustments",
        adjust_colors,
        ColorAdjustmentsSettings,
        category="adjustments",
        name="Adjust Colors",
        aliases=(
            "adjust-colors",
            "brightness-contrast",
            "saturation",
            "color-channels",
            "color-effects",
        ),
        streams=True,
    )
