"""Compare: figures that are right, what each mode shows, and what is refused."""

import io
import json
from pathlib import Path
from typing import Any

import numpy
import pytest
import pyvips
from ashim_utilities.likeness.pair import paired
from ashim_utilities.likeness.ssim import ssim
from skimage.metrics import structural_similarity

from ashim_core.plugin import from_numpy, to_numpy
from ashim_core.testing import ToolClient, assert_image_close, plain, sample
from ashim_core.testing.client import encoded

TOOL = "compare"
GREY = plain(40, 30, 100, 100, 100)
FACTS = {"similarity", "ssim", "changed", "changedArea", "dimensions", "sameSize"}


def patched(*colour: int) -> pyvips.Image:
    """Draw the grey picture with a patch of 8 x 6 pixels at (10, 5)."""
    return GREY.insert(plain(8, 6, *colour), 10, 5)


def measured(client: ToolClient, first: Any, second: Any, **settings: Any) -> dict[str, Any]:
    response = client.post(f"{TOOL}/measure", first, second, **settings)
    assert response.status_code == 200, response.text
    report: dict[str, Any] = response.get_json()
    return report


def test_equal_pictures(client: ToolClient) -> None:
    report = measured(client, GREY, GREY)
    del report["jobId"]
    assert report == {
        "similarity": 100.0,
        "ssim": 1.0,
        "changed": 0.0,
        "changedArea": None,
        "dimensions": {"width": 40, "height": 30},
        "sameSize": True,
    }


def test_black_against_white_is_nothing_alike(client: ToolClient) -> None:
    report = measured(client, plain(9, 9, 0, 0, 0), plain(9, 9, 255, 255, 255))
    assert (report["similarity"], report["changed"]) == (0.0, 100.0)
    assert report["ssim"] < 0.01


def test_a_patch_is_found_and_weighed(client: ToolClient) -> None:
    report = measured(client, GREY, patched(130, 100, 100))
    assert report["changedArea"] is None  # the mean over three channels is 10
    report = measured(client, GREY, patched(133, 100, 100))
    assert report["changedArea"] == {"left": 10, "top": 5, "width": 8, "height": 6}
    assert report["changed"] == 4.0
    assert report["similarity"] == round(100 * (1 - 11 / 255 * 0.04), 2)


@pytest.mark.parametrize(("threshold", "changed"), [(0, 4.0), (10, 4.0), (11, 0.0), (255, 0.0)])
def test_the_threshold(client: ToolClient, threshold: int, changed: float) -> None:
    report = measured(client, GREY, patched(133, 100, 100), diffThreshold=threshold)
    assert report["changed"] == changed


def test_what_is_transparent_differs_from_any_colour(client: ToolClient) -> None:
    clear = GREY.bandjoin(0).copy(interpretation="srgb")
    report = measured(client, GREY, clear)
    assert report["changed"] == 100.0
    assert report["similarity"] == round(100 * (1 - 155 / 255), 2)
    other = plain(40, 30, 9, 9, 9).bandjoin(0).copy(interpretation="srgb")
    assert measured(client, clear, other)["similarity"] == 100.0


def test_other_sizes_are_stretched_to_the_larger_sides(client: ToolClient) -> None:
    report = measured(client, GREY, plain(20, 60, 100, 100, 100))
    assert report["dimensions"] == {"width": 40, "height": 60}
    assert (report["similarity"], report["sameSize"]) == (100.0, False)


def test_the_structural_similarity_is_that_of_its_authors(photos: Path) -> None:
    camera = to_numpy(pyvips.Image.pngload(str(photos / "camera.png")))[100:300, 150:350, 0]
    noisy = camera + numpy.random.default_rng(1).normal(0, 20, camera.shape)
    pair = [one.clip(0, 255).astype(numpy.uint8) for one in (camera, noisy)]
    expected = structural_similarity(  # type: ignore[no-untyped-call]
        *pair,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=255,
        full=True,
    )[1].mean()
    found = ssim(paired(*(from_numpy(one) for one in pair)))
    assert 0.3 < expected < 0.8
    assert abs(found - expected) < 0.01


def shown(client: ToolClient, first: Any, second: Any, **settings: Any) -> pyvips.Image:
    return client.run(TOOL, first, second, **settings)


def test_the_difference_is_red_and_the_rest_is_faint(client: ToolClient) -> None:
    result = shown(client, GREY, patched(160, 100, 100))
    assert (result.width, result.height) == (40, 30)
    assert result(12, 8) == [255, 0, 0, 60]  # three times the mean difference of 20
    assert result(30, 20) == [100, 100, 100, 128]
    result = shown(client, GREY, patched(255, 255, 255))
    assert result(12, 8) == [255, 0, 0, 255]
    assert shown(client, GREY, patched(160, 100, 100), diffThreshold=20)(12, 8)[3] == 128


