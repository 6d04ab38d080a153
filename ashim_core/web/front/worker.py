"""The worker class: one thread polls all connections, others answer whole requests.

It builds on gunicorn's threaded worker and uses its internals, so gunicorn's minor version is
pinned.
"""

import math
import resource
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.http import wsgi
from gunicorn.workers.gthread import ThreadWorker

from ashim_core.errors import AshimError
from ashim_core.web.front.connection import Connection
from ashim_core.web.front.lanes import Lanes
from ashim_core.web.front.limits import CONNECTIONS, OPEN_FILES, SMALL_BODY, STOP_S
from ashim_core.web.front.pace import TooSlow
from ashim_core.web.front.refusals import answer_of
from ashim_core.web.front.request import Request

STOPPING = "ashim.stopping"
"""In the environment of a request: what says whether the server is being stopped."""

_ACCEPTED_AT_ONCE = 64
_LOOK_S = 0.5
"""How often to look for connections that are overdue."""
_BUSY_LOOK_S = 0.1
"""The same, while requests wait for a thread, and while the server is being stopped."""
_PAUSE_S = 0.5
"""How long nobody is let in after the system had no room for a connection."""


class FrontWorker(ThreadWorker):  # type: ignore[misc]
    """Hands a thread only what it needn't wait for, or waits for with an end.

    Everything but `_answer` runs in the polling thread, which waits for nobody.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # In the order in which they began to wait.
        self._waiting: dict[Connection, None] = {}
        self._closed_until = self._looked = 0.0
        self.alive = True

    def init_process(self) -> None:
        _allow_open_files()
        super().init_process()

    def load_wsgi(self) -> None:
        """Load the application, or leave without a word when the server is stopped meanwhile.

        Whoever stops it may stop processes that the application is just waiting for.
        """
        try:
            super().load_wsgi()
        except Exception:
            if self.alive:
                raise
            sys.exit(0)

    def run(self) -> None:
        """Serve until the end."""
        self._lanes = Lanes(self.tpool, self.cfg.threads, self.app.reserved_paths)
        wakened = self.method_queue
        self.poller.register(wakened.fileno(), EVENT_READ, wakened.run_callbacks)
        while self.alive and self.is_parent_alive():
            self.set_accept_enabled(time.monotonic() >= self._closed_until)
            self._turn(_BUSY_LOOK_S if self._lanes.crowd else _LOOK_S)
        self.alive = False
        self._stop()

    def accept(self, listener: Any) -> None:
        """Let in who is at the door."""
        for _ in range(_ACCEPTED_AT_ONCE):
            try:
                sock, client = listener.accept()
            except (BlockingIOError, ConnectionAbortedError, InterruptedError):
                return
            except OSError as error:
                self.log.warning("No connection can be accepted for the moment: %s", error)
                self._closed_until = time.monotonic() + _PAUSE_S
                return
            self.nr_conns += 1
            if self.nr_conns > CONNECTIONS and self._waiting:
                self._drop(next(iter(self._waiting)))
            self._await(Connection(self.cfg, sock, client, listener.getsockname()))

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for news and deal with each: one that fails costs only itself."""
        for key, _ in self.poller.select(timeout):
            try:
                key.data(key.fileobj)
            except Exception:
                self.log.exception("A connection can't be dealt with")

    def finish_request(self, conn: Connection, future: "Future[bool]") -> None:
        """Take a connection back from the thread that has answered."""
        self._lanes.leave(conn)
        self._lanes.go_on(self._begin)
        self._await(conn)
        answered = not future.cancelled() and future.exception() is None
        if self.alive and answered and future.result():
            self._step(conn, partial(conn.next, self.cfg.keepalive))
        else:
            self._dismiss(conn)

    def _turn(self, timeout: float) -> None:
        self.wait_for_and_dispatch_events(timeout)
        now = time.monotonic()
        if now - self._looked >= timeout:
            self._looked = now
            self.notify()
            self._lanes.relieve()
            for conn in [conn for conn in self._waiting if conn.deadline <= now]:
                self._dismiss(conn, conn.too_late())

    # A connection waits, is served, waits again, lingers, and is dropped.

    def _await(self, conn: Connection) -> None:
        self._waiting[conn] = None
        self.poller.register(conn.sock, EVENT_READ, partial(self._hear, conn))

    def _hear(self, conn: Connection, _: socket.socket) -> None:
        # It may have been dropped for the sake of another one a moment ago.
        if conn in self._waiting:
            self._step(conn, conn.receive)

    def _step(self, conn: Connection, step: Callable[[], Request | None]) -> None:
        """Take a step with a connection that waits. Whatever is wrong with it ends it."""
        try:
            if request := step():
                self._lanes.enter(conn, request, self._begin)
                self._collect_on(conn, request)
        except AshimError as refusal:
            self._dismiss(conn, refusal)
        except OSError:
            self._drop(conn)
        except Exception:
            self.log.exception("A request can't be read")
            self._drop(conn)

    def _collect_on(self, conn: Connection, request: Request) -> None:
        """Hear of a connection in the queue for a thread until enough of its body is here."""
        if conn in self._waiting:
            conn.deadline = math.inf
            if request.unreader.held >= SMALL_BODY:
                self._forget(conn)

    def _dismiss(self, conn: Connection, refusal: AshimError | None = None) -> None:
        """Say a last word, if there is one, and wait for the other side to close."""
        if conn.lingers or (refusal is None and conn.is_idle):
            self._drop(conn)
            return
        try:
            conn.linger(refusal)
        except OSError:
            self._drop(conn)
            return
        if conn not in self._waiting:
            self._await(conn)
        if not self.alive:
            conn.deadline = time.monotonic() + _BUSY_LOOK_S

    def _drop(self, conn: Connection) -> None:
        self._forget(conn)
        self._lanes.leave(conn)
        self.nr_conns -= 1
        conn.close()

    def _forget(self, conn: Connection) -> None:
        if conn in self._waiting:
            del self._waiting[conn]
            self.poller.unregister(conn.sock)

    def _begin(self, pool: ThreadPoolExecutor, conn: Connection, request: Request) -> None:
        """Hand a request over to a thread; `finish_request` gets the connection back."""
        self._forget(conn)
        request.unreader.live = True
        if not request.body.is_settled:
            request.body.when_read = partial(self.method_queue.defer, self._read, conn)
        future = pool.submit(self._answer, conn, request)
        future.add_done_callback(
            lambda done: self.method_queue.defer(self.finish_request, conn, done)
        )

    def _read(self, conn: Connection) -> None:
        self._lanes.read(conn)
        self._lanes.go_on(self._begin)

    # In a thread.

    def _answer(self, conn: Connection, request: Request) -> bool:
        """Have the application answer; says whether the connection can be used again."""
        response = None
        try:
            response, environ = wsgi.create(request, conn.line, conn.client, conn.server, self.cfg)
            environ["wsgi.multithread"] = True
            environ[STOPPING] = self._is_stopping
            if not self.alive:
                response.force_close()
            self._send(response, self.wsgi(environ, response.start_response), environ)
            return not response.should_close()
        except (TooSlow, OSError) as error:
            self.log.debug("%s %s was not answered: %r", request.method, request.path, error)
        except Exception:
            self.log.exception("%s %s failed", request.method, request.path)
            if response is None or not response.headers_sent:
                self._apologise(conn)
        return False

    def _apologise(self, conn: Connection) -> None:
        with suppress(TooSlow, OSError):
            conn.line.sendall(answer_of(AshimError("Something went wrong on the server.")))

    def _send(self, response: Any, pieces: Any, environ: dict[str, Any]) -> None:
        try:
            if isinstance(pieces, environ["wsgi.file_wrapper"]):
                response.write_file(pieces)
            else:
                for piece in pieces:
                    response.write(piece)
            response.close()
        finally:
            if hasattr(pieces, "close"):
                pieces.close()

    def _is_stopping(self) -> bool:
        return not self.alive

    # The end.

    def _stop(self) -> None:
        """Answer what is at work, and what has come already; let go of all others."""
        self.set_accept_enabled(False)
        self.wait_for_and_dispatch_events(0)
        now = time.monotonic()
        for conn in self._waiting:
            conn.deadline = now if conn.is_idle else min(conn.deadline, now + STOP_S)
        while self.nr_conns > 0 and time.monotonic() < now + self.cfg.graceful_timeout:
            self._turn(_BUSY_LOOK_S)
        for conn in list(self._waiting):
            self._drop(conn)
        self._lanes.close()
        self.poller.close()
        self.method_queue.close()
        for listener in self.sockets:
            listener.close()


def _allow_open_files() -> None:
    """Ask for as many open files as there may be connections, and some more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
