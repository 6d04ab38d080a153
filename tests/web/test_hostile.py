"""Hostile uploads: a JSON error with a code, in bounded time, nobody else hurt, nothing left."""

import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ashim_core.testing import ToolClient, sample
from tests import hostile
from tests.patience import PATIENCE_S, cpu_seconds

HEADER_SECONDS = 0.3
"""A refusal that the header tells must not cost more CPU, the client's side included."""

REFUSED_BY_HEADER: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "zero bytes": (lambda: b"", 400, "EMPTY_FILE"),
    "text named .png": (lambda: b"just some text\n" * 20, 400, "INVALID_IMAGE"),
    "html named .png": (lambda: b"<html><script>alert(1)</script>", 400, "INVALID_IMAGE"),
    "jxl": (lambda: b"\0\0\0\x0cJXL \r\n\x87\n", 422, "FORMAT_NOT_SUPPORTED"),
    "PNG of 50000 x 50000": (lambda: hostile.png_of(50_000, 50_000), 413, "TOO_MANY_PIXELS"),
    "PNG of 20000 x 20000": (lambda: hostile.png_of(20_000, 20_000), 413, "TOO_MANY_PIXELS"),
    "GIF of 10000 frames": (lambda: hostile.gif_of(10_000), 422, "TOO_COMPLEX"),
    "GIF of 900 large frames": (
        lambda: hostile.gif_of(900, 5000, 5000),
        413,
        "TOO_MANY_PIXELS",
    ),
    "JPEG of 2000 scans": (lambda: hostile.jpeg_of_scans(2000), 422, "TOO_COMPLEX"),
    "JPEG that claims 60000 x 60000": (
        lambda: hostile.jpeg_that_lies(60_000, 60_000),
        413,
        "TOO_MANY_PIXELS",
    ),
    "random behind the PNG signature": (
        lambda: hostile.garbage_behind(b"\x89PNG\r\n\x1a\n"),
        422,
        "DECODE_FAILED",
    ),
    "random behind the JPEG signature": (
        lambda: hostile.garbage_behind(b"\xff\xd8\xff\xe0"),
        422,
        "DECODE_FAILED",
    ),
    "random behind the GIF signature": (
        lambda: hostile.garbage_behind(b"GIF89a"),
        422,
        "DECODE_FAILED",
    ),
    "random behind the WebP signature": (
        lambda: hostile.garbage_behind(b"RIFF\xff\xff\0\0WEBPVP8 "),
        422,
        "DECODE_FAILED",
    ),
    "random behind the TIFF signature": (
        lambda: hostile.garbage_behind(b"II*\0"),
        422,
        "DECODE_FAILED",
    ),
    "random behind the AVIF signature": (
        lambda: hostile.garbage_behind(b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf"),
        422,
        "DECODE_FAILED",
    ),
}


@pytest.mark.parametrize("name", REFUSED_BY_HEADER)
def test_refused_by_the_header(server: ToolClient, name: str) -> None:
    make, status, code = REFUSED_BY_HEADER[name]
    data = make()
    server.run("resize", sample("rgb"), width=8)
    before = cpu_seconds(server)
    _assert_refused(server, data, status, code)
    assert cpu_seconds(server) - before <= HEADER_SECONDS


def _assert_refused(server: ToolClient, data: bytes, status: int, code: str) -> None:
    assert server.refusal("resize", data, width=8) == (status, code)


@pytest.mark.parametrize(
    "name", ["rgb", "jpeg", "webp", "tiff", "avif", "two-frames", "cmyk", "16-bit"]
)
def test_truncated(server: ToolClient, name: str) -> None:
    _assert_refused(server, hostile.truncated(name), 422, "DECODE_FAILED")


@pytest.mark.parametrize("size", [(5000, 5000), (4000, 20_000)])
def test_lying_header_within_the_budget(server: ToolClient, size: tuple[int, int]) -> None:
    _assert_refused(server, hostile.jpeg_that_lies(*size), 422, "DECODE_FAILED")


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (signal.SIGSEGV, (422, "DECODE_FAILED")),
        (signal.SIGABRT, (422, "DECODE_FAILED")),
        (signal.SIGBUS, (422, "DECODE_FAILED")),
        # The picture has nothing to do with these.
        (signal.SIGKILL, (503, "SERVER_BUSY")),
        (signal.SIGTERM, (503, "SERVER_BUSY")),
    ],
)
def test_a_dying_worker_hurts_only_its_caller(
    server: ToolClient, number: int, answer: tuple[int, str]
) -> None:
    with ThreadPoolExecutor(5) as callers:
        good = [callers.submit(server.post, "resize", sample("rgb"), width=8) for _ in range(4)]
        bad = callers.submit(server.refusal, "die", sample("rgb"), signal=int(number))
        assert [task.result().status_code for task in good] == [200] * 4
        assert bad.result() == answer
    assert server.post("resize", sample("rgb"), width=8).status_code == 200


@pytest.mark.parametrize("tool", ["sleep", "spin"])
def test_a_task_that_takes_too_long_is_ended(server: ToolClient, tool: str) -> None:
    begin = time.monotonic()
    assert server.refusal(tool, sample("rgb"), seconds=600) == (504, "TIMEOUT")
    assert time.monotonic() - begin < PATIENCE_S
    assert server.post("resize", sample("rgb"), width=8).status_code == 200


def test_a_task_that_hoards_memory_is_ended(server: ToolClient) -> None:
    assert server.refusal("hoard", sample("rgb")) == (422, "OUT_OF_MEMORY")
    assert server.post("resize", sample("rgb"), width=8).status_code == 200


def test_a_tool_that_raises_tells_nothing_of_the_server(server: ToolClient) -> None:
    response = server.post("stumble", sample("rgb"))
    assert (response.status_code, "PLUGIN_ERROR" in response.text) == (500, True)
    assert "secret" not in response.text


@pytest.mark.parametrize("tool", ["lie", "escape"])
def test_a_tool_that_returns_garbage(server: ToolClient, tool: str) -> None:
    assert server.refusal(tool, sample("rgb")) == (500, "PLUGIN_ERROR")


def test_workers_see_no_secrets(server: ToolClient) -> None:
    seen: Any = server.post("reveal").json
    assert "PATH" in seen["environment"]
    assert not [name for name in seen["environment"] + seen["started"] if "PYTEST" in name]
