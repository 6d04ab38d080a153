"""JSON and other text travels compressed to those who accept that, where it is worth the while."""

import gzip
from http import HTTPStatus

from flask import Response, request

_LEAST = 1024
"""Bytes. What is shorter fits into one packet either way, and to compress it takes 15 us of CPU."""
_LEVEL = 6
_TEXTS = ("text/", "application/json", "application/yaml")


def compress(response: Response) -> Response:
    """Compress an answer that was built as a whole, if it is long, and not compressed already.

    Files, parts of them and streams are sent as they are.
    """
    # What holds a token or a key says `no-transform`: how short it gets would tell something of
    # the secret to whoever can have it sent again and again with texts of their own in it, and
    # sees on the line how long it is (BREACH). The signatures of links to results are none of
    # these secrets: each answer has others.
    if response.cache_control.no_transform or not _is_long_text(response):
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] > 0 and response.status_code != HTTPStatus.NOT_MODIFIED:
        response.set_data(gzip.compress(response.get_data(), _LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _is_long_text(response: Response) -> bool:
    if response.is_streamed or "Content-Encoding" in response.headers:
        return False
    is_text = (response.mimetype or "").startswith(_TEXTS)
    return is_text and (response.calculate_content_length() or 0) >= _LEAST
