"""What a language model knows of us is one text: whoever has read it can call every tool.

The reader below is as simple as one can be. It sees the text and nothing else.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest

from ashim_core.testing import ToolClient, sample
from ashim_core.testing.client import make_client
from tests.kinds import large_file_of

_LINE = re.compile(r"( *)- `(\w+)` \((.*?); (required|default .*?)\): (.*)")
_NUMBER = re.compile(r"(integer|number) (?:above )?(-?[\d.]+)(?: to (?:below )?(-?[\d.]+))?")
_KINDS: dict[str, Any] = {"boolean": True, "colour": "#336699", "any JSON": 1}


@dataclass
class Setting:
    """One setting of a tool, with its members if it has any."""

    name: str
    kind: str
    required: bool
    examples: list[Any]
    members: list["Setting"] = field(default_factory=list)

    def value(self) -> Any:
        """Make up a value from what is said of it."""
        if self.examples:
            return self.examples[0]
        return self._of(self.kind)

    def _of(self, kind: str) -> Any:
        kind = kind.split(" or null", maxsplit=1)[0]
        if kind.startswith("list"):
            return [self._of(kind.partition(": ")[2])]
        if kind.startswith("object"):
            return {member.name: member.value() for member in self.members if member.required}
        if kind.startswith('"'):
            return json.loads(kind.split(" | ")[0])
        if found := _NUMBER.match(kind):
            low, high = float(found[2]), float(found[3] or found[2])
            middle = (low + high) / 2
            return int(middle) if found[1] == "integer" else middle
        if kind.startswith("string"):
            return "A text"
        return _KINDS[kind]


@dataclass
class Told:
    """What the text says of one tool."""

    id: str
    path: str
    files: dict[str, int]
    kinds: str
    most: int
    place: str
    needs_settings: bool
    example: dict[str, Any]
    rivals: set[str]
    settings: list[Setting]

    def forms(self) -> Iterator[dict[str, Any]]:
        """Give settings that are valid after the text, in several ways."""
        yield self.example
        if not self.needs_settings:
            yield {}
        required = {item.name: item.value() for item in self.settings if item.required}
        if required:
            yield required
        for item in self.settings:
            if item.members:
                besides = {} if item.name in self.rivals else self.example
                yield {**besides, item.name: item.value()}


def read(text: str) -> list[Told]:
    """Read the text: sections that name an address are tools."""
    found = [_tool(part) for part in re.split(r"^## ", text, flags=re.MULTILINE)]
    return [tool for tool in found if tool is not None]


def _tool(part: str) -> Told | None:
    address = re.search(r"^POST (/api/v1/tools/\S+)$", part, re.MULTILINE)
    if address is None:
        return None
    facts = dict(re.findall(r"^- ([A-Z][\w ]*): (.*)$", part, re.MULTILINE))
    files: dict[str, int] = {}
    counts = re.match(r"(\d+)(?: to (\d+))?, .*`(\w+)`", facts["Files"])
    if counts:
        files[counts[3]] = int(counts[1])
    if "Extra file" in facts:
        files[facts["Extra file"].split("`")[1]] = 1
    example = re.search(r"Example: `(.*)`", facts["Settings"])
    assert example is not None
    return Told(
        id=part.partition("\n")[0],
        path=address[1],
        files=files,
        kinds=", ".join(re.findall(r"`(\w+/[\w+.-]+)`", facts["Files"])),
        most=int(counts[2] or counts[1]) if counts else 0,
        place=facts.get("In a pipeline", "").rstrip("."),
        needs_settings=facts["Settings"].startswith("required"),
        example=json.loads(example[1]),
        rivals=_rivals(part),
        settings=_settings(part),
    )


def _rivals(part: str) -> set[str]:
    """Read which settings take the place of each other."""
    found = re.search(r"Exactly one of ([\w, ]+) is given", part)
    return set(re.findall(r"\w+", found[1])) - {"and"} if found else set()


def _settings(part: str) -> list[Setting]:
    """Read the lines of settings; what stands further in belongs to the one before."""
    levels: list[list[Setting]] = [[]]
    for indent, name, kind, need, about in _LINE.findall(part):
        depth = len(indent) // 2
        shown = re.search(r" Example: (`.*`)\.$", about)
        examples = [json.loads(item) for item in shown[1].strip("`").split("`, `")] if shown else []
        setting = Setting(name, kind, need == "required", examples)
        del levels[depth + 1 :]
        levels[depth].append(setting)
        levels.append(setting.members)
    return levels[0]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToolClient]:
    with closing(make_client(tmp_path_factory.mktemp("llms") / "ashim")) as client:
        yield client


@pytest.fixture(scope="module")
def text(client: ToolClient) -> str:
    return client.http.get("/llms-full.txt").text


@pytest.fixture(scope="module")
def tools(text: str) -> list[Told]:
    return read(text)


def post(
    client: ToolClient, path: str, files: dict[str, int], kinds: str = "", **fields: str
) -> Any:
    """Send what the reader has made up."""
    picture = large_file_of(kinds)
    uploads = {
        name: [(io.BytesIO(picture), f"{number}.jpg") for number in range(count)]
        for name, count in files.items()
    }
    response = client.http.post(
        path, data={**fields, **uploads}, content_type="multipart/form-data"
    )
    response.get_data()
    response.close()
    response.request.environ["wsgi.input"].close()  # Werkzeug spools large bodies to a file
    return response


def test_every_tool_can_be_called_from_the_text_alone(
    client: ToolClient, tools: list[Told]
) -> None:
    assert [tool.id for tool in tools] == [tool.id for tool in client.registry.with_actions()]
    missing = {tool.id for tool in client.registry.with_actions() if tool.missing()}
    for tool in tools:
        for settings in tool.forms():
            response = post(
                client, tool.path, tool.files, tool.kinds, settings=json.dumps(settings)
            )
            expected = 501 if tool.id in missing else 200
            assert response.status_code == expected, f"{tool.id} {settings}: {response.text}"


def test_every_setting_and_every_member_is_told(client: ToolClient, tools: list[Told]) -> None:
    for told in tools:
        names = [item.name for item in told.settings]
        fields = client.registry.find(told.id).settings.model_fields
        assert names == [item.alias for item in fields.values()], told.id
    collage = next(tool for tool in tools if tool.id == "collage")
    cells = next(item for item in collage.settings if item.name == "cells")
    assert {"imageIndex", "fit"} <= {member.name for member in cells.members}


def test_files_are_as_many_as_the_text_says(client: ToolClient, tools: list[Told]) -> None:
    missing = {tool.id for tool in client.registry.with_actions() if tool.missing()}
    for tool in tools:
        if tool.id in missing or tool.most != 1:
            continue
        files = {name: count + (name == "file") for name, count in tool.files.items()}
        response = post(client, tool.path, files, tool.kinds, settings=json.dumps(tool.example))
        assert response.json["code"] == "TOO_MANY_FILES", tool.id


def test_a_pipeline_is_built_from_the_text(
    client: ToolClient, text: str, tools: list[Told]
) -> None:
    address = re.search(r"`POST BASE(/api/v1/pipeline/execute)` with one `(\w+)`", text)
    assert address is not None
    anywhere = [tool for tool in tools if not tool.place and len(tool.files) == 1][:3]
    last = next(tool for tool in tools if tool.place == "the last step")
    steps = [{"toolId": tool.id, "settings": tool.example} for tool in (*anywhere, last)]
    response = post(client, address[1], {address[2]: 1}, pipeline=json.dumps(steps))
    assert response.status_code == 200, response.text
    refused = post(client, address[1], {address[2]: 1}, pipeline=json.dumps(steps[::-1]))
    assert refused.status_code == 400


def test_a_batch_is_built_from_the_text(client: ToolClient, text: str, tools: list[Told]) -> None:
    address = re.search(
        r"`POST BASE(/api/v1/tools/<id>/batch)` .*?one part `(\w+)`", text, re.DOTALL
    )
    assert address is not None
    tool = next(tool for tool in tools if list(tool.files) == ["file"])
    response = post(
        client,
        address[1].replace("<id>", tool.id),
        {address[2]: 3},
        settings=json.dumps(tool.example),
        manifest="true",
    )
    assert response.status_code == 200, response.text
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        names = archive.namelist()
    assert len(names) == 4
    assert names[-1] == "manifest.json"
    assert [*json.loads(response.headers["X-File-Results"])] == ["0", "1", "2"]


@pytest.mark.parametrize(
    "word",
    [
        *("`fileId`", "`strict`", "`manifest`", "`stream=true`", "respond-async", "wait=30"),
        *("Idempotency-Key", "progressUrl", "#rrggbb", "transparent", "pipelineId", "/files/<id>"),
        *("X-File-Results", "WOULD_LOSE", "downloadUrl", "zipUrl", "Retry-After"),
    ],
)
def test_the_ways_to_call_are_explained(text: str, word: str) -> None:
    assert word in text


def test_what_the_text_says_of_jobs_holds(client: ToolClient, text: str) -> None:
    said = re.search(r"`Prefer: (\S+)` is answered with\s+202\s+`{(.*?)}`", text)
    assert said is not None
    data = {"file": (io.BytesIO(sample("rgb")), "a.png")}
    response: Any = client.http.post("/api/v1/tools/rotate", data=data, headers={"Prefer": said[1]})
    assert response.status_code == 202
    assert [*response.json] == said[2].split(", ")
    address = response.json["statusUrl"]
    with client.http.get(response.json["progressUrl"]) as progress:
        assert '"status": "completed"' in progress.get_data(as_text=True)
    state: Any = client.http.get(address).json
    assert state["result"]["downloadUrl"]
