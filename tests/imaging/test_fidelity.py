"""What happens to colours, depth, pages and metadata: kept where it can be, told where it can't."""

import io
import json
from pathlib import Path
from typing import Any

import ashim_essentials.compress
import ashim_essentials.convert
import ashim_essentials.crop
import ashim_essentials.resize
import ashim_essentials.rotate
import pytest
import pyvips

from ashim_core.testing import MakeClient, ToolClient, sample
from tests.data import plain

ESSENTIALS = (
    *(ashim_essentials.compress, ashim_essentials.convert, ashim_essentials.crop),
    *(ashim_essentials.resize, ashim_essentials.rotate),
)
PROFILES = ("jpeg", "png", "webp", "avif", "tiff")
"""Formats that can hold an ICC profile."""


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(plain, *ESSENTIALS)


def p3(suffix: str = ".png") -> bytes:
    """Give a patch of a red that sRGB doesn't have, in Display P3."""
    wide = pyvips.Image.black(64, 48, bands=3).linear([1.0], [255, 20, 20], uchar=True)
    wide = wide.copy(interpretation="srgb")
    profile = pyvips.Operation.call("profile_load", "p3")
    wide.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return wide.write_to_buffer(suffix)


def run(client: ToolClient, tool: str, data: bytes, strict: bool = False, **settings: Any) -> Any:
    response = client.http.post(
        f"/api/v1/tools/{tool}",
        data={
            "file": (io.BytesIO(data), "a.png"),
            "settings": json.dumps(settings),
            "strict": "true" if strict else "false",
        },
        content_type="multipart/form-data",
    )
    response.get_data()
    response.close()
    response.request.environ["wsgi.input"].close()  # a large body is spooled to a file
    return response


def opened(response: Any) -> pyvips.Image:
    assert response.status_code == 200, response.text
    return pyvips.Image.new_from_buffer(response.data, "")


def notes(response: Any) -> list[str]:
    return list(json.loads(response.headers.get("X-Ashim-Notes", "[]")))


