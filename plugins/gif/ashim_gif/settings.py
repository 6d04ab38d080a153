"""What may be asked for, action by action."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from ashim_watermark.placing import Position
from ashim_watermark.text.faces import Face
from ashim_watermark.text.wording import Wording
from pydantic import Field, ValidationInfo, field_validator, model_validator

from ashim_core.plugin import WHITE, Colour, FormatName, ToolSettings
from ashim_gif.belonging import Action, ActionName, actions_with, goes_with
from ashim_gif.sizes import Fit

MOST_FILES = 500
"""Files of one film. A form has at most 512 parts."""
_LONGEST_MS, _SHORTEST_MS = 60_000, 20
_SIDE = 16_384

_NEEDED: Mapping[Action, tuple[str, ...]] = {
    "resize": ("width", "height", "percentage"),
    "speed": ("speed_factor", "delay"),
    "rotate": ("angle", "flip_h", "flip_v"),
    "crop": ("left", "top", "width", "height"),
    "loop": ("loop",),
    "add-text": ("text",),
}
"""Settings of which an action needs one."""

Milliseconds = Annotated[int, Field(ge=_SHORTEST_MS, le=_LONGEST_MS)]


class GifToolsSettings(ToolSettings):
    example = {"action": "resize", "percentage": 50}
    legacy_names = {"mode": "action"}

    action: ActionName = Field(
        default="resize",
        description="resize, crop, rotate, add-text: change every frame. optimize: fewer bytes for "
        "the same. reverse: from the last frame to the first. speed: how long frames stay. loop: "
        "how often it plays. extract-frames, first-frame: pictures of frames. from-frames: one "
        f"animation of 2 to {MOST_FILES} pictures, in the order in which they came.",
    )
    format: Literal["auto", "gif", "webp", "apng"] = Field(
        default="auto",
        description="The format of the animation. auto: that of the input, or gif if it is none "
        "of these. apng needs the package ashim-formats.",
    )
    loop: int | None = Field(
        default=None,
        ge=0,
        le=65_535,
        description="How often it plays, 0 for ever; if not given, as often as before. Needed "
        "with action=loop, and goes with every action that makes an animation.",
        examples=[0],
    )
    colors: int = Field(
        default=256,
        ge=2,
        le=256,
        description="The most colours that are drawn for one frame of a GIF. A frame that has no "
        "more keeps its own.",
    )
    dither: float = Field(
        default=1,
        ge=0,
        le=1,
        description="How much of the error is spread where a GIF has to do with fewer colours. 0: "
        "flat areas, fewer bytes. 1: smooth ramps.",
    )
    effort: int = Field(
        default=7,
        ge=1,
        le=10,
        description="How hard to try for a small GIF of good colours; 10 takes longest.",
    )
    quality: int = Field(
        default=80,
        ge=1,
        le=100,
        description="Quality of a WebP animation, and of extracted frames in a lossy format. If "
        "not given, a WebP of something that has lost nothing yet is written without loss.",
    )
    width: int | None = Field(
        default=None,
        ge=1,
        le=_SIDE,
        description="Width in pixels: of the result of action=resize, of the region of "
        "action=crop, which reaches to the right edge if it is not given.",
        examples=[320],
    )
    height: int | None = Field(
        default=None,
        ge=1,
        le=_SIDE,
        description="Height in pixels: of the result of action=resize, of the region of "
        "action=crop, which reaches to the lower edge if it is not given.",
        examples=[240],
    )
    percentage: float | None = Field(
        default=None,
        ge=1,
        le=500,
        description="Scale both sides to this percentage with action=resize; overrides width and "
        "height.",
        examples=[50],
    )
    fit: Fit | None = Field(
        default=None,
        description="What to do where proportions differ. inside: the largest size within width "
        "and height. outside: the smallest that covers them. cover: fill them and crop what "
        "overhangs. contain: fit into them and fill the rest with the background. fill: stretch. "
        "If not given, inside with action=resize, and contain with action=from-frames, where all "
        "frames get the size of the first.",
        examples=["cover"],
    )
    background: Colour | None = Field(
        default=None,
        description="Fills the rest with fit=contain, transparent if not given. With "
        "action=add-text: colour of the box behind the text, none if not given.",
        examples=["#00000080"],
    )
    speed_factor: float | None = Field(
        default=None,
        ge=0.1,
        le=10,
        description="How many times faster it plays, with action=speed or reverse. No frame gets "
        f"shorter than {_SHORTEST_MS} ms.",
        examples=[2],
    )
    delay: int | None = Field(
        default=None,
        ge=_SHORTEST_MS,
        le=_LONGEST_MS,
        description="Milliseconds that every frame stays, with action=speed or from-frames; 100 "
        "with from-frames if not given.",
        examples=[100],
    )
    delays: list[Milliseconds] | None = Field(
        default=None,
        min_length=2,
        max_length=MOST_FILES,
        description="Milliseconds of each frame of action=from-frames, one for each file.",
        examples=[[100, 400]],
    )
    extract_mode: Literal["single", "range", "all"] | None = Field(
        default=None,
        description="Which frames action=extract-frames gives. single: frameNumber. range: "
        "frameStart to frameEnd. If not given, range where one of these is given, else single.",
        examples=["all"],
    )
    frame_number: int | None = Field(
        default=None,
        ge=0,
        le=999,
        description="The frame of extractMode=single, counted from 0; the first if not given.",
        examples=[3],
    )
    frame_start: int | None = Field(
        default=None,
        ge=0,
        le=999,
        description="The first frame of extractMode=range, or that has the text of "
        "action=add-text; counted from 0, which it is if not given.",
        examples=[2],
    )
    frame_end: int | None = Field(
        default=None,
        ge=0,
        le=999,
        description="The last of these frames; the last of all if not given.",
        examples=[5],
    )
    extract_format: FormatName = Field(
        default="png",
        description="The format of the pictures of action=extract-frames and first-frame.",
    )
    angle: int | None = Field(
        default=None,
        ge=90,
        le=270,
        multiple_of=90,
        description="Degrees to turn clockwise with action=rotate: 90, 180 or 270.",
        examples=[90],
    )
    flip_h: bool = Field(
        default=False, description="Mirror after turning: left becomes right. action=rotate."
    )
    flip_v: bool = Field(
        default=False, description="Mirror after turning: top becomes bottom. action=rotate."
    )
    left: int = Field(
        default=0, ge=0, lt=_SIDE, description="Left edge of the region of action=crop, in pixels."
    )
    top: int = Field(
        default=0, ge=0, lt=_SIDE, description="Top edge of the region of action=crop, in pixels."
    )
    text: Wording | None = Field(
        default=None,
        description="What action=add-text writes, in any script; lines are broken where they get "
        "too wide.",
        examples=["Once more"],
    )
    font: Face = Field(default="FiraGO", description="The typeface of action=add-text.")
    font_size: float = Field(
        default=48,
        ge=8,
        le=1000,
        description="Size of the font of action=add-text in pixels. Text that is larger than the "
        "frames gets smaller until it fits.",
    )
    color: Colour = Field(
        default=WHITE, description="Colour of the text of action=add-text; emoji keep their own."
    )
    position: Position = Field(default="bottom", description="Where the text of add-text is.")
    shadow: bool = Field(
        default=True, description="A soft shadow, of the text of action=add-text or of its box."
    )

    @field_validator("*")
    @classmethod
    def _with_its_action(cls, value: Any, info: ValidationInfo) -> Any:
        name, action = info.field_name or "", info.data.get("action")
        if name == "action" or action is None or goes_with(name, action):
            return value
        raise ValueError(f"no value with action={action}: it goes with {actions_with(name)}")

    @model_validator(mode="after")
    def _something_to_do(self) -> Self:
        wanted = _NEEDED.get(self.action, ())
        given = (getattr(self, name) for name in wanted if name in self.model_fields_set)
        if wanted and all(value is None or value is False for value in given):
            raise ValueError(f"{_one_of(wanted)} with action={self.action}")
        return self

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> Self:
        if self.speed_factor is not None and self.delay is not None:
            raise ValueError("either speedFactor or delay, not both")
        if self.delays is not None and self.delay is not None:
            raise ValueError("either delays or delay, not both")
        if self.action == "from-frames" and self.fit in ("inside", "outside"):
            raise ValueError("fit of contain, cover or fill with action=from-frames")
        return self

    @model_validator(mode="after")
    def _frames_of_their_mode(self) -> Self:
        spread = self.frame_start is not None or self.frame_end is not None
        if self.frame_number is not None and self.way != "single":
            raise ValueError(f"no frameNumber with extractMode={self.way}")
        if spread and self.action == "extract-frames" and self.way != "range":
            raise ValueError(f"no frameStart and frameEnd with extractMode={self.way}")
        if self.frame_end is not None and (self.frame_start or 0) > self.frame_end:
            raise ValueError("a frameStart that is not behind frameEnd")
        return self

    @property
    def way(self) -> Literal["single", "range", "all"]:
        """Give the mode of extraction that was asked for, or meant."""
        if self.extract_mode:
            return self.extract_mode
        spread = self.frame_start is not None or self.frame_end is not None
        return "range" if spread else "single"


def _one_of(names: tuple[str, ...]) -> str:
    wire = [str(GifToolsSettings.model_fields[name].alias) for name in names]
    return f"at least one of {', '.join(wire)}" if len(wire) > 1 else f"a value for {wire[0]}"
