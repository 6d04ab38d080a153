"""What views say that they take and give: plain data, which stands beside the views."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

Runs = Literal["tool", "action", "batch", "pipeline", "pipeline-batch"]


@dataclass(frozen=True)
class Form:
    """A form with files. fields: the model of the text beside them. many: as many as a batch.

    referring: a file of the library may be named in the place of an upload.
    """

    fields: type[BaseModel] | None = None
    many: bool = False
    referring: bool = False


@dataclass(frozen=True)
class JsonShape:
    """JSON or a form comes in, JSON goes out: models or a form, and the status of success.

    tagged: with an `ETag`.
    """

    body: type[BaseModel] | None
    query: type[BaseModel] | None
    answer: type[BaseModel]
    status: int
    form: Form | None
    tagged: bool = False


@dataclass(frozen=True)
class FileAnswer:
    """The answer is a file, or the part of it that is asked for. media_type: with `*` for any."""

    what: str
    media_type: str


@dataclass(frozen=True)
class JsonAnswer:
    """The answer is JSON of a schema that no model stands for. tagged: with an `ETag`."""

    schema: str
    tagged: bool = False


@dataclass(frozen=True)
class EventsAnswer:
    """The answer is a stream of server-sent events."""

    what: str


@dataclass(frozen=True)
class Run:
    """Something is run; what it takes and gives depends on the tools that there are."""

    what: Runs


@dataclass(frozen=True)
class FileShape:
    """Files come in or go out, or what no model describes.

    tag: what it belongs to, unless that is the name of the blueprint.
    query: what may stand behind the question mark. refusals: statuses, besides the usual ones.
    tells_more: whoever is signed in hears more than others do. form: what it takes.
    """

    gives: FileAnswer | JsonAnswer | EventsAnswer | Run
    tag: str = ""
    query: type[BaseModel] | None = None
    refusals: tuple[str, ...] = ()
    tells_more: bool = False
    form: Form | None = None


Shape = JsonShape | FileShape
