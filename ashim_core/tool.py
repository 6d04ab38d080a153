"""What a tool is: an id, a settings model, a run function and a few declarations about it."""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    Literal,
    NamedTuple,
    Required,
    TypedDict,
    TypeVar,
    Unpack,
)

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

from ashim_core.extra import Extra
from ashim_core.gives import REPORT, Gives
from ashim_core.host import NOWHERE, Host
from ashim_core.ids import TOOL_ID_PATTERN
from ashim_core.imaging.encoding import Encoding
from ashim_core.imaging.pictures import Pictures
from ashim_core.limits import Demand, Lane
from ashim_core.model import ModelSpec
from ashim_core.requirement import Requirement
from ashim_core.signature import check_parameters, pixel_type, wants_work
from ashim_core.titles import field_title, model_title
from ashim_core.work import Work

if TYPE_CHECKING:
    import numpy.typing
    import PIL.Image
    import pyvips

CATEGORIES = (
    *("essentials", "optimization", "adjustments", "watermark", "utilities", "layout", "format"),
    "ai",
)
"""In the order in which they are listed; those that packages add come behind them."""

_ID = re.compile(TOOL_ID_PATTERN)
SLASH = "/"
"""What is between the id of a tool and the name of one of its actions."""
_RESERVED_ACTIONS = frozenset({"batch"})
"""What the core itself does at such an address."""


def wire_name(name: str) -> str:
    """Turn a Python name into the one on the wire: `max_width` is `maxWidth`, `_kb` is `KB`."""
    return re.sub(r"Kb$", "KB", to_camel(name))


