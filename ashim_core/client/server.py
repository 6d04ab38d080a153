"""What can be asked of a server: its tools, and to carry out jobs."""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from ashim_core.client.address import Address
from ashim_core.client.answers import JobAnswer, Started, ToolAnswer, ToolList, read
from ashim_core.client.connection import Connection
from ashim_core.client.errand import Errand
from ashim_core.names import safe_name

_FIRST_LOOK_S = 0.05
_LOOK_S = 1.0
"""How often to ask how a job is, at most: a server counts requests."""
_SLOWER = 1.5
_GRACE_S = 10
"""How long to wait for the answer to a request that nobody wants any more."""


class Server:
    """A running server. tell: called with a sentence when something takes longer than usual."""

    def __init__(self, address: Address, key: str | None, tell: Callable[[str], None]) -> None:
        self._connection = Connection(address, key, tell)

    def close(self) -> None:
        """Close all connections."""
        self._connection.close()

    def tools(self) -> tuple[ToolAnswer, ...]:
        """Describe all tools."""
        return read(ToolList, self._asked("/tools")).tools

    def tool(self, name: str) -> ToolAnswer:
        """Describe one tool, by its id or an alias."""
        return read(ToolAnswer, self._asked(f"/tools/{quote(name, safe='/')}"))

    def start(
        self,
        path: str,
        form: Mapping[str, str],
        files: Sequence[Path],
        extras: Mapping[str, Path] | None = None,
    ) -> str:
        """Have a job done in the background; give its id. The files are read as they are sent.

        extras: extra files by their fields.
        """
        fields = [("file", file) for file in files] + [*(extras or {}).items()]
        headers = {"Prefer": "respond-async", "Idempotency-Key": str(uuid.uuid4())}
        with ExitStack() as opened:
            parts = [
                (field, (safe_name(file.name), opened.enter_context(file.open("rb"))))
                for field, file in fields
            ]
            content = {"data": dict(form), "files": parts, "headers": headers}
            answer = Errand(lambda: self._connection.json("POST", path, **content))
            try:
                return read(Started, answer.result()).job_id
            except KeyboardInterrupt:
                # Ends an upload, which can't be read on. One that is complete gets its answer.
                opened.close()
                self._withdraw(answer)
                raise

    def follow(self, job_id: str, look: Callable[[JobAnswer], None]) -> JobAnswer:
        """Wait until a job is over; `look` is called with how it is, every now and then."""
        pause = _FIRST_LOOK_S
        while not (job := self._job(job_id)).over:
            look(job)
            time.sleep(pause)
            pause = min(pause * _SLOWER, _LOOK_S)
        look(job)
        return job

    def remove(self, job_id: str) -> None:
        """Cancel a job if it is still at work, and have its results deleted."""
        path = f"/jobs/{quote(job_id, safe='')}"
        Errand(lambda: self._connection.once("DELETE", path)).result()

    def fetch(self, link: str, file: BinaryIO) -> None:
        """Write what is behind a download link into a file that is empty."""
        Errand(lambda: self._connection.fetch(link, file)).result()

    def _withdraw(self, answer: Errand[Any]) -> None:
        """Remove a job that the server may be at already, as soon as it says which."""
        started = answer.result_within(_GRACE_S)
        if started is not None:
            self.remove(read(Started, started).job_id)

    def _job(self, job_id: str) -> JobAnswer:
        return read(JobAnswer, self._asked(f"/jobs/{quote(job_id, safe='')}"))

    def _asked(self, path: str) -> Any:
        return Errand(lambda: self._connection.json("GET", path)).result()
