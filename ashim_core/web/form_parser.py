"""Forms as they come: what is wrong with one is said, where Werkzeug would see an empty one."""

import io
import re
from collections.abc import Iterator, Sequence
from typing import IO, Any

from werkzeug.datastructures import FileStorage, Headers
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.sansio.multipart import (
    Data,
    Epilogue,
    Event,
    Field,
    File,
    MultipartDecoder,
    NeedData,
    State,
)

from ashim_core.errors import InvalidRequest

_PIECE = 64 * 1024
_UNNAMED = "file"
"""The field of a file that comes in a part without a name."""
_CUT = {
    State.PREAMBLE: "no part begins with the boundary that the Content-Type names",
    State.PART: "it is cut off in the head of a part",
}
"""What is missing at the end of a form, by how far it got; else it is cut off within a part."""
_BACKSLASH = re.compile(r'\\(?:[\\"]|(?=(.)))')


Part = tuple[str, str | FileStorage]
"""The name of a field, and its text or its file."""


class FormParser(FormDataParser):
    """Reads forms; raises InvalidRequest where one is damaged.

    File names that aren't UTF-8 are read with replacement letters in them: some clients send the
    letters of Latin-1. So are paths of Windows whose backslashes aren't escaped.

    parts: what it has read, in the order of the form.
    """

    parts: Sequence[Part] = ()

    def _parse_multipart(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str]
    ) -> Any:
        boundary = options.get("boundary", "")
        if not boundary or not boundary.isascii():
            raise _damaged("its Content-Type names no boundary")
        decoder = _Decoder(
            boundary.encode(), self.max_form_memory_size, max_parts=self.max_form_parts
        )
        parts = _Parts(self, content_length)
        for event in _events(stream, decoder):
            parts.take(event)
        self.parts = parts.found
        texts = [(name, part) for name, part in self.parts if isinstance(part, str)]
        files = [(name, part) for name, part in self.parts if isinstance(part, FileStorage)]
        return stream, self.cls(texts), self.cls(files)

    def _parse_urlencoded(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str]
    ) -> Any:
        most = self.max_form_memory_size or _PIECE
        data = stream.read(most + 1)
        if len(data) > most:
            raise RequestEntityTooLarge
        try:
            found = super()._parse_urlencoded(io.BytesIO(data), mimetype, content_length, options)
        except ValueError:
            raise _damaged("it is neither percent-encoded nor UTF-8") from None
        self.parts = list(found[1].items(multi=True))
        return found


class _Decoder(MultipartDecoder):
    """Reads the heads of parts as clients really write them."""

    def _parse_headers(self, data: bytes | bytearray) -> Headers:
        text = _BACKSLASH.sub(_escaped, data.decode(errors="replace"))
        return super()._parse_headers(text.encode())


class _Parts:
    """What has come of a form. Names and values, all of them together, are bounded."""

    def __init__(self, parser: FormParser, length: int | None) -> None:
        self.found: list[Part] = []
        self._parser, self._length = parser, length
        self._left = parser.max_form_memory_size or _PIECE
        self._part: Field | File | None = None
        self._content: IO[bytes] = io.BytesIO()

    def take(self, event: Event) -> None:
        """Take what comes next."""
        if isinstance(event, File):
            self._begin(event, event.name or _UNNAMED, event.filename)
            self._content = self._parser.stream_factory(
                self._length, event.headers.get("Content-Type"), event.filename, None
            )
        elif isinstance(event, Field):
            self._begin(event, event.name or "", "")
            self._content = io.BytesIO()
        elif isinstance(event, Data):
            self._add(event)

    def _begin(self, part: Field | File, name: str, filename: str) -> None:
        if not name:
            raise _damaged("a part without a file name has no name either")
        self._part = part
        self._count(len(name) + len(filename))

    def _add(self, event: Data) -> None:
        part, content = self._part, self._content
        if isinstance(part, Field):
            self._count(len(event.data))
        content.write(event.data)
        if event.more_data:
            return
        content.seek(0)
        if isinstance(part, File):
            name = part.name or _UNNAMED
            self.found.append((name, FileStorage(content, part.filename, name)))
        elif isinstance(part, Field):
            self.found.append((part.name, content.read().decode(errors="replace")))

    def _count(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise RequestEntityTooLarge


def _events(stream: IO[bytes], decoder: MultipartDecoder) -> Iterator[Event]:
    """Give the parts of a form, piece by piece. A body without a byte is a form without parts."""
    piece: bytes | None = stream.read(_PIECE)
    while piece:
        yield from _events_of(piece, decoder)
        piece = stream.read(_PIECE)
        if not piece:
            yield from _events_of(None, decoder)


def _events_of(piece: bytes | None, decoder: MultipartDecoder) -> Iterator[Event]:
    """Give what a piece brings; None: there is no other."""
    try:
        decoder.receive_data(piece)
        while not isinstance(event := decoder.next_event(), NeedData | Epilogue):
            yield event
    except ValueError:
        if piece is None:
            raise _damaged(_CUT.get(decoder.state, "it is cut off within a part")) from None
        raise _damaged("a part has no Content-Disposition") from None


def _escaped(found: re.Match[str]) -> str:
    """Write a backslash so that it stands for itself, unless it is written so already."""
    return found[0] if found[1] is None else "\\\\"


def _damaged(reason: str) -> InvalidRequest:
    return InvalidRequest(f"The form is damaged: {reason}.")
