"""A client's connection, as the thread that polls sees it: nothing here ever waits."""

import re
import socket
import time
from contextlib import suppress
from typing import Any

from gunicorn.http.errors import LimitRequestHeaders, NoMoreData, ParseException

from ashim_core.errors import AshimError, RequestTimeout
from ashim_core.web.front.limits import (
    HEAD_BYTES,
    HEAD_S,
    LINGER_BYTES,
    LINGER_LONGEST_S,
    LINGER_S,
    PIECE,
    SMALL_BODY,
    SMALL_BODY_S,
)
from ashim_core.web.front.line import Line
from ashim_core.web.front.refusals import answer_of, refusal, too_long
from ashim_core.web.front.request import Request, Source

_HEAD_END = b"\r\n\r\n"
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")


class Connection:
    """What has come of the next request, and until when it must go on.

    Either the polling thread has it or the thread that answers its request, never both.
    """

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any) -> None:
        self.client, self.server = client, server
        self.line = Line(sock)
        self.request: Request | None = None
        self.deadline = time.monotonic() + HEAD_S
        self.lingers = False
        self._cfg = cfg
        self._head = bytearray()
        self._answered = 0
        self._latest = 0.0
        self._drained = 0

    @property
    def sock(self) -> socket.socket:
        return self.line.sock

    @property
    def is_idle(self) -> bool:
        """Say whether nothing has come of a next request."""
        return self.request is None and not self._head

    def receive(self) -> Request | None:
        """Take what has come; gives the request once there is work for a thread.

        Raises AshimError when it is no request, and OSError when the client has gone.
        """
        try:
            data = self.sock.recv(PIECE)
        except BlockingIOError:
            return None
        if not data:
            raise ConnectionAbortedError
        if self.lingers:
            self._drain(len(data))
            return None
        if self.request is not None:
            self.request.unreader.add(data)
            return self._if_ready(self.request)
        if self.is_idle and self._answered:
            self.deadline = time.monotonic() + HEAD_S
        return self._add(data)

    def next(self, keep_alive_s: float) -> Request | None:
        """Go on after an answer; gives the next request if that is here already.

        Raises as `receive` does.
        """
        request, self.request = self.request, None
        rest = b""
        if request is not None:
            request.unreader.live = False
            rest = _behind(request)
        self._answered += 1
        self._head = bytearray()
        self.deadline = time.monotonic() + (HEAD_S if rest else keep_alive_s)
        return self._add(rest) if rest else None

    def too_late(self) -> AshimError | None:
        """Say why nothing more is waited for; None: there is nobody to tell."""
        if self.lingers or self.is_idle:
            return None
        part = "head" if self.request is None else "body"
        return RequestTimeout(f"The {part} of the request didn't come in time. Send it in one go.")

    def linger(self, error: AshimError | None = None) -> None:
        """Send the last answer, if there is one, and wait for the client to close.

        Raises OSError when the client has gone.
        """
        now = time.monotonic()
        self.lingers = True
        self.deadline, self._latest = now + LINGER_S, now + LINGER_LONGEST_S
        if error is not None:
            # It fits into what the system holds for a client that takes nothing.
            with suppress(BlockingIOError):
                self.sock.send(answer_of(error))
        self.sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self.sock.close()

    def _add(self, data: bytes) -> Request | None:
        searched = max(0, len(self._head) - len(_HEAD_END) + 1)
        self._head += data
        if _HEAD_END in self._head[searched:] or self._is_no_head(searched):
            return self._parse()
        if len(self._head) > HEAD_BYTES:
            raise too_long(None, self._cfg, bytes(self._head))
        return None

    def _is_no_head(self, searched: int) -> bool:
        """Say whether this can't become a head, so that nobody waits for its end."""
        bare = _BARE_LINE_FEED.search(self._head, searched)
        return bare is not None or not (self._head[:1].isalpha() or self._head[:1] == b"\r")

    def _parse(self) -> Request | None:
        head = bytes(self._head)
        try:
            self._expect_bounded(head)
            source = Source(self.line, head)
            request = Request(self._cfg, source, self.client, self._answered + 1)
        except (ParseException, NoMoreData, StopIteration) as error:
            raise refusal(error, self._cfg, head) from error
        self.request, self._head = request, bytearray()
        self.deadline = time.monotonic() + SMALL_BODY_S
        return self._if_ready(request)

    def _expect_bounded(self, head: bytes) -> None:
        if head.find(_HEAD_END) > HEAD_BYTES:
            raise LimitRequestHeaders("the head")

    def _if_ready(self, request: Request) -> Request | None:
        """Collect only what is known to be small. For all else somebody may be refused at once."""
        body = request.body
        small = body.to_come is not None and body.to_come <= SMALL_BODY
        large = not small or request.unreader.held >= SMALL_BODY
        return request if large or request.expects or body.is_settled else None

    def _drain(self, size: int) -> None:
        now = time.monotonic()
        self._drained += size
        self.deadline = min(now + LINGER_S, self._latest)
        if self._drained > LINGER_BYTES:
            raise ConnectionAbortedError


def _behind(request: Request) -> bytes:
    """Give what came behind a request that was answered."""
    try:
        request.body.read()
    except AshimError as error:
        # It was answered already: nobody can be told, and where the next one begins is unknown.
        raise ConnectionAbortedError from error
    return bytes(request.unreader.take_buffered())