class ToolSettings(BaseModel):
    """Base of every settings model: immutable, camelCase on the wire, unknown names refused.

    A field without a title gets one of the words of its name. Models inside of it have this base,
    too.

    example: settings that do something to any picture, as on the wire; shown in the documentation
        and used by the conformance check. Needed when the defaults alone are not valid.
    legacy_names: maps names that older clients send to the wire names of today; they have the same
        meaning and the same values.
    negotiated: the setting, a list of texts, that the server fills with the media types of the
        `Accept` header when the caller doesn't give it and the header names any of pictures.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=wire_name,
        validate_by_name=True,
        validate_by_alias=True,
        allow_inf_nan=False,
        field_title_generator=field_title,
        model_title_generator=model_title,
    )
    example: ClassVar[Mapping[str, Any]] = {}
    legacy_names: ClassVar[Mapping[str, str]] = {}
    negotiated: ClassVar[str] = ""

    @model_validator(mode="before")
    @classmethod
    def _rename_legacy(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {cls.legacy_names.get(name, name): value for name, value in data.items()}


SettingsT = TypeVar("SettingsT", bound=ToolSettings)
PictureT = TypeVar(
    "PictureT", "pyvips.Image", "PIL.Image.Image", "numpy.typing.NDArray[numpy.uint8]"
)


class Size(NamedTuple):
    """Width and height in pixels, as the picture is seen: orientation applied."""

    width: int
    height: int


@dataclass(frozen=True)
class Shrink(Generic[SettingsT]):
    """What a reducing tool lets the decoder know before any pixel is read.

    factor: how many times smaller the picture may be decoded and still be reduced by the tool.
    settings: the same wish in terms that don't refer to the size of the picture.
    """

    factor: float
    settings: SettingsT


class Declarations(TypedDict, total=False):
    """What any tool may declare about itself, by keyword.

    category: one of `CATEGORIES`, or another of its package.
    name: as people see it; from the id by default.
    aliases: other ids that it answers to.
    requires: what it needs besides Python.
    models: those that it may load; `work.models.path(name)` gives the file.
    models_for: where only some settings need them, `(settings) -> names` of those that these need.
    demand: the most that one task of it costs, where that is known.
    lane: `fast` for pictures, `heavy` for models: with workers and limits of its own. A heavy tool
        looks at `work.cancelled()` now and then and ends, or its worker is ended with the model.
    experimental: shown as such, and only where the server allows it.
    hidden: not offered to callers, but for code of a server: `<distribution>:<id>` is its name
        there, so it can clash with nobody's.
    extras: files that it takes besides, such as a mask; `work.extra(name)` gives them.
    second: short for one of them that is required, such as `watermark`; the function of a picture
        tool gets it as its third argument.
    actions: what else can be done with the same files, such as looking before changing: tools of
        their own, at `/tools/<id>/<id of the action>`. They are listed with this one, switched off
        with it, and need what it needs.
    """

    category: Required[str]
    name: str
    aliases: Sequence[str]
    requires: Sequence[Requirement]
    models: Sequence[ModelSpec]
    models_for: Callable[[Any], Iterable[str]]
    demand: Demand
    lane: Lane
    experimental: bool
    hidden: bool
    extras: Sequence[Extra]
    second: str
    actions: Sequence["Tool"]


class Tool:
    """One operation: the unit of REST, documentation and toggles.

    Not generic on purpose: a hook that returns `Iterable[Tool]` keeps the type checker's eye on
    the constructor, where the function and its settings class must agree.
    """

    min_files = 1
    max_files = 1
    takes: tuple[str, ...] = ()

    def __init__(
        self,
        id: str,
        run: Callable[..., Any],
        settings: type[ToolSettings],
        **declared: Unpack[Declarations],
    ) -> None:
        self.aliases = tuple(declared.get("aliases", ()))
        for text in (id, *self.aliases):
            if not _ID.fullmatch(text):
                raise ValueError(f"expected a kebab-case tool id such as 'my-tool', got {text!r}")
        category = declared["category"]
        if not _ID.fullmatch(category):
            raise ValueError(
                f"expected a category of {', '.join(CATEGORIES)}, or another in kebab-case, "
                f"got {category!r}"
            )
        if not (isinstance(settings, type) and issubclass(settings, ToolSettings)):
            raise TypeError(f"expected a subclass of ToolSettings, got {settings!r}")
        self.id = id
        self.run = run
        self.settings = settings
        self.category = category
        self.name = declared.get("name") or id.replace("-", " ").capitalize()
        self.requires = tuple(declared.get("requires", ()))
        self.models = tuple(declared.get("models", ()))
        self._models_for = declared.get("models_for")
        self.demand = declared.get("demand", Demand())
        self.lane: Lane = declared.get("lane", "fast")
        self.experimental = declared.get("experimental", False)
        self.hidden = declared.get("hidden", False)
        self.second = declared.get("second", "")
        short = (Extra(self.second),) if self.second else ()
        self.extras = (*short, *declared.get("extras", ()))
        self.actions = tuple(declared.get("actions", ()))
        for action in self.actions:
            action._belong_to(self)
        if len({extra.name for extra in self.extras}) < len(self.extras):
            raise ValueError(f"expected extra files of {id} to have names of their own")
        self.summary = (inspect.getdoc(run) or "").partition("\n")[0]

    def _belong_to(self, tool: "Tool") -> None:
        """Become an action of another tool."""
        if SLASH in self.id or self.aliases or self.actions or self.id in _RESERVED_ACTIONS:
            raise ValueError(
                f"expected an action of {tool.id} to be a tool of one name, without aliases and "
                f"actions, other than {', '.join(sorted(_RESERVED_ACTIONS))}; got {self!r}"
            )
        self.id = f"{tool.id}{SLASH}{self.id}"
        self.requires = (*tool.requires, *self.requires)
        self.models = tuple({spec.name: spec for spec in (*tool.models, *self.models)}.values())
        self._models_for = self._models_for or tool._models_for
        self.experimental = self.experimental or tool.experimental

    def missing(self, host: Host = NOWHERE) -> list[str]:
        """Say why the tool can't run here, models aside; empty when it can."""
        beyond = self.demand.beyond(host.limits(self.lane))
        reasons = [reason for need in self.requires if (reason := need.missing(host))]
        return [*reasons, *([beyond] if beyond else [])]

    def missing_models(self, host: Host, settings: "ToolSettings | None" = None) -> list[str]:
        """Say which models are missing here that some settings need, or all without settings."""
        needed = {spec.name for spec in self.models}
        if self._models_for:
            needed = set(self._models_for(settings)) if settings else set()
        lacking = [spec.missing(host) for spec in self.models if spec.name in needed]
        return [reason for reason in lacking if reason]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id!r})"


