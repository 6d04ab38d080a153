"""Cross-origin requests: none, unless the operator names the origins."""

import re
from collections.abc import Sequence

from flask import Flask
from flask_cors import CORS

_SENT = [
    *("Authorization", "Content-Type", "Accept", "Prefer", "Idempotency-Key", "Last-Event-ID"),
    *("Range", "If-Range", "If-None-Match", "If-Modified-Since", "Cache-Control"),
]
"""Headers that scripts of other origins may send: all that mean something here."""
_SEEN = [
    *("X-Job-Id", "X-Original-Size", "X-Processed-Size", "X-Request-Id", "X-File-Results"),
    *("X-Output-Filename", "X-Saved-File-Id", "X-Ashim-Notes", "X-Ashim-Facts"),
    "Idempotent-Replayed",
    *("Content-Disposition", "ETag", "Accept-Ranges", "Content-Range", "Location", "Deprecation"),
    *("Preference-Applied", "Retry-After", "WWW-Authenticate", "Allow"),
    *("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"),
]
"""Headers that scripts of other origins may read, besides those that any script may."""
_HOUR_S = 3600


def allow_origins(app: Flask, origins: Sequence[str]) -> None:
    """Let pages of exactly these origins use the API with a token; nothing is sent by itself."""
    if origins:
        CORS(
            app,
            # Origins with certain letters would be read as patterns, so all are written as such.
            resources={"/api/*": {"origins": [_exactly(origin) for origin in origins]}},
            always_send=False,
            supports_credentials=False,
            allow_headers=_SENT,
            expose_headers=_SEEN,
            max_age=_HOUR_S,
        )


def _exactly(origin: str) -> re.Pattern[str]:
    return re.compile(re.escape(origin) + r"\Z", re.IGNORECASE)
