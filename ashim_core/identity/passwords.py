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
_DUMMY = (
    f"$argon2id$v=19$m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
    f"${'A' * 22}${'A' * 43}"
)
"""What a password is held against when there is no such account, so that it takes as long: a hash
of nothing but zeros, which no password is known to have. Making a real one costs each start 90 ms.
"""
_EASY = 10_000
"""Guesses: what somebody tries by hand, or a script at ten a minute within a day."""
_CHECKED = 72
"""Characters that are looked at; longer ones only get harder."""
_PIECE = 16
"""Characters that are estimated with all signs that can stand for letters.

The estimate tries every way to read them: 24 characters can take 0.4 s of CPU, 70 many seconds, 16
at most 0.03 s. With digits alone, 72 take 0.1 s.
"""
_SIGNS = str.maketrans("@({[<&#!|$+%", "~" * 12)
"""The signs besides digits that zxcvbn reads as letters, and one that it doesn't."""


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
    text = password[:_CHECKED]
    pieces = [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]
    easy = _guesses(text.translate(_SIGNS), username) < _EASY
    # One piece that is hard makes the whole hard.
    if easy or all(_guesses(piece, username) < _EASY for piece in pieces):
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


def _guesses(text: str, username: str) -> float:
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists are large, and this is rare

    return float(zxcvbn(text, user_inputs=[username, "ashim"])["guesses"])


@contextmanager
def _turn() -> Iterator[None]:
    if not _AT_A_TIME.acquire(timeout=_WAIT_S):
        raise ServerBusy("Too many people are signing in at the moment.")
    try:
        yield
    finally:
        _AT_A_TIME.release()
