"""Secrets and signatures, as Standard Webhooks 1.0 has them."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

_PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """Make a secret: `whsec_` and 32 random bytes in base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def signature(secret: str, id: str, timestamp: int, body: str) -> str:
    """Sign one attempt: `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64.

    timestamp: of the attempt, in seconds since the epoch.
    """
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    digest = hmac.digest(key, f"{id}.{timestamp}.{body}".encode(), hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()


def headers(id: str, timestamp: int, body: str, signed_with: Iterable[str]) -> dict[str, str]:
    """Give the headers by which a receiver knows who has sent a body, and that it is whole."""
    signatures = (signature(secret, id, timestamp, body) for secret in signed_with)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
