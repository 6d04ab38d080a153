"""Ids: of what the server names by itself, of tools, and of requests."""

import re
import secrets

ID_PATTERN = "[0-9a-f]{32}"
"""Of jobs, files, accounts and the like; the first team alone has another one."""
FIELD_PATTERN = r"[a-z][a-zA-Z0-9]{0,39}"
"""The field of a form for an extra file."""
TOOL_ID_PATTERN = "[a-z0-9]+(-[a-z0-9]+)*"
"""Of tools, which their authors name."""
MOST_OF_TOOL_ID = 100
"""Characters of the id of a tool that callers may send."""
REQUEST_KEY_PATTERN = "[!-~]{1,255}"
"""Of what callers name a request by, in the header `Idempotency-Key`: visible ASCII."""
_ID = re.compile(ID_PATTERN)


def new_id() -> str:
    """Make an id that can't be guessed: 128 random bits."""
    return secrets.token_hex(16)


def is_id(text: str) -> bool:
    """Say whether a caller's text may be an id at all."""
    return _ID.fullmatch(text) is not None
