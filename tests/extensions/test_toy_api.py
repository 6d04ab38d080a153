"""A whole other API as a package: in the document, under the same rules, and its names stay."""

import io
import json
import urllib.request
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pyvips

from ashim_core.testing import ToolClient
from tests.extensions.conftest import PACKAGES, Extended
from tests.patience import until
from tests.web.live import get_json, live_server


@pytest.fixture
def client(extended: Extended) -> ToolClient:
    return extended("toy-api")


def paint(client: ToolClient, prompt: str = "abc") -> str:
    answer = client.http.post("/api/txt2img", query_string={"prompt": prompt})
    assert answer.status_code == 202, answer.text
    return str(answer.get_json()["output"])


def test_a_picture_of_words(client: ToolClient) -> None:
    name = paint(client, "AZ")
    until(lambda: client.http.get(f"/api/ready?output={name}").get_json()["ready"])
    answer = client.http.get(f"/output/{name}")
    assert answer.mimetype == "image/png"
    image = pyvips.Image.new_from_buffer(answer.data, "")
    assert (image.width, image(0, 0), image(15, 0)) == (16, [ord("A")], [ord("Z")])
    answer.close()


def test_it_is_in_the_document_like_any_other_route(client: ToolClient) -> None:
    document: Any = client.http.get("/api/v1/openapi.json").get_json()
    operation = document["paths"]["/api/txt2img"]["post"]
    assert operation["summary"] == "Paint a picture of words."
    assert [item["name"] for item in operation["parameters"]] == ["prompt", "width"]
    assert {"name": "toy-api", "description": "Routes that an installed package brings."} in (
        document["tags"]
    )
    assert "/output/{name}" in document["paths"]
    assert "/healthz" not in document["paths"]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({}, 400, "VALIDATION_ERROR"),
        ({"prompt": "a", "width": "1000"}, 400, "INVALID_SETTINGS"),
        ({"prompt": "a", "height": "1"}, 400, "VALIDATION_ERROR"),
    ],
)
def test_what_is_wrong_is_told_as_everywhere(
    client: ToolClient, query: dict[str, str], status: int, code: str
) -> None:
    answer = client.http.post("/api/txt2img", query_string=query)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert answer.get_json()["details"]


def test_nobody_who_has_not_signed_in_paints(extended: Extended) -> None:
    client = extended("toy-api", auth_enabled=True)
    answer = client.http.post("/api/txt2img?prompt=a")
    assert (answer.status_code, answer.get_json()["code"]) == (401, "AUTH_REQUIRED")
    assert not client.core.jobs.views(None, 10)


def test_files_are_taken_by_no_route_that_does_not_say_so(client: ToolClient) -> None:
    form = {"file": (io.BytesIO(b"x"), "a.png")}
    answer = client.http.post("/api/txt2img?prompt=a", data=form)
    assert answer.status_code in (202, 400)
    assert not list(client.core.config.data_dir.glob("work/*/*/in*"))


def test_names_stay_over_a_restart_and_are_known_to_every_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two web processes answer in turn, as connections come; none of them knows by itself."""
    environment = {"PYTHONPATH": str(PACKAGES / "toy-api"), "ASHIM_PACKAGES": "toy-api"}
    with live_server(tmp_path, ASHIM_WEB_PROCESSES="2", **environment) as server:
        names = [_painted(server.address) for _ in range(4)]
        for name in names * 4:
            until(partial(_ready, server.address, name))
    with live_server(tmp_path, **environment) as server:
        for name in names:
            with urllib.request.urlopen(f"{server.address}/output/{name}") as answer:
                assert answer.read().startswith(b"\x89PNG")


def _ready(address: str, name: str) -> bool:
    return bool(get_json(f"{address}/api/ready?output={name}")["ready"])


def _painted(address: str) -> str:
    request = urllib.request.Request(f"{address}/api/txt2img?prompt=abc", method="POST")
    with urllib.request.urlopen(request) as answer:
        return str(json.load(answer)["output"])
