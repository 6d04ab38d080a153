"""Answers that are built anew each time, and needn't travel to those who have the same already."""

import hashlib

from flask import Response, request

_LETTERS = 32


def with_tag(response: Response) -> Response:
    """Name an answer by what it says, with an `ETag`; it becomes 304 for who has it already."""
    tag = hashlib.sha256(response.get_data()).hexdigest()[:_LETTERS]
    # Weak: it names what is said, compressed or not.
    response.set_etag(tag, weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response
