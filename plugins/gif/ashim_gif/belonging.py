"""Which settings go with which action: whoever gives another one means something else."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator

Action = Literal[
    "resize",
    "optimize",
    "reverse",
    "speed",
    "extract-frames",
    "rotate",
    "add-text",
    "crop",
    "loop",
    "first-frame",
    "from-frames",
]


def _named(value: object) -> object:
    return "extract-frames" if value == "extract" else value


ActionName = Annotated[Action, BeforeValidator(_named)]
"""An action; `extract` is understood, as older clients say it."""

STILLS: frozenset[Action] = frozenset({"extract-frames", "first-frame"})
"""Actions that make no animation."""
_WRITING = frozenset({"format", "loop", "colors", "dither", "effort", "quality"})
_OWN: Mapping[Action, frozenset[str]] = {
    "resize": frozenset({"width", "height", "percentage", "fit", "background"}),
    "optimize": frozenset(),
    "reverse": frozenset({"speed_factor"}),
    "speed": frozenset({"speed_factor", "delay"}),
    "extract-frames": frozenset(
        {"extract_mode", "frame_number", "frame_start", "frame_end", "extract_format", "quality"}
    ),
    "rotate": frozenset({"angle", "flip_h", "flip_v"}),
    "add-text": frozenset(
        {
            *("text", "font", "font_size", "color", "position", "background", "shadow"),
            *("frame_start", "frame_end"),
        }
    ),
    "crop": frozenset({"left", "top", "width", "height"}),
    "loop": frozenset(),
    "first-frame": frozenset({"extract_format", "quality"}),
    "from-frames": frozenset({"delay", "delays", "fit", "background"}),
}


def goes_with(setting: str, action: Action) -> bool:
    """Say whether a setting means something to an action."""
    return setting in _OWN[action] or (action not in STILLS and setting in _WRITING)


def actions_with(setting: str) -> str:
    """Name the actions that a setting goes with."""
    names: list[str] = [action for action in _OWN if goes_with(setting, action)]
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