class ImageTool(Tool):
    """One picture in, one picture out. The core decodes, orients, feeds frames and encodes.

    run: `(picture, settings) -> picture`. The picture is a `pyvips.Image`, a `PIL.Image.Image` or
        a `numpy.ndarray` of shape (height, width, bands), as the annotation of the first parameter
        says: 8-bit sRGB or grey, upright, with alpha as the last band if there is any.
        `(picture, settings, second) -> picture` where `second` is declared. A last parameter that
        is annotated as `Work` gets the work: progress, notes, facts, extra files.
    animation: `each` runs the function on every frame; `first` keeps the first frame only.
    streams: the function reads its input once, from top to bottom (no rotation, no statistics);
        the core then never holds the whole picture. pyvips functions only. Where that depends on
        the settings, a function: `(settings) -> bool`.
    keeps_colour: the function only moves, cuts or averages pixels, so it doesn't matter which
        colours their numbers stand for: then the core leaves them in the ICC profile of the input
        where the output can hold that, and a wide gamut stays. A function of the settings, too.
        pyvips functions only.
    shrink: `(settings, size) -> Shrink | None`, for tools that make pictures smaller.
    encode: `(settings, encoding) -> encoding`, for tools that decide how the result is encoded.
    """

    def __init__(
        self,
        id: str,
        run: Callable[[PictureT, SettingsT], PictureT]
        | Callable[[PictureT, SettingsT, PictureT], PictureT]
        | Callable[[PictureT, SettingsT, Work], PictureT]
        | Callable[[PictureT, SettingsT, PictureT, Work], PictureT],
        settings: type[SettingsT],
        *,
        animation: Literal["each", "first"] = "each",
        streams: bool | Callable[[SettingsT], bool] = False,
        keeps_colour: bool | Callable[[SettingsT], bool] = False,
        shrink: Callable[[SettingsT, Size], Shrink[SettingsT] | None] | None = None,
        encode: Callable[[SettingsT, Encoding], Encoding] | None = None,
        **declared: Unpack[Declarations],
    ) -> None:
        super().__init__(id, run, settings, **declared)
        self.wants_work = wants_work(run)
        check_parameters(run, second=bool(self.second), work=self.wants_work)
        self.pixels = pixel_type(run)
        self.animation = animation
        self._streams: bool | Callable[[Any], bool] = streams
        self._keeps_colour: bool | Callable[[Any], bool] = keeps_colour
        self.shrink: Callable[[Any, Size], Shrink[Any] | None] | None = shrink
        self.encode: Callable[[Any, Encoding], Encoding] | None = encode

    def streams(self, settings: ToolSettings) -> bool:
        """Say whether pixels are read once, from top to bottom, with these settings.

        Pillow and NumPy functions get a copy of all pixels, which is one read in that order.
        """
        declared = self._streams
        return self.pixels != "pyvips" or (declared(settings) if callable(declared) else declared)

    def keeps_colour(self, settings: ToolSettings) -> bool:
        """Say whether pixels may stay in any colour space with these settings."""
        declared = self._keeps_colour
        return self.pixels == "pyvips" and (declared(settings) if callable(declared) else declared)


@dataclass(frozen=True)
class InputFile:
    """A file that the caller sent: where it lies, what the caller called it, and in which field."""

    path: Path
    name: str
    field: str = "file"


@dataclass(frozen=True)
class Context(Work, Generic[SettingsT]):
    """All that a file tool gets: its work, and what to work on.

    workdir: an empty folder; every output is written here under its final name.
    pictures: reads and writes pictures in every format that is known here.
    """

    inputs: Sequence[InputFile]
    settings: SettingsT
    workdir: Path
    pictures: Pictures


Outcome = Iterable[Path] | Mapping[str, Any] | BaseModel
"""What a file tool gives back: the files that it has made, or a report."""


class FileTool(Tool):
    """Everything that is not one picture in and one out: many files, no file, or a report.

    run: `(context) -> paths of the outputs inside context.workdir`, or for tools that report
        something a mapping of JSON or a pydantic model.
    files: how many input files it takes, least and most.
    takes: the media types of these, where not any picture will do: `("application/pdf",)`. Others
        are refused before it is run.
    gives: `picture` for one picture, so that other steps may follow it in a pipeline; `files` for
        many, which are answered as a ZIP even if there happens to be one; `folders` for many in
        folders of `context.workdir`, which are in the ZIP, too; `report`; or the media type of one
        file, such as `application/pdf`. Several of them if it may be any; a function
        `(settings) -> Literal["picture", "report"]` if the settings decide. What isn't declared
        may be any number of files, or a report.
    report: the model of its report, most often a subclass of `Report`: clients of the API are made
        from it, and nothing else may be reported.
    """

    def __init__(
        self,
        id: str,
        run: Callable[[Context[SettingsT]], Outcome],
        settings: type[SettingsT],
        *,
        files: tuple[int, int] = (1, 1),
        takes: Sequence[str] = (),
        gives: str | Sequence[str] | Callable[[SettingsT], str] = (),
        report: type[BaseModel] | None = None,
        **declared: Unpack[Declarations],
    ) -> None:
        super().__init__(id, run, settings, **declared)
        self.min_files, self.max_files = files
        self.takes = tuple(takes)
        self.gives = Gives(gives)
        self.report = report
        if report is not None and REPORT not in self.gives.kinds:
            raise ValueError(f"expected {id}, whose report has a model, to say that it gives one")
