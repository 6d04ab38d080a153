"""Files and parts of them: one range of bytes is heeded; what else a `Range` says is no error."""

import os
from typing import Any

from flask import Response, request, send_file
from werkzeug.datastructures import Range
from werkzeug.http import parse_range_header

_LONGEST = 64
"""Characters of a range: two numbers of any file, and their unit."""
_RANGE = "HTTP_RANGE"


def heed_one_range() -> None:
    """Let the present request ask for one range of bytes, or for all (RFC 9110, section 14.2).

    A unit that is unknown has to be ignored; several ranges, and what is none, may be.
    """
    if _RANGE in request.environ and (request.method != "GET" or _wanted() is None):
        del request.environ[_RANGE]


def send_ranges(path: str | os.PathLike[str], **options: Any) -> Response:
    """Send a file, or the part of it that is asked for; takes what Flask's `send_file` takes."""
    wanted = _wanted()
    if wanted is not None and -wanted.ranges[0][0] > os.stat(path).st_size:
        # More of its end than there is: that is all of it, where Werkzeug sees an error.
        request.environ[_RANGE] = "bytes=0-"
    return send_file(path, conditional=True, **options)


def _wanted() -> Range | None:
    text = request.environ.get(_RANGE, "")
    if len(text) > _LONGEST or not text.isascii():
        return None
    found = parse_range_header(text)
    return found if found and found.units == "bytes" and len(found.ranges) == 1 else None
