"""Settings meant to hurt: refused before any pixel, or a result within all limits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import pyvips

from ashim_core.testing import ToolClient, sample
from ashim_core.testing.client import make_client
from ashim_core.testing.samples import scene
from tests.patience import PATIENCE_S, cpu_seconds

TASK_SECONDS = 3 + 2
"""CPU: the time limit of a task, and what else an answer may cost."""
MEGAPIXELS_100 = 10_000
WIDEST = "\ufdfd"
"""One character that is as wide as a phrase."""


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToolClient]:
    """A client of a server that gives tasks as much time as a busy machine needs."""
    folder = tmp_path_factory.mktemp("patient")
    client = make_client(folder, workers=True, processing_timeout_s=PATIENCE_S)
    yield client
    client.close()


@contextmanager
def at_most(seconds: float, client: ToolClient) -> Iterator[None]:
    """Assert that something costs no more CPU; a worker that was killed counts no more."""
    before = cpu_seconds(client)
    yield
    assert cpu_seconds(client) - before < seconds


def huge() -> bytes:
    """Give a JPEG of 100 megapixels; it has a seventieth of a byte for each."""
    image = pyvips.Image.black(MEGAPIXELS_100, MEGAPIXELS_100, bands=3)
    return bytes(image.copy(interpretation="srgb").jpegsave_buffer(Q=50))


REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "a font of a million pixels": ("watermark-text", {"text": "a", "fontSize": 1e6}, "fontSize"),
    "no text": ("watermark-text", {"text": ""}, "text"),
    "a blank text": ("text-overlay", {"text": " \n\u200b"}, "text"),
    "ten thousand combining marks": ("text-overlay", {"text": "a" + "\u0301" * 10**4}, "text"),
    "a control character": ("text-overlay", {"text": "a\u0000b"}, "text"),
    "a font from a path": ("text-overlay", {"text": "a", "font": "/etc/passwd"}, "font"),
    "100 000 rows": ("split", {"rows": 10**5}, "rows"),
    "10 000 tiles": ("split", {"rows": 100, "cols": 100}, ""),
    "a border of a million pixels": ("border", {"width": 10**6}, "width"),
    "a blur of a million pixels": ("border", {"shadow": True, "shadowBlur": 10**6}, "shadowBlur"),
    "sharpening by a million": ("sharpening", {"mode": "unsharp", "amount": 10**6}, "amount"),
    "ten thousand effects": ("color-adjustments", {"effects": ["sepia"] * 10**4}, "effects"),
    "a gap of a million pixels": ("collage", {"gap": 10**6}, "gap"),
    "ten thousand cells": ("collage", {"cells": [{}] * 10**4}, "cells"),
    "a mark wider than the picture": ("watermark-image", {"scale": 10**6}, "scale"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_settings_beyond_their_bounds_are_refused(server: ToolClient, case: str) -> None:
    tool, settings, field = REFUSED[case]
    pictures = [sample("rgb")] * (2 if tool == "watermark-image" else 1)
    with at_most(1, server):
        response = server.post(tool, *pictures, **settings)
    assert (response.status_code, response.json and response.json["code"]) == (
        400,
        "INVALID_SETTINGS",
    )
    assert response.json is not None
    assert response.json["details"][0]["field"].startswith(field)
    assert len(response.text) < 4000


@pytest.mark.parametrize("tool", ["watermark-text", "text-overlay"])
def test_a_text_of_100_000_combining_marks_is_not_even_read(server: ToolClient, tool: str) -> None:
    with at_most(1, server):
        refusal = server.refusal(tool, sample("rgb"), text="a" + "\u0301" * 10**5)
    assert refusal == (400, "INVALID_REQUEST")


BOUNDED: dict[str, tuple[str, dict[str, Any]]] = {
    "the largest text": ("watermark-text", {"text": "W" * 500, "fontSize": 1000, "tile": True}),
    "the widest characters": ("text-overlay", {"text": WIDEST * 500, "fontSize": 1000}),
    "500 combining marks": ("watermark-text", {"text": "a" + "\u0301" * 499, "fontSize": 1000}),
    "500 lines": ("text-overlay", {"text": "a\n" * 250, "fontSize": 1000, "rotation": 45}),
    "nested directions": ("text-overlay", {"text": "\u202e\u202d" * 200 + "a\u05d0" * 50}),
    "markup that never ends": ("watermark-text", {"text": "<span>" * 80}),
    "the largest frame": ("border", {"width": 2000, "borderRadius": 2000, "shadow": True}),
    "all adjustments": (
        "color-adjustments",
        {"hue": 90, "vibrance": 50, "sharpness": 100, "effects": ["sepia", "vignette", "invert"]},
    ),
    "the strongest smoothing": ("sharpening", {"mode": "unsharp", "denoise": "strong"}),
}
SMALL: dict[str, Callable[[], bytes]] = {
    "one pixel": lambda: scene(1, 1).pngsave_buffer(),
    "one column": lambda: scene(1, 5000).pngsave_buffer(),
    "one row": lambda: scene(5000, 1).pngsave_buffer(),
}


@pytest.mark.parametrize("size", SMALL)
@pytest.mark.parametrize("case", BOUNDED)
def test_extreme_settings_do_no_harm_to_tiny_pictures(
    patient: ToolClient, case: str, size: str
) -> None:
    tool, settings = BOUNDED[case]
    with at_most(TASK_SECONDS, patient):
        assert patient.post(tool, SMALL[size](), **settings).status_code == 200


@pytest.mark.parametrize("case", BOUNDED)
def test_extreme_settings_end_in_time_on_a_picture_of_100_megapixels(
    server: ToolClient, case: str
) -> None:
    tool, settings = BOUNDED[case]
    with at_most(TASK_SECONDS, server):
        response = server.post(tool, huge(), name="huge.jpg", **settings)
    if response.status_code != 200:
        assert response.json is not None
        found = response.status_code, response.json["code"]
        assert found in {(504, "TIMEOUT"), (422, "OUT_OF_MEMORY"), (413, "TOO_MANY_PIXELS")}
    assert server.post("resize", sample("rgb"), width=8).status_code == 200


def test_a_collage_of_200_files_is_one_picture(patient: ToolClient) -> None:
    response = patient.post("collage", *[sample("rgb")] * 200)
    assert response.status_code == 200
    assert pyvips.Image.new_from_buffer(response.data, "").width == 2400
    assert patient.refusal("collage", *[sample("rgb")] * 201) == (400, "TOO_MANY_FILES")


def test_a_tall_picture_gets_as_many_tiles_as_it_has_room_for(patient: ToolClient) -> None:
    assert patient.refusal("split", SMALL["one column"](), rows=2, cols=2) == (
        422,
        "TOO_MANY_TILES",
    )
    assert patient.post("split", scene(64, 64), rows=32, cols=32).status_code == 200
