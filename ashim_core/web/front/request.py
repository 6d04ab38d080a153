"""A request whose head is here, whole, and whose body may still be on its way."""

import os
from collections.abc import Callable
from typing import Any

from gunicorn.http import body, message
from gunicorn.http.body import LengthReader
from gunicorn.http.errors import (
    ChunkMissingTerminator,
    InvalidChunkSize,
    NoMoreData,
    ParseException,
)
from gunicorn.http.unreader import Unreader

from ashim_core.errors import AshimError, InvalidRequest, RequestTimeout
from ashim_core.web.front.chunks import Chunks
from ashim_core.web.front.limits import PIECE
from ashim_core.web.front.line import Line
from ashim_core.web.front.pace import TooSlow

_LEAST_PIECE = 8192
_DAMAGED = {
    InvalidChunkSize: "a chunk of the body has no size in hexadecimal digits",
    ChunkMissingTerminator: "a chunk of the body doesn't end where its size says",
}


class Source(Unreader):  # type: ignore[misc]
    """What has come of a request: first what was collected, then, in a thread, the line itself."""

    def __init__(self, line: Line, collected: bytes) -> None:
        super().__init__()
        self.add(collected)
        self.live = False
        self.expected = False
        """Whether the client waits to be told that it may send the body."""
        self._line = line

    @property
    def held(self) -> int:
        """How many bytes were collected and not yet taken."""
        return int(self.buf.seek(0, os.SEEK_END))

    def add(self, data: bytes) -> None:
        """Put what has come behind what is there."""
        self.buf.seek(0, os.SEEK_END)
        self.buf.write(data)

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Give what comes next; gunicorn asks for it once everything collected is taken."""
        if not self.live:
            return b""
        if self.expected:
            self.expected = False
            self._line.invite()
        return self._line.receive(min(max(size_hint or 0, _LEAST_PIECE), PIECE))


class Body(body.Body):  # type: ignore[misc]
    """The body that the application reads. What is wrong with it is an error in our words."""

    def __init__(self, reader: Any, source: Source) -> None:
        super().__init__(reader)
        self.when_read: Callable[[], object] | None = None
        """Called once, by the thread that reads, when nothing more has to come."""
        self._source = source
        self._chunks = None if isinstance(reader, LengthReader) else Chunks()

    @property
    def arrived(self) -> bool:
        """Say whether all of it is here."""
        if self._chunks is None:
            return bool(self.reader.length <= self._source.held)
        return self.reader.parser is None or self._chunks.ended

    @property
    def to_come(self) -> int | None:
        """How many bytes are still to come; None: only the last one will tell."""
        if self._chunks is None:
            return max(0, int(self.reader.length) - self._source.held)
        return 0 if self.arrived else None

    @property
    def is_settled(self) -> bool:
        """Say whether a reader gets all of it, or hears what is wrong with it, without waiting."""
        if self._chunks is not None and not self.failed:
            self._chunks.look(self._source.buf.getvalue())
            return self._chunks.ended or self._chunks.damaged
        return self.arrived

    def _read_reader(self, size: int) -> bytes:
        wanted = 0 if self._chunks else min(size, self.reader.length)
        try:
            data: bytes = super()._read_reader(size)
            self._expect_no_gap(data, wanted)
        except TooSlow as error:
            raise RequestTimeout(
                "The body came too slowly, or stopped coming. Send it again, in one go."
            ) from error
        except NoMoreData as error:
            raise InvalidRequest("The body ended before it was whole.") from error
        except ParseException as error:
            raise _in_our_words(error) from error
        if self.when_read is not None and self.arrived:
            self.when_read()
            self.when_read = None
        return data

    def _expect_no_gap(self, data: bytes, wanted: int) -> None:
        if len(data) < wanted:
            self.failed = True
            raise NoMoreData


class Request(message.Request):  # type: ignore[misc]
    """gunicorn's request, read from what was collected.

    Raises ParseException of gunicorn's when it is none.
    """

    def __init__(self, cfg: Any, source: Source, client: Any, number: int) -> None:
        self._expected_100_continue = False
        self.body: Any = None
        super().__init__(cfg, source, client, number)
        # gunicorn would invite before anybody has looked at the request. Who refuses it by its
        # head wants nothing to be sent.
        source.expected, self._expected_100_continue = self._expected_100_continue, False

    @property
    def expects(self) -> bool:
        """Say whether the client waits with the body until it is invited."""
        return bool(self.unreader.expected)

    def set_body_reader(self) -> None:
        super().set_body_reader()
        self.body = Body(self.body.reader, self.unreader)

    def should_close(self) -> bool:
        """Say whether the answer is the last one. It is, where the rest of a body would follow."""
        if not self.body.arrived or self.body.failed:
            self.force_close()
        return bool(super().should_close())


def _in_our_words(error: ParseException) -> AshimError:
    reason = next((text for kind, text in _DAMAGED.items() if isinstance(error, kind)), None)
    return InvalidRequest(f"The request is damaged: {reason or error}.")
