"""What holds for every format of the package."""

import struct
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
import pyvips

from ashim_core.testing import ToolClient, assert_image_close, sample
from ashim_core.testing.samples import scene

NAMES = ("apng", "bmp", "exr", "hdr", "ico", "jp2", "pnm", "psd", "tga")
TARGETS = {"png": 0, "jpeg": 6, "webp": 8, "avif": 8, "tiff": 0, "gif": 3}
"""Formats to convert to, and how far the result may be from the scene."""


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", NAMES)
def test_every_format_to_every_other(
    client: ToolClient, files: Mapping[str, bytes], name: str, target: str
) -> None:
    response = client.post("convert", files[name], format=target, quality=95)
    assert (response.status_code, response.mimetype) == (200, f"image/{target}")
    frame = pyvips.Image.new_from_buffer(response.data, "")
    assert_image_close(frame[:3], scene(), within=TARGETS[target])


@pytest.mark.parametrize("name", NAMES)
def test_results_stay_in_the_format_where_it_is_written(
    client: ToolClient, files: Mapping[str, bytes], name: str
) -> None:
    response = client.post("rotate", files[name], angle=180)
    kept = {"apng": "apng", "bmp": "bmp", "ico": "vnd.microsoft.icon"}.get(name, "png")
    assert (response.status_code, response.mimetype) == (200, f"image/{kept}")
    result = client.run("convert", response.data, format="png")
    assert_image_close(result[:3], scene().rot180(), within=0)


@pytest.mark.parametrize(("side", "kept"), [(256, "vnd.microsoft.icon"), (257, "png")])
def test_what_is_too_large_for_an_icon_becomes_png(
    client: ToolClient, side: int, kept: str
) -> None:
    data = scene(side, 20).pngsave_buffer()
    directory = struct.pack("<HHHBBBBHHII", 0, 1, 1, 0, 0, 0, 0, 1, 32, len(data), 22)
    response = client.post("rotate", directory + data, angle=180)
    assert (response.status_code, response.mimetype) == (200, f"image/{kept}")
    result = client.run("convert", response.data, format="png")
    assert_image_close(result[:3], scene(side, 20).rot180(), within=0)


@pytest.mark.parametrize("name", NAMES)
def test_the_gate_knows_the_size(client: ToolClient, files: Mapping[str, bytes], name: str) -> None:
    answer: Any = client.post("convert", files[name], accept="application/json", format="png").json
    assert [(item["width"], item["height"]) for item in answer["outputs"]] == [(48, 32)]


@pytest.mark.parametrize("name", ["rgb", "rgba", "jpeg", "webp", "tiff", "avif", "two-frames"])
def test_no_format_takes_the_files_of_the_core(client: ToolClient, name: str) -> None:
    for codec in client.registry.formats.codecs:
        assert not codec.recognise(sample(name)[:4096]), codec.name


@pytest.mark.parametrize("name", NAMES)
def test_each_file_is_recognised_by_one_format(
    client: ToolClient, files: Mapping[str, bytes], name: str
) -> None:
    known = [item for item in client.registry.formats.codecs if item.recognise(files[name][:4096])]
    assert [codec.name for codec in known] == [name]


@pytest.mark.parametrize("size", range(1, 40))
def test_no_beginning_of_a_file_makes_recognition_fail(
    client: ToolClient, files: Mapping[str, bytes], size: int
) -> None:
    for codec in client.registry.formats.codecs:
        for name, data in files.items():
            assert codec.recognise(data[:size]) in {True, False}
            if codec.name != name:
                assert not codec.recognise(data[:size])


def test_importing_the_package_is_cheap() -> None:
    modules = ", ".join(f"ashim_formats.{name}" for name in NAMES)
    code = (
        f"import sys, {modules}; print(sorted({{'PIL', 'numpy', 'OpenEXR'}} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
