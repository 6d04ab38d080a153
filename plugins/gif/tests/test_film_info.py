"""What an animation says of itself."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ashim_core.testing import ToolClient, sample

Frame = NDArray[np.uint8]


def info(client: ToolClient, data: bytes, name: str = "film.gif") -> dict[str, Any]:
    answer = client.post("gif-tools/info", data, name=name)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json or {}
    return said


@pytest.mark.parametrize(("name", "format"), [("GIF", "gif"), ("WEBP", "webp"), ("PNG", "apng")])
def test_all_that_is_reported(
    client: ToolClient,
    make_film: Callable[..., bytes],
    palette_film: list[Frame],
    name: str,
    format: str,
) -> None:
    loop = 3
    repeats = loop - 1 if name == "GIF" else loop
    data = make_film(palette_film, [70, 130, 0, 1000], loop=repeats, format=name)
    said = info(client, data)
    del said["jobId"]
    assert said == {
        "filename": "film.gif",
        "format": format,
        "fileSize": len(data),
        "width": 40,
        "height": 30,
        "pages": 4,
        "delay": [70, 130, 0, 1000],
        "duration": 1200,
        "loop": 3,
        "hasAlpha": False,
    }


def test_alpha_is_reported(
    client: ToolClient, make_film: Callable[..., bytes], sprites: list[Frame]
) -> None:
    assert info(client, make_film(sprites, disposal=2))["hasAlpha"] is True
    assert info(client, sample("two-frames"))["hasAlpha"] is False
    assert info(client, sample("grey-alpha"))["hasAlpha"] is True


def test_a_still_is_one_frame_without_a_time(client: ToolClient) -> None:
    said = info(client, sample("orientation-6"), "photo.jpg")
    assert (said["width"], said["height"], said["format"]) == (48, 32, "jpeg")
    assert (said["pages"], said["delay"], said["duration"], said["loop"]) == (1, [], 0, 0)


def test_nothing_can_be_set(client: ToolClient) -> None:
    assert client.refusal("gif-tools/info", sample("rgb"), width=3) == (400, "INVALID_SETTINGS")