def test_a_faint_picture_stays_as_transparent_as_it_was(client: ToolClient) -> None:
    glass = GREY.bandjoin(100).copy(interpretation="srgb")
    assert shown(client, glass, glass)(0, 0) == [100, 100, 100, 50]


def test_side_by_side(client: ToolClient) -> None:
    red, blue = plain(20, 10, 255, 0, 0), plain(20, 10, 0, 0, 255)
    result = shown(client, red, blue, mode="side-by-side")
    assert_image_close(result, red.join(blue, "horizontal"), within=0)


def test_the_gap_and_its_colour(client: ToolClient) -> None:
    red, blue = plain(20, 10, 255, 0, 0), plain(20, 10, 0, 0, 255)
    result = shown(client, red, blue, mode="side-by-side", gap=6, background="#00ff00")
    assert (result.width, result.height, result.bands) == (46, 10, 3)
    assert [result(x, 5) for x in (19, 20, 25, 26)] == [
        [255, 0, 0],
        [0, 255, 0],
        [0, 255, 0],
        [0, 0, 255],
    ]
    assert shown(client, red, blue, mode="side-by-side", gap=6)(22, 5)[3] == 0


@pytest.mark.parametrize(("opacity", "red"), [(0, 200), (25, 160), (50, 120), (100, 40)])
def test_overlay(client: ToolClient, opacity: int, red: int) -> None:
    pair = plain(8, 8, 200, 0, 0), plain(8, 8, 40, 0, 0)
    assert shown(client, *pair, mode="overlay", opacity=opacity)(3, 3) == [red, 0, 0]


def test_an_overlay_of_glass_counts_less(client: ToolClient) -> None:
    clear = plain(8, 8, 40, 0, 0).bandjoin(0).copy(interpretation="srgb")
    assert shown(client, plain(8, 8, 200, 0, 0), clear, mode="overlay")(3, 3) == [200, 0, 0, 128]


@pytest.mark.parametrize(("format", "written"), [("jpeg", "png"), ("webp", "webp")])
def test_the_format_has_to_hold_what_is_faint(
    client: ToolClient, format: str, written: str
) -> None:
    assert client.post(TOOL, GREY, GREY, format=format).mimetype == f"image/{written}"
    beside = client.post(TOOL, GREY, GREY, format=format, mode="side-by-side")
    assert beside.mimetype == f"image/{format}"


def test_quality_decides_about_bytes(client: ToolClient, photos: Path) -> None:
    photo = pyvips.Image.pngload(str(photos / "chelsea.png")).crop(0, 0, 200, 200)
    sizes = [
        len(client.post(TOOL, photo, photo, mode="overlay", format="jpeg", quality=quality).data)
        for quality in (20, 90)
    ]
    assert sizes[0] < sizes[1] / 2


def test_the_figures_go_with_the_picture(client: ToolClient) -> None:
    response = client.post(TOOL, GREY, patched(255, 255, 255), name="a.jpg")
    facts = json.loads(response.headers["X-Ashim-Facts"])
    assert facts.keys() == FACTS
    assert "a_compare.png" in response.headers["Content-Disposition"]
    answer = client.post(TOOL, GREY, patched(255, 255, 255), accept="application/json").get_json()
    assert answer["facts"] == facts


def test_the_other_picture_may_come_by_its_name(client: ToolClient) -> None:
    files = {"target": encoded(GREY), "file": encoded(patched(255, 255, 255))}
    response = client.http.post(
        f"/api/v1/tools/{TOOL}/measure",
        data={name: (io.BytesIO(data), "a.png") for name, data in files.items()},
        content_type="multipart/form-data",
    )
    assert response.get_json()["changed"] == 4.0


def test_a_picture_too_few_and_a_damaged_one(client: ToolClient) -> None:
    assert client.refusal(TOOL, GREY) == (400, "NO_FILE")
    response = client.post(TOOL, GREY, sample("jpeg")[:200])
    assert (response.status_code, response.get_json()["code"]) == (422, "DECODE_FAILED")
    assert response.get_json()["error"].startswith("sample.png: ")


def test_a_result_that_would_be_too_large(client: ToolClient) -> None:
    wide = pyvips.Image.black(20_000, 2).pngsave_buffer()
    assert client.refusal(TOOL, wide, wide, mode="side-by-side") == (413, "TOO_MANY_PIXELS")
