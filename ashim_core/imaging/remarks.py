"""What decoders remark on while they read a file: libvips hands it to the log."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOG = logging.getLogger("pyvips")


class _Ear(logging.Handler):
    """Keeps what is said. thread: only what this one says; None for all."""

    def __init__(self, thread: int | None) -> None:
        super().__init__(logging.WARNING)
        self.heard: set[str] = set()
        self._thread = thread

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.WARNING and self._thread in (None, record.thread):
            self.heard.add(record.getMessage())


@contextmanager
def remarks(*, of_this_thread: bool = False) -> Iterator[set[str]]:
    """Collect the warnings of decoders, whose pixels are decoded by threads of their own."""
    ear = _Ear(threading.get_ident() if of_this_thread else None)
    level, propagate = _LOG.level, _LOG.propagate
    _LOG.addHandler(ear)
    _LOG.setLevel(logging.WARNING)
    _LOG.propagate = False
    try:
        yield ear.heard
    finally:
        _LOG.removeHandler(ear)
        _LOG.setLevel(level)
        _LOG.propagate = propagate
