"""Resize: every setting has its effect in pixels."""

from pathlib import Path
from typing import Any

import ashim_essentials.resize
import pytest
import pyvips
from ashim_essentials.presets import PRESETS
from ashim_essentials.resize import ResizeSettings, geometry, shrink

from ashim_core.plugin import Size
from ashim_core.testing import MakeClient, ToolClient, assert_image_close, sample


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_essentials.resize)


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({"width": 24}, (24, 16)),
        ({"height": 8}, (12, 8)),
        ({"percentage": 50}, (24, 16)),
        ({"percentage": 0.1}, (1, 1)),
        ({"percentage": 50, "width": 7, "height": 7}, (24, 16)),
        ({"width": 20, "height": 20}, (20, 20)),
        ({"width": 20, "height": 20, "fit": "fill"}, (20, 20)),
        ({"width": 20, "height": 20, "fit": "contain"}, (20, 20)),
        ({"width": 24, "height": 24, "fit": "inside"}, (24, 16)),
        ({"width": 24, "height": 24, "fit": "outside"}, (36, 24)),
        ({"width": 96}, (96, 64)),
        ({"width": 96, "withoutEnlargement": True}, (48, 32)),
        ({"width": 96, "height": 16, "fit": "fill", "withoutEnlargement": True}, (48, 16)),
        ({"width": 96, "height": 96, "fit": "outside", "withoutEnlargement": True}, (48, 32)),
        ({"percentage": 300, "withoutEnlargement": True}, (48, 32)),
    ],
)
def test_size(client: ToolClient, settings: dict[str, Any], size: tuple[int, int]) -> None:
    result = client.run("resize", sample("rgb"), **settings)
    assert (result.width, result.height) == size


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_has_its_size(preset: str) -> None:
    settings = ResizeSettings.model_validate({"preset": preset})
    assert geometry(settings, Size(3000, 2000)).box == PRESETS[preset]  # type: ignore[index]


def test_preset_cuts_to_its_shape(client: ToolClient) -> None:
    result = client.run("resize", sample("rgb"), preset="whatsapp-profile")
    assert (result.width, result.height) == (500, 500)


def test_cover_cuts_the_sides_evenly(client: ToolClient) -> None:
    result = client.run("resize", sample("rgb"), width=16, height=32, fit="cover")
    assert result(0, 0) == [255, 0, 0]
    assert result(15, 0) == [0, 255, 0]
    assert result(0, 31) == [0, 0, 255]


def test_fill_stretches(client: ToolClient) -> None:
    result = client.run("resize", sample("rgb"), width=48, height=96, fit="fill")
    assert result(2, 40)[0] > 250
    assert result(2, 40)[2] < 5


def test_contain_pads_with_transparency(client: ToolClient) -> None:
    result = client.run("resize", sample("rgb"), width=48, height=48, fit="contain")
    assert result(24, 0)[3] == 0
    assert result(2, 10) == [255, 0, 0, 255]


def test_contain_pads_a_jpeg_with_white(client: ToolClient) -> None:
    result = client.run("resize", sample("jpeg"), width=48, height=48, fit="contain")
    assert all(value > 250 for value in result(24, 1))


def test_contain_pads_with_the_background(client: ToolClient) -> None:
    result = client.run(
        "resize", sample("rgb"), width=48, height=48, fit="contain", background="#ff8000"
    )
    assert result(24, 0) == [255, 128, 0]


def test_transparent_edges_do_not_bleed(client: ToolClient) -> None:
    canvas = pyvips.Image.black(16, 32).copy(interpretation="srgb")
    red, clear_green = (
        canvas.new_from_image([255, 0, 0, 255]),
        canvas.new_from_image([0, 255, 0, 0]),
    )
    picture = red.join(clear_green, "horizontal")
    result = client.run("resize", picture, width=7)
    opaque = [pixel for x in range(7) if (pixel := result(x, 3))[3] > 16]
    assert all(pixel[1] < 16 for pixel in opaque)


def test_animation_keeps_its_frames_and_timing(client: ToolClient) -> None:
    for name in ("two-frames", "two-frames-webp"):
        result = client.run("resize", sample(name), width=24)
        assert (result.width, result.get("page-height"), result.get("n-pages")) == (24, 16, 2)
        assert result.get("delay") == [70, 130]
        assert result.get("loop") == 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_result_is_upright(client: ToolClient, orientation: int) -> None:
    result = client.run("resize", sample(f"orientation-{orientation}"), width=24)
    assert_image_close(result, client.run("resize", sample("jpeg"), width=24), within=6)


@pytest.mark.parametrize(
    "settings",
    [{"width": 100}, {"width": 100, "height": 100}, {"percentage": 10}, {"height": 33}],
)
def test_shrinking_while_decoding_changes_nothing_visible(
    client: ToolClient, photo: Path, settings: dict[str, Any]
) -> None:
    """The decoder's shortcut must give the picture that the long way gives."""
    decoded = pyvips.Image.new_from_file(str(photo))
    plan = shrink(ResizeSettings(**settings), Size(decoded.width, decoded.height))
    assert plan is not None
    assert plan.factor >= 2
    long_way = client.run("resize", decoded.pngsave_buffer(), **settings)
    expected = pyvips.Image.new_from_buffer(long_way.jpegsave_buffer(Q=80), "")
    assert_image_close(client.run("resize", photo, **settings), expected, within=3)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"width": 0},
        {"width": 1.5},
        {"width": "100"},
        {"width": 40_000},
        {"percentage": 0},
        {"width": 10, "fit": "squeeze"},
        {"preset": "myspace-cover"},
        {"preset": "threads-post", "width": 10},
        {"width": 10, "background": "blurple"},
        {"widht": 10},
    ],
)
def test_wrong_settings_are_refused(client: ToolClient, settings: dict[str, Any]) -> None:
    assert client.refusal("resize", sample("rgb"), **settings) == (400, "INVALID_SETTINGS")


def test_a_result_past_the_budget_is_refused(client: ToolClient) -> None:
    assert client.refusal("resize", sample("rgb"), width=30_000) == (413, "TOO_MANY_PIXELS")
