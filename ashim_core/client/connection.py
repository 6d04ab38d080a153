"""HTTP with one server: the key goes there and nowhere else, and who is busy is asked again."""

import time
from collections.abc import Callable
from typing import Any, BinaryIO, TypeVar

import httpx

from ashim_core.client.address import Address
from ashim_core.client.answers import UnexpectedAnswer, plain, refusal
from ashim_core.errors import AshimError, AuthRequired, InvalidRequest

_TRIES = 8
_PAUSE_S = 0.5
"""The first pause after a lost connection; each next one is twice as long."""
_BUSY_S = 2
_LONGEST_PAUSE_S = 60
_TOLD_S = 3
"""Shorter pauses are not worth a word."""
_BUSY = (429, 503)
_TIMEOUT = httpx.Timeout(120, connect=10)
_SHORT_S = 5
_PIECE = 64 * 1024

ValueT = TypeVar("ValueT")


class NotReached(AshimError):
    """There is no server at the address, or it doesn't answer."""

    status, code = 503, "NOT_REACHED"


class _Busy(Exception):
    """The server says that it should be asked again."""

    def __init__(self, error: AshimError, seconds: float) -> None:
        super().__init__(error.message)
        self.error = error
        self.seconds = seconds


class Connection:
    """Sends requests to one server.

    tell: called with a sentence before a long pause.
    """

    def __init__(self, address: Address, key: str | None, tell: Callable[[str], None]) -> None:
        headers = {"Accept": "application/json", "User-Agent": "ashim"}
        if key:
            if not (key.isascii() and key.isprintable()):
                raise InvalidRequest("Expected a key of visible ASCII characters.")
            headers["Authorization"] = f"Bearer {key}"
        self._address = address
        self._tell = tell
        self._reached = False
        self._client = httpx.Client(
            headers=headers,
            timeout=_TIMEOUT,
            # A proxy that the environment names can't know the way to a private address.
            trust_env=not address.near,
            verify=httpx.create_ssl_context(),
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def json(self, method: str, path: str, **content: Any) -> Any:
        """Send a request to the API and give the JSON of its answer.

        It may be sent more than once, so it must be one that does no harm then.
        """
        return self._patiently(lambda: self._json(method, path, **content))

    def once(self, method: str, path: str) -> bool:
        """Send a request that may fail, with one try; say whether it succeeded."""
        try:
            self._json(method, path, timeout=_SHORT_S)
        except (AshimError, httpx.HTTPError, _Busy):
            return False
        return True

    def fetch(self, link: str, file: BinaryIO) -> None:
        """Write what is behind a link of the server into a file that is empty."""
        url = self._address.own(link)
        self._patiently(lambda: self._fetch(url, file))

    def _json(self, method: str, path: str, **content: Any) -> Any:
        response = self._client.request(method, self._address.api(path), **content)
        self._check(response)
        return _json_of(response)

    def _fetch(self, url: str, file: BinaryIO) -> None:
        # What an earlier try has left.
        file.seek(0)
        file.truncate()
        with self._client.stream("GET", url, headers={"Accept": "*/*"}) as response:
            if not response.is_success:
                response.read()
            self._check(response)
            for piece in response.iter_bytes(_PIECE):
                file.write(piece)

    def _check(self, response: httpx.Response) -> None:
        """Raise what an answer other than a success says."""
        self._reached = True
        if response.is_success:
            return
        if response.is_redirect:
            target = plain(response.headers.get("Location", ""))
            raise UnexpectedAnswer(
                f"{self._address.origin} refers its callers to {target}: expected the address that "
                "answers itself."
            )
        error = refusal(response.status_code, _said(response))
        if response.status_code == AuthRequired.status:
            error.message = (
                "The server doesn't know this key, or it has expired."
                if "Authorization" in self._client.headers
                else "The server asks for a key: --key, or the variable ASHIM_KEY."
            )
        if response.status_code in _BUSY:
            raise _Busy(error, _seconds(response.headers.get("Retry-After")))
        raise error

    def _patiently(self, attempt: Callable[[], ValueT]) -> ValueT:
        """Try until there is an answer, so many times; who was never reached isn't waited for."""
        pause = _PAUSE_S
        for left in reversed(range(_TRIES)):
            try:
                return attempt()
            except httpx.HTTPError as error:
                if not (left and self._reached):
                    message = f"{self._address.origin} can't be reached: {plain(str(error))}"
                    raise NotReached(message) from error
                self._wait(pause, "The connection was lost")
                pause = min(2 * pause, _LONGEST_PAUSE_S)
            except _Busy as busy:
                if not left:
                    raise busy.error from busy
                self._wait(busy.seconds, "The server is busy")
        raise RuntimeError("expected the last try to return or to raise")

    def _wait(self, seconds: float, why: str) -> None:
        if seconds >= _TOLD_S:
            self._tell(f"{why}; trying again in {seconds:.0f} seconds")
        time.sleep(seconds)


def _said(response: httpx.Response) -> object:
    """Give the JSON of a refusal, if it is any."""
    try:
        said: object = response.json()
    except ValueError:
        return None
    return said


def _json_of(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError as error:
        raise UnexpectedAnswer(
            "The answer is no JSON: is this the address of an ashim server?"
        ) from error


def _seconds(text: str | None) -> float:
    """Read `Retry-After`; a date in it counts as if it weren't there."""
    if text is None or not (text.isascii() and text.isdigit()):
        return _BUSY_S
    return min(max(int(text), 1), _LONGEST_PAUSE_S)
