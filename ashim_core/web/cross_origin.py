"""Cross-origin requests: none, unless the operator names the origins."""

import re
from collections.abc import Sequence

from flask import Flask
from flask_cors import CORS

_SEEN = [
    *("X-Job-Id", "X-Original-Size", "X-Processed-Size", "X-Request-Id", "X-File-Results"),
    *("X-Saved-File-Id", "X-Ashim-Notes", "Idempotent-Replayed"),
]
"""Headers of ours that scripts of other origins may read."""
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
            allow_headers=["Authorization", "Content-Type", "Accept", "Prefer"],
            expose_headers=_SEEN,
            max_age=_HOUR_S,
        )


def _exactly(origin: str) -> re.Pattern[str]:
    return re.compile(re.escape(origin) + r"\Z", re.IGNORECASE)
