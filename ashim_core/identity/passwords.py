"""Passwords: how they are kept, and which are too easy."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ashim_core.errors import ServerBusy, ValidationFailed

# OWASP's second choice for argon2id: 32 ms of CPU, and little enough memory for small servers.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_A_TIME = threading.BoundedSemaphore(4)
"""Each takes 19 MiB: many logins at once must not take the server's memory."""
_WAIT_S = 5
_DUMMY = _HASHER.hash("nobody has this password")
"""What a password is held against when there is no such account, so that it takes as long."""
_EASY = 10_000
"""Guesses: what somebody tries by hand, or a script at ten a minute within a day."""
_CHECKED = 72
"""Characters that the estimate looks at; longer ones only get harder."""


def hash_password(password: str) -> str:
    """Give the argon2id hash of a password, with its parameters and salt."""
    with _turn():
        return _HASHER.hash(password)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Say whether it is the password; takes as long when there is no hash to hold it against."""
    with _turn():
        try:
            _HASHER.verify(password_hash or _DUMMY, password)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def refuse_easy(password: str, username: str, field: str) -> None:
    """Refuse passwords that are on everybody's list, or are the name of the account."""
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists are large, and this is rare

    estimate = zxcvbn(password[:_CHECKED], user_inputs=[username, "ashim"])
    if estimate["guesses"] < _EASY:
        raise ValidationFailed(
            "This password is among the first that anybody would try.",
            details=[
                {
                    "field": field,
                    "expected": "a password that can't be guessed: several words, for example",
                    "received": "a common password",
                }
            ],
        )


@contextmanager
def _turn() -> Iterator[None]:
    if not _AT_A_TIME.acquire(timeout=_WAIT_S):
        raise ServerBusy("Too many people are signing in at the moment.")
    try:
        yield
    finally:
        _AT_A_TIME.release()
