"""Runs the examples through the whole core, each one once."""

import io
import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyvips
from werkzeug.http import parse_options_header
from werkzeug.test import TestResponse

from ashim_core.config import Config
from ashim_core.discovery import Sources
from ashim_core.executors.executor import InlineExecutor
from ashim_core.registry import Registry
from ashim_core.server.build import build_core
from ashim_core.svg import clean, draw
from ashim_core.testing import ToolClient
from ashim_core.tool import Tool
from docs._make.drawings import File
from docs._make.examples import NAME, Example, examples_of
from docs._make.packages import NAMES

_DRAWING = (b"<svg", b"<?xml")
_PDF, _PDF_PAGE = b"%PDF-", b"/Type /Page "
_ALONE = {"strict_plugins": True, "auth_enabled": False, "rate_limit_per_min": 0}


@dataclass(frozen=True)
class Thing:
    """A file that went in or came out.

    picture: the first frame, where it is a picture that libvips reads.
    """

    name: str
    content: bytes
    picture: pyvips.Image | None

    def __str__(self) -> str:
        """Say what it is in a few words that are the same on every machine."""
        if self.picture is not None:
            return f"{self.name}, {self.picture.width} x {self.picture.height}"
        if self.content.startswith(_PDF):
            count = self.content.count(_PDF_PAGE)
            return f"{self.name}, {count} {'page' if count == 1 else 'pages'}"
        return self.name


@dataclass(frozen=True)
class Shown:
    """What became of an example.

    report: what the tool said, where it made no file.
    told: its reports of what went in and of what came out, where the example asks for them.
    """

    example: Example
    before: tuple[Thing, ...]
    after: tuple[Thing, ...]
    report: Mapping[str, Any] | None = None
    told: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None

    @property
    def pictured(self) -> bool:
        """Pictures show what the tool does; otherwise words have to."""
        in_words = self.example.named or self.told is not None
        return not in_words and any(thing.picture is not None for thing in self.after)


class Stage:
    """All tools of this repository, ready to run."""

    def __init__(self, client: ToolClient) -> None:
        self._client = client
        self._shown: dict[str, list[Shown]] = {}

    @property
    def registry(self) -> Registry:
        return self._client.registry

    def first(self, tool: Tool) -> Shown:
        """Run the example that stands on the page of a tool."""
        return next(self.all(tool))

    def all(self, tool: Tool) -> Iterator[Shown]:
        """Run the examples of a tool, those that ran already aside."""
        done = self._shown.setdefault(tool.id, [])
        for index, example in enumerate(examples_of(tool)):
            if index == len(done):
                done.append(self._show(tool, example))
            yield done[index]

    def _show(self, tool: Tool, example: Example) -> Shown:
        before = tuple(_thing(file.name, file.content) for file in example.files)
        response = self._post(tool, example.files, example.settings or {})
        if "Content-Disposition" not in response.headers:
            return Shown(example, before, (), report=response.get_json())
        after = tuple(_thing(name, content) for name, content in _files(response))
        return Shown(example, before, after, told=self._told(tool, example, after[0]))

    def _told(
        self, tool: Tool, example: Example, result: Thing
    ) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
        if example.told is None:
            return None
        given, settings = example.files[0], example.told
        made = File(result.name, lambda: result.content, given.says)
        one, other = (self._post(tool, (file,), settings).get_json() for file in (given, made))
        return one, other

    def _post(
        self, tool: Tool, files: tuple[File, ...], settings: Mapping[str, Any]
    ) -> TestResponse:
        data: dict[str, Any] = {"settings": json.dumps(dict(settings))}
        for file in files:
            data.setdefault(file.field, []).append((io.BytesIO(file.content), file.name))
        response = self._client.http.post(
            f"/api/v1/tools/{tool.id}", data=data, content_type="multipart/form-data"
        )
        response.get_data()
        response.close()
        response.request.environ["wsgi.input"].close()  # Werkzeug spools large bodies to a file
        if response.status_code != 200:
            raise RuntimeError(
                f"expected the example of {tool.id} in {NAME} of "
                f"{self.registry.provenance(tool).distribution} to be done, got {response.text}"
            )
        return response


def _files(response: TestResponse) -> Iterator[tuple[str, bytes]]:
    """Give the files of an answer: the one that it is, or all in its archive."""
    if response.mimetype != "application/zip":
        _, options = parse_options_header(response.headers["Content-Disposition"])
        yield options["filename"], response.data
        return
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        for name in archive.namelist():
            yield name, archive.read(name)


def _thing(name: str, content: bytes) -> Thing:
    try:
        if content.lstrip().startswith(_DRAWING):
            picture = draw(clean(content).data)
        else:
            picture = pyvips.Image.new_from_buffer(content, "")
    except pyvips.Error:
        picture = None
    return Thing(name, content, picture)


@contextmanager
def open_stage() -> Iterator[Stage]:
    """Set all tools up for as long as they are needed; experimental ones are offered, too."""
    with tempfile.TemporaryDirectory() as folder:
        given: dict[str, Any] = {"data_dir": Path(folder), **_ALONE}
        client = ToolClient(build_core(Config(**given), Sources(packages=NAMES), InlineExecutor))
        try:
            answer = client.http.put("/api/v1/settings", json={"enableExperimentalTools": True})
            if answer.status_code != 200:
                raise RuntimeError(f"expected the settings to be changed, got {answer.text}")
            yield Stage(client)
        finally:
            client.close()
