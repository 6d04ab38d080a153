"""Sharpening: three ways to make a picture sharper, in its lightness alone.

adaptive: detail counts once, coarse detail more, within bounds. unsharp: the classic unsharp mask.
highpass: the fine detail of three or five pixels.
"""

from collections.abc import Callable, Iterable
from typing import Any, Literal, Self

import pyvips
from pydantic import Field, ValidationInfo, field_validator, model_validator

from ashim_adjustments.detail import BINOMIAL, adaptive, bell, sharpened
from ashim_adjustments.grain import without_grain
from ashim_adjustments.recolour import settled
from ashim_adjustments.rows import parts
from ashim_core.plugin import ImageTool, Tool, ToolSettings, hookimpl

Mode = Literal["adaptive", "unsharp", "highpass"]

_OLDER = {"unsharp-mask": "unsharp", "high-pass": "highpass"}
_RADIUS = 1.0
_MEDIAN = {"light": 3, "medium": 5, "strong": 7}
_MODE_OF: dict[str, Mode] = {
    **dict.fromkeys(("sigma", "m1", "m2", "x1", "y2", "y3"), "adaptive"),
    **dict.fromkeys(("strength", "kernel_size"), "highpass"),
}


class SharpeningSettings(ToolSettings):
    example = {"mode": "unsharp", "amount": 150, "radius": 1.5}
    legacy_names = {"method": "mode"}

    mode: Mode = Field(
        default="adaptive",
        description="adaptive: flat areas are sharpened less than edges, which stay within bounds. "
        "unsharp: what differs from a blurred copy is added. highpass: only the finest detail is "
        "added. 'amount', 'radius' and 'threshold' count in every mode; the settings of another "
        "mode are refused.",
    )
    sigma: float = Field(
        default=1,
        ge=0.5,
        le=10,
        description="For adaptive: size of the detail, as the standard deviation of a blur in "
        "pixels.",
    )
    m1: float = Field(
        default=1, ge=0, le=10, description="For adaptive: how much flat areas are sharpened."
    )
    m2: float = Field(
        default=3, ge=0, le=20, description="For adaptive: how much edges are sharpened."
    )
    x1: float = Field(
        default=2,
        ge=0,
        le=10,
        description="For adaptive: the detail at which an edge begins, where black and white are "
        "100 apart.",
    )
    y2: float = Field(
        default=12,
        ge=0,
        le=50,
        description="For adaptive: the most that is made lighter, where black and white are 100 "
        "apart.",
    )
    y3: float = Field(
        default=20,
        ge=0,
        le=50,
        description="For adaptive: the most that is made darker, where black and white are 100 "
        "apart.",
    )
    amount: float = Field(
        default=100,
        ge=0,
        le=1000,
        description="How much is added of what the mode would add, in percent: for unsharp, what "
        "differs from the blurred copy.",
        examples=[150],
    )
    radius: float | None = Field(
        default=None,
        ge=0.1,
        le=5,
        description="Size of the detail, as the standard deviation of a blur in pixels: for "
        "unsharp 1 if it isn't given, else what 'sigma' or 'kernelSize' says.",
        examples=[1.5],
    )
    threshold: float = Field(
        default=0,
        ge=0,
        le=255,
        description="What differs from its surroundings by less, of 255, is left as it is.",
        examples=[4],
    )
    strength: float = Field(
        default=50,
        ge=0,
        le=100,
        description="For highpass: how much detail is added; 50 is once, 100 is twice.",
    )
    kernel_size: Literal[3, 5] = Field(
        default=3,
        description="For highpass: over how many pixels, across and down, detail is looked for.",
        json_schema_extra={"minimum": 3, "maximum": 5},
    )
    denoise: Literal["off", "light", "medium", "strong"] = Field(
        default="off",
        description="Remove grain before sharpening, by a median over squares of 3, 5 or 7 pixels.",
    )

    @field_validator("mode", mode="before")
    @classmethod
    def _older_names(cls, value: Any) -> Any:
        return _OLDER.get(value, value) if isinstance(value, str) else value

    @field_validator(*_MODE_OF)
    @classmethod
    def _for_the_chosen_mode(cls, value: float, info: ValidationInfo) -> float:
        """Refuse what would have no effect. Only settings that were given come here."""
        mode, own = info.data.get("mode"), _MODE_OF[info.field_name or ""]
        if mode and mode != own:
            raise ValueError(f"nothing, as it belongs to mode={own} and the mode is {mode},")
        return value

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        for name, other in (("sigma", "sigma"), ("kernel_size", "kernelSize")):
            if self.radius is not None and name in self.model_fields_set:
                raise ValueError(f"either 'radius' or '{other}', not both sizes,")
        return self


def sharpen(image: pyvips.Image, settings: SharpeningSettings) -> pyvips.Image:
    """Make a picture sharper: adaptively, by an unsharp mask or by its finest detail."""
    colours, alpha = parts(image)
    if settings.denoise != "off":
        colours = without_grain(colours, alpha, _MEDIAN[settings.denoise])
    colours = settled(sharpened(colours, alpha, _weights(settings), _added(settings)))
    return colours if alpha is None else colours.bandjoin(alpha)


def _weights(settings: SharpeningSettings) -> tuple[int, ...]:
    if settings.radius is not None:
        return bell(settings.radius)
    if settings.mode == "highpass":
        return BINOMIAL[settings.kernel_size]
    return bell(settings.sigma if settings.mode == "adaptive" else _RADIUS)


def _added(settings: SharpeningSettings) -> Callable[[int], float]:
    """Say what is added for how much detail."""
    whole, share = _of_mode(settings), settings.amount / 100
    return lambda detail: share * whole(detail) if abs(detail) >= settings.threshold else 0


def _of_mode(settings: SharpeningSettings) -> Callable[[int], float]:
    if settings.mode == "adaptive":
        return adaptive(settings.m1, settings.m2, settings.x1, settings.y2, settings.y3)
    if settings.mode == "highpass":
        return lambda detail: detail * settings.strength / 50
    return float


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool(
        "sharpening",
        sharpen,
        SharpeningSettings,
        category="adjustments",
        streams=True,
    )