def lab(image: pyvips.Image) -> list[float]:
    """Give the colour in the middle as it looks: L, a and b."""
    seen = image.icc_import(embedded=True) if image.get_typeof("icc-profile-data") else image
    return list(seen.colourspace("lab")(image.width // 2, image.height // 2))


@pytest.mark.parametrize("format", PROFILES)
def test_a_wide_gamut_stays_where_the_format_can_hold_it(client: ToolClient, format: str) -> None:
    response = run(client, "convert", p3(), format=format, quality=95)
    image = opened(response)
    assert image.get_typeof("icc-profile-data")
    assert lab(image) == pytest.approx(lab(pyvips.Image.new_from_buffer(p3(), "")), abs=3)
    assert not [note for note in notes(response) if note.startswith("profile")]


@pytest.mark.parametrize(
    ("tool", "settings"),
    [
        ("resize", {"width": 20}),
        ("crop", {"width": 20, "height": 20}),
        ("rotate", {"angle": 90}),
        ("compress", {"quality": 90}),
    ],
)
def test_tools_that_only_move_pixels_keep_it(
    client: ToolClient, tool: str, settings: dict[str, Any]
) -> None:
    image = opened(run(client, tool, p3(), **settings))
    assert image.get_typeof("icc-profile-data")
    assert lab(image) == pytest.approx(lab(pyvips.Image.new_from_buffer(p3(), "")), abs=3)


def test_a_target_size_keeps_it_too(client: ToolClient) -> None:
    response = run(client, "compress", p3(".jpg"), targetSizeKB=3)
    assert len(response.data) <= 3 * 1024
    assert opened(response).get_typeof("icc-profile-data")


@pytest.mark.parametrize(
    ("tool", "settings"),
    [("negative", {}), ("same", {}), ("convert", {"format": "gif"})],
)
def test_elsewhere_it_becomes_srgb_and_the_answer_says_so(
    client: ToolClient, tool: str, settings: dict[str, Any]
) -> None:
    response = run(client, tool, p3(), **settings)
    assert "profile: the colours were converted to sRGB" in notes(response)
    assert not opened(response).get_typeof("icc-profile-data")


def test_the_nearest_red_of_srgb_is_used(client: ToolClient) -> None:
    image = opened(run(client, "same", p3()))
    assert image(5, 5) == pytest.approx([255, 0, 0], abs=30)


def test_a_coloured_background_is_right_in_srgb(client: ToolClient) -> None:
    response = run(client, "rotate", p3(), angle=45, background="#00ff00")
    assert "profile: the colours were converted to sRGB" in notes(response)
    assert opened(response)(1, 1)[:3] == pytest.approx([0, 255, 0], abs=2)


def test_a_pipeline_keeps_it_only_if_all_steps_do(client: ToolClient) -> None:
    for second, kept in (("crop", True), ("negative", False)):
        steps = [
            {"toolId": "resize", "settings": {"width": 40}},
            {"toolId": second, "settings": {"width": 10, "height": 10} if kept else {}},
        ]
        response = client.http.post(
            "/api/v1/pipeline/execute",
            data={"file": (io.BytesIO(p3()), "a.png"), "pipeline": json.dumps(steps)},
            content_type="multipart/form-data",
        )
        response.get_data()
        response.close()
        assert bool(opened(response).get_typeof("icc-profile-data")) is kept


def test_cmyk_and_depth_are_told(client: ToolClient) -> None:
    assert "colours: CMYK was converted to sRGB" in notes(run(client, "same", sample("cmyk")))
    assert "depth: 16 bits were reduced to 8" in notes(run(client, "same", sample("16-bit")))


def test_pages_of_one_size_stay(client: ToolClient, tmp_path: Path) -> None:
    data = pages(tmp_path, (40, 30), (40, 30), (40, 30))
    response = run(client, "upside-down", data)
    image = pyvips.Image.new_from_buffer(response.data, "", n=-1)
    assert (image.get("n-pages"), image.get("page-height"), image.width) == (3, 30, 40)
    assert [round(image.crop(0, top, 40, 30).avg()) for top in (0, 30, 60)] == [0, 50, 100]


def test_of_pages_of_different_sizes_the_first_stays(client: ToolClient, tmp_path: Path) -> None:
    response = run(client, "same", pages(tmp_path, (40, 30), (50, 20)))
    assert (opened(response).width, opened(response).height) == (40, 30)
    assert "pages: only the first of 2 was kept, as they differ in size" in notes(response)


def pages(folder: Path, *sizes: tuple[int, int]) -> bytes:
    """Make a TIFF of pages that get brighter, through Pillow, as libvips wants equal sizes."""
    from PIL import Image

    made = [Image.new("L", size, 50 * number) for number, size in enumerate(sizes)]
    made[0].save(folder / "pages.tif", save_all=True, append_images=made[1:])
    return (folder / "pages.tif").read_bytes()


def test_metadata_that_is_dropped_is_told(client: ToolClient) -> None:
    image = pyvips.Image.new_from_buffer(sample("jpeg"), "").copy()
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd0-Artist", "Somebody (Somebody, ASCII, 9)")
    response = run(client, "same", image.jpegsave_buffer())
    assert notes(response) == ["metadata: EXIF dropped"]
    assert notes(run(client, "same", sample("orientation-6"))) == []


@pytest.mark.parametrize(
    ("tool", "data", "settings", "lost"),
    [
        ("same", p3(), {}, "profile: the colours were converted to sRGB"),
        ("same", sample("16-bit"), {}, "depth: 16 bits were reduced to 8"),
        ("same", sample("cmyk"), {}, "colours: CMYK was converted to sRGB"),
        (
            "convert",
            sample("rgba"),
            {"format": "jpeg"},
            "alpha: flattened on #ffffff, jpeg has none",
        ),
        (
            "convert",
            sample("two-frames"),
            {"format": "png"},
            "animation: only the first of 2 frames was kept",
        ),
    ],
)
def test_strict_refuses_rather_than_to_lose(
    client: ToolClient, tool: str, data: bytes, settings: dict[str, Any], lost: str
) -> None:
    response = run(client, tool, data, strict=True, **settings)
    assert (response.status_code, response.json["code"]) == (422, "WOULD_LOSE")
    assert {"field": "strict", "expected": "nothing to be lost", "received": lost} in (
        response.json["details"]
    )
    assert run(client, tool, data, **settings).status_code == 200


def test_strict_lets_pass_what_loses_nothing(client: ToolClient) -> None:
    for data in (sample("rgb"), sample("rgba"), sample("two-frames"), sample("orientation-3")):
        assert run(client, "same", data, strict=True).status_code == 200
    assert run(client, "resize", p3(), strict=True, width=20).status_code == 200


def test_a_tool_of_several_files_tells_of_frames_that_it_leaves_out(client: ToolClient) -> None:
    response = run(client, "frame", sample("two-frames"))
    assert notes(response) == [
        "animation: only the first of 2 frames was used",
        "made by the tests",
    ]
    refused = run(client, "frame", sample("two-frames"), strict=True)
    assert (refused.status_code, refused.json["code"]) == (422, "WOULD_LOSE")
