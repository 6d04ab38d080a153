"""GIF Tools: every action by its effect on frames, times and loop."""

import io
import struct
from collections.abc import Callable, Sequence
from typing import Any

import ashim_gif.gif_tools
import ashim_gif.writing
import numpy as np
import pytest
import pyvips
from ashim_watermark.text_overlay import TextOverlaySettings, overlay
from numpy.typing import NDArray
from PIL import Image

from ashim_core.plugin import Pictures, from_numpy
from ashim_core.testing import MakeClient, ToolClient, assert_image_close, sample

TOOL = "gif-tools"
Frame = NDArray[np.uint8]
MakeFilm = Callable[..., bytes]
Run = Callable[..., Any]
Told = Callable[..., dict[str, Any]]
AsSeen = Callable[[Sequence[Frame]], Frame]
DELAYS = [70, 130, 40, 1000]


@pytest.fixture(scope="module")
def noise(make_film: MakeFilm, palette_film: list[Frame]) -> bytes:
    """Give a GIF of four frames, each with 250 colours of its own; it plays three times."""
    return make_film(palette_film, DELAYS, loop=2)


@pytest.fixture(scope="module")
def square(make_film: MakeFilm, sprites: list[Frame]) -> bytes:
    """Give a GIF of five frames that are mostly transparent."""
    return make_film(sprites, disposal=2)


def lossless_webp(frames: Sequence[Frame], **options: Any) -> bytes:
    buffer = io.BytesIO()
    first, *rest = map(Image.fromarray, frames)
    given = {"duration": 80, "loop": 5, "lossless": True, "exact": True, **options}
    first.save(buffer, "WEBP", save_all=True, append_images=rest, **given)
    return buffer.getvalue()


# What every action does with times, loop and format.


def test_actions_that_only_move_pixels_lose_none(
    run: Run, noise: bytes, palette_film: list[Frame], as_seen: AsSeen
) -> None:
    frames = as_seen(palette_film)
    expected: list[tuple[dict[str, Any], Frame, list[int]]] = [
        ({"action": "reverse"}, frames[::-1], DELAYS[::-1]),
        ({"action": "reverse", "speedFactor": 2}, frames[::-1], [500, 20, 60, 40]),
        ({"action": "speed", "speedFactor": 0.5}, frames, [140, 260, 80, 2000]),
        ({"action": "speed", "delay": 30}, frames, [30] * 4),
        ({"action": "loop", "loop": 9}, frames, DELAYS),
        ({"action": "rotate", "angle": 90}, np.rot90(frames, -1, (1, 2)), DELAYS),
        ({"action": "rotate", "angle": 180}, np.rot90(frames, 2, (1, 2)), DELAYS),
        ({"action": "rotate", "angle": 270}, np.rot90(frames, 1, (1, 2)), DELAYS),
        ({"action": "rotate", "flipH": True}, frames[:, :, ::-1], DELAYS),
        ({"action": "rotate", "flipV": True}, frames[:, ::-1], DELAYS),
        (
            {"action": "rotate", "angle": 90, "flipH": True},
            np.rot90(frames, -1, (1, 2))[:, :, ::-1],
            DELAYS,
        ),
        (
            {"action": "crop", "left": 3, "top": 5, "width": 20, "height": 9},
            frames[:, 5:14, 3:23],
            DELAYS,
        ),
        ({"action": "crop", "left": 31}, frames[:, :, 31:], DELAYS),
        ({"action": "optimize"}, frames, DELAYS),
    ]
    for settings, wanted, delays in expected:
        film = run(noise, **settings)
        assert film.format == "GIF"
        assert film.frames.shape == wanted.shape, settings
        assert (film.frames == wanted).all(), settings
        # What is divided is rounded to hundredths of a second, the whole of it.
        assert film.delays == pytest.approx(delays, abs=10), settings
        assert sum(film.delays) == pytest.approx(sum(delays), abs=10), settings
        assert film.loop == settings.get("loop", 3), settings


def test_what_is_transparent_stays_so(
    run: Run, square: bytes, sprites: list[Frame], as_seen: AsSeen
) -> None:
    frames = as_seen(sprites)
    assert (run(square, action="reverse").frames == frames[::-1]).all()
    assert (run(square, action="optimize").frames == frames).all()
    assert (run(square, action="crop", top=4, height=14).frames == frames[:, 4:18]).all()
    assert (run(square, action="speed", speedFactor=3).frames == frames).all()


@pytest.mark.parametrize(
    ("settings", "plays"), [({}, 3), ({"loop": 0}, 0), ({"loop": 1}, 1), ({"loop": 65_535}, 65_535)]
)
def test_every_action_sets_the_loop(
    run: Run, noise: bytes, settings: dict[str, int], plays: int
) -> None:
    for action in ({"action": "reverse"}, {"action": "speed", "speedFactor": 2}):
        assert run(noise, **action, **settings).loop == plays


@pytest.mark.parametrize("format", ["webp", "apng", "gif"])
def test_the_format_that_is_asked_for(
    run: Run, noise: bytes, palette_film: list[Frame], as_seen: AsSeen, format: str
) -> None:
    film = run(noise, action="reverse", format=format)
    assert film.format == {"webp": "WEBP", "apng": "PNG", "gif": "GIF"}[format]
    assert (film.frames == as_seen(palette_film)[::-1]).all()
    assert film.delays == DELAYS[::-1]
    assert film.loop == 3


def test_the_format_stays_if_it_can_hold_a_film(
    run: Run, client: ToolClient, make_film: MakeFilm, palette_film: list[Frame], as_seen: AsSeen
) -> None:
    frames = as_seen(palette_film)
    for data, format, loop in (
        (lossless_webp(palette_film), "WEBP", 5),
        (make_film(palette_film, loop=4, format="PNG"), "PNG", 4),
    ):
        for settings in ({"action": "reverse"}, {"action": "rotate", "flipV": True}):
            film = run(data, **settings)
            assert film.format == format
            wanted = frames[::-1] if settings["action"] == "reverse" else frames[:, ::-1]
            assert (film.frames == wanted).all()
            assert film.loop == loop
    for name in ("rgb", "jpeg", "tiff", "avif"):
        answer = client.post(TOOL, sample(name), name="a.x", action="rotate", angle=180)
        assert answer.mimetype == "image/gif"
        result = pyvips.Image.gifload_buffer(answer.data)
        assert_image_close(result, pyvips.Image.pngload_buffer(sample("rgb")).rot180(), within=4)


def test_what_a_format_has_no_use_for_is_said(told: Told, noise: bytes) -> None:
    given = {"action": "reverse", "colors": 16, "effort": 3}
    assert told(noise, **given, format="webp")["notes"] == [
        "colors: ignored, only a GIF has a palette",
        "effort: ignored, only a GIF has a palette",
    ]
    assert told(noise, action="reverse", quality=50)["notes"] == [
        "quality: ignored, gif is lossless"
    ]
    assert told(noise, action="reverse", quality=50, format="apng")["notes"] == [
        "quality: ignored, apng is lossless"
    ]


def test_webp_loses_something_only_if_that_is_wanted(
    run: Run, photos: list[Frame], as_seen: AsSeen
) -> None:
    lossless, lossy = lossless_webp(photos), lossless_webp(photos, lossless=False, quality=60)
    frames = as_seen(photos)
    assert (run(lossless, action="reverse").frames == frames[::-1]).all()
    low = run(lossless, action="reverse", quality=20)
    high = run(lossless, action="reverse", quality=95)
    assert len(low.data) * 2 < len(high.data) < len(lossless)
    again = run(lossy, action="reverse")
    assert len(again.data) < len(lossless) / 3
    assert np.abs(again.frames.astype(int) - frames[::-1]).mean() < 6


def test_facts_for_programs(told: Told, noise: bytes) -> None:
    said = told(noise, action="speed", speedFactor=2, loop=4)
    assert (said["frames"], said["duration"], said["loop"]) == (4, 620, 4)
    assert said["outputs"][0]["name"] == "film_gif-tools.gif"


# Resize.


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({"width": 20}, (20, 15)),
        ({"height": 60}, (80, 60)),
        ({"width": 20, "height": 20}, (20, 15)),
        ({"width": 20, "height": 20, "fit": "inside"}, (20, 15)),
        ({"width": 20, "height": 20, "fit": "outside"}, (27, 20)),
        ({"width": 20, "height": 20, "fit": "cover"}, (20, 20)),
        ({"width": 20, "height": 20, "fit": "contain"}, (20, 20)),
        ({"width": 21, "height": 50, "fit": "fill"}, (21, 50)),
        ({"percentage": 500}, (200, 150)),
        ({"percentage": 50, "width": 7}, (20, 15)),
        ({"percentage": 1}, (1, 1)),
    ],
)
def test_resize(run: Run, noise: bytes, settings: dict[str, Any], size: tuple[int, int]) -> None:
    film = run(noise, **settings)
    assert film.size == size
    assert film.delays == DELAYS


def test_resize_resamples_every_frame(run: Run, photos: list[Frame], make_film: MakeFilm) -> None:
    data = make_film(photos, format="PNG")
    film = run(data, action="resize", width=75, format="webp")
    for frame, photo in zip(film.frames, photos, strict=True):
        wanted = np.array(Image.fromarray(photo).resize((75, 50), Image.Resampling.LANCZOS))
        assert np.abs(frame[:, :, :3].astype(int) - wanted).mean() < 1


def test_resize_contain_fills_the_rest(run: Run, noise: bytes) -> None:
    given = {"width": 40, "height": 40, "fit": "contain"}
    rest = run(noise, **given).frames[:, 0, 0]
    assert (rest == 0).all()
    rest = run(noise, **given, background="#ff8000").frames[:, 0, 0]
    assert (rest == (255, 128, 0, 255)).all()


def test_a_film_that_would_be_too_large_is_refused(
    client: ToolClient, make_film: MakeFilm, noise: bytes
) -> None:
    assert client.refusal(TOOL, noise, width=6_000) == (413, "TOO_MANY_PIXELS")
    strip = make_film([np.full((1, 400, 3), value, np.uint8) for value in (8, 9)])
    outside = {"width": 1, "height": 16_384, "fit": "outside"}
    assert client.refusal(TOOL, strip, **outside) == (413, "TOO_MANY_PIXELS")


# Optimize.


def test_optimize_takes_fewer_bytes_for_the_same_frames(
    run: Run, make_film: MakeFilm, as_seen: AsSeen
) -> None:
    random = np.random.default_rng(5)
    ground = random.integers(0, 30, (60, 80, 1)).astype(np.uint8).repeat(3, 2)
    frames = [ground.copy() for _ in range(6)]
    for number, frame in enumerate(frames):
        frame[10:20, 10 * number : 10 * number + 10] = 200
    # Every frame with a table of its own, all of it drawn again.
    wasteful = make_film(frames, disposal=2)
    film = run(wasteful, action="optimize")
    assert (film.frames == as_seen(frames)).all()
    assert len(film.data) < len(wasteful) / 3


def test_optimize_joins_frames_that_are_alike(
    run: Run, palette_film: list[Frame], as_seen: AsSeen
) -> None:
    one, two, *_ = palette_film
    files = [from_numpy(frame).pngsave_buffer() for frame in (one, one, two, two, two, one)]
    data = run(*files, action="from-frames", delays=[50, 60, 70, 80, 90, 100]).data
    film = run(data, action="optimize")
    assert (film.frames == as_seen([one, two, one])).all()
    assert film.delays == [110, 240, 100]
    assert len(run(data, action="reverse").delays) == 6


def test_optimize_with_fewer_colours_loses_some(run: Run, photos: list[Frame]) -> None:
    data = run(lossless_webp(photos), action="reverse", format="gif").data
    sizes = []
    for colors in (64, 12):
        film = run(data, action="optimize", colors=colors, dither=0.3)
        assert len(np.unique(film.frames[0].reshape(-1, 4), axis=0)) <= colors
        sizes.append(len(film.data))
    assert sizes[1] < sizes[0] < len(data)


def test_colours_that_are_gone_are_told(told: Told, photos: list[Frame], noise: bytes) -> None:
    said = told(lossless_webp(photos), action="reverse", format="gif", colors=30)
    assert said["notes"] == ["colours: 6 of 6 frames had more than 30, and were brought to fewer"]
    assert told(noise, action="reverse")["notes"] == []


def test_optimize_never_gives_more_than_came_in(
    run: Run, told: Told, noise: bytes, make_film: MakeFilm, photos: list[Frame]
) -> None:
    best = run(noise, action="optimize", effort=10).data
    kept = "size: the file was kept as it came, as its encoding is no smaller"
    said = told(best, action="optimize", effort=1)
    assert said["notes"] == [kept]
    assert said["outputs"][0]["size"] == len(best)
    assert run(best, action="optimize", effort=1).data == best
    lossy = lossless_webp(photos, lossless=False, quality=70)
    assert run(lossy, action="optimize").data == lossy
    assert "needs a quality" in told(lossy, action="optimize")["notes"][0]
    assert len(run(lossy, action="optimize", quality=20).data) < len(lossy)
    apng = make_film(photos, format="PNG")
    assert len(run(apng, action="optimize").data) <= len(apng)


def test_what_is_kept_has_no_metadata_and_the_loop_that_is_wanted(run: Run, noise: bytes) -> None:
    best = run(noise, action="optimize").data
    secret = best[:-1] + b"\x21\xfe\x08Jane Doe\x00" + best[-1:]
    film = run(secret, action="optimize", loop=7)
    assert b"Jane Doe" not in film.data
    assert film.loop == 7
    assert len(film.data) == len(best)


# Speed.


def test_no_frame_gets_shorter_than_browsers_show(told: Told, run: Run, noise: bytes) -> None:
    film = run(noise, action="speed", speedFactor=10)
    assert film.delays == [20, 20, 20, 100]
    said = told(noise, action="speed", speedFactor=10)
    assert said["notes"] == [
        "speed: 3 of 4 frames were held to the 20 to 655350 ms that are shown as they are said"
    ]
    assert told(noise, action="speed", speedFactor=2)["notes"] == []


def test_what_says_no_time_is_divided_as_it_is_shown(
    run: Run, make_film: MakeFilm, palette_film: list[Frame]
) -> None:
    data = make_film(palette_film[:2], [10, 140])
    assert run(data, action="reverse").delays == [140, 10]
    assert run(data, action="speed", speedFactor=2).delays == [50, 70]


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_speed_and_loop_leave_the_frames_as_they_are_stored(
    run: Run, make_film: MakeFilm, photos: list[Frame], palette_film: list[Frame], format: str
) -> None:
    if format == "WEBP":
        data = lossless_webp(photos, lossless=False, quality=70)
    else:
        data = make_film(palette_film, format=format)
    film = run(data, action="speed", speedFactor=2)
    faster = run(film.data, action="speed", speedFactor=0.5)
    looped = run(faster.data, action="loop", loop=5 if format == "WEBP" else 0)
    assert film.format == format
    assert set(film.delays) == {40 if format == "WEBP" else 50}
    assert len(looped.data) == len(data)
    # Pillow writes a tenth of a second as 1/10, and not as 100/1000.
    assert format == "PNG" or looped.data == data


def test_a_speed_with_other_colours_writes_the_frames_anew(run: Run, photos: list[Frame]) -> None:
    data = run(lossless_webp(photos), action="reverse", format="gif").data
    film = run(data, action="speed", speedFactor=2, colors=4)
    assert len(np.unique(film.frames[0].reshape(-1, 4), axis=0)) <= 4
    assert film.delays == [40] * 6


# Text.


def test_text_is_written_on_some_frames_only(
    run: Run, make_film: MakeFilm, palette_film: list[Frame], as_seen: AsSeen
) -> None:
    data = make_film(palette_film, format="PNG")
    film = run(
        data, action="add-text", text="Hi", fontSize=16, frameStart=1, frameEnd=2, shadow=False
    )
    changed = (film.frames != as_seen(palette_film)).any(axis=(1, 2, 3))
    assert changed.tolist() == [False, True, True, False]


def test_how_the_text_looks(run: Run, make_film: MakeFilm) -> None:
    plain = np.full((60, 120, 3), (90, 90, 90), np.uint8)
    data = make_film([plain - np.uint8(9), plain], format="PNG")

    def inked(**settings: Any) -> Frame:
        given = {"action": "add-text", "text": "Once", "fontSize": 20, **settings}
        film = run(data, **given)
        drawn: Frame = (film.frames[1][:, :, :3] != 90).any(axis=2)
        return drawn

    usual = inked(shadow=False)
    assert usual[30:].any()
    assert not usual[:30].any()
    assert inked(shadow=False, position="top")[:30].any()
    assert inked().sum() > usual.sum()
    assert inked(shadow=False, background="#000000").sum() > usual.sum() * 2
    assert (inked(shadow=False, font="Space Mono Bold") != usual).any()
    assert inked(shadow=False, fontSize=40).sum() > usual.sum() * 1.5
    red = run(data, action="add-text", text="Once", color="#ff0000", shadow=False).frames[0]
    assert (red == (255, 0, 0, 255)).all(axis=2).any()


def test_the_text_is_what_text_overlay_writes(run: Run, photos: list[Frame]) -> None:
    data = lossless_webp(photos)
    settings: dict[str, Any] = {"text": "Kaffee", "fontSize": 30, "background": "#00000080"}
    film = run(data, action="add-text", **settings)
    wanted = overlay(from_numpy(photos[2]), TextOverlaySettings.model_validate(settings))
    assert_image_close(from_numpy(film.frames[2][:, :, :3].copy()), wanted, within=0.2)


def test_grey_films_get_coloured_text(run: Run) -> None:
    grey = [np.full((30, 60), value, np.uint8) for value in (60, 90)]
    buffer = io.BytesIO()
    first, second = map(Image.fromarray, grey)
    first.save(buffer, "PNG", save_all=True, append_images=[second])
    film = run(
        buffer.getvalue(),
        action="add-text",
        text="X",
        color="#00ff00",
        frameEnd=0,
        shadow=False,
        fontSize=20,
    )
    assert (film.frames[0] == (0, 255, 0, 255)).all(axis=2).any()
    assert (film.frames[1] == (90, 90, 90, 255)).all()


# Refusals.


@pytest.mark.parametrize(
    ("field", "settings"),
    [
        ("", {}),
        ("", {"action": "resize"}),
        ("", {"action": "speed"}),
        ("", {"action": "rotate", "flipH": False}),
        ("", {"action": "crop"}),
        ("", {"action": "loop"}),
        ("", {"action": "add-text"}),
        ("", {"action": "speed", "speedFactor": 2, "delay": 40}),
        ("", {"action": "from-frames", "delay": 40, "delays": [40, 40]}),
        ("", {"action": "from-frames", "fit": "outside"}),
        ("", {"action": "extract-frames", "extractMode": "range", "frameNumber": 1}),
        ("", {"action": "extract-frames", "extractMode": "all", "frameStart": 1}),
        ("", {"action": "extract-frames", "frameStart": 2, "frameEnd": 1}),
        ("action", {"action": "shrink"}),
        ("action", {"mode": "resample", "width": 10}),
        ("speedFactor", {"width": 10, "speedFactor": 2}),
        ("width", {"action": "speed", "speedFactor": 2, "width": 10}),
        ("text", {"width": 10, "text": "Hi"}),
        ("loop", {"action": "first-frame", "loop": 0}),
        ("frameNumber", {"action": "add-text", "text": "Hi", "frameNumber": 0}),
        ("loop", {"action": "loop", "loop": 65_536}),
        ("loop", {"action": "loop", "loop": -1}),
        ("width", {"width": 16_385}),
        ("width", {"width": 0}),
        ("percentage", {"percentage": 501}),
        ("speedFactor", {"action": "speed", "speedFactor": 0.05}),
        ("delay", {"action": "speed", "delay": 10}),
        ("angle", {"action": "rotate", "angle": 45}),
        ("colors", {"action": "optimize", "colors": 1}),
        ("dither", {"action": "optimize", "dither": 1.5}),
        ("effort", {"action": "optimize", "effort": 11}),
        ("format", {"action": "optimize", "format": "png"}),
        ("font", {"action": "add-text", "text": "Hi", "font": "Comic Sans"}),
        ("extractFormat", {"action": "first-frame", "extractFormat": "doc"}),
        ("widht", {"widht": 10}),
    ],
)
def test_wrong_settings_are_refused(told: Told, field: str, settings: dict[str, Any]) -> None:
    said = told(b"no picture", **settings)
    assert (said["status"], said["code"]) == (400, "INVALID_SETTINGS")
    assert [detail["field"] for detail in said["details"]] == [field]


def test_a_setting_of_another_action_is_told_where_it_belongs(told: Told) -> None:
    said = told(b"no picture", action="rotate", angle=90, speedFactor=2)
    assert "no value with action=rotate: it goes with reverse or speed" in said["error"]


def test_older_names_are_understood(run: Run, told: Told, noise: bytes) -> None:
    assert run(noise, mode="rotate", angle=90).size == (30, 40)
    said = told(noise, mode="extract", extractMode="single", frameNumber=1)
    assert said["outputs"][0]["name"] == "film_frame1.png"


@pytest.mark.parametrize(
    ("settings", "field", "expected"),
    [
        ({"left": 40}, "left", "less than 40"),
        ({"top": 30}, "top", "less than 30"),
        ({"left": 10, "width": 31}, "width", "at most 30"),
        ({"top": 29, "height": 2}, "height", "at most 1"),
    ],
)
def test_a_region_outside_is_refused(
    told: Told, noise: bytes, settings: dict[str, int], field: str, expected: str
) -> None:
    said = told(noise, action="crop", **settings)
    assert (said["status"], said["code"]) == (422, "REGION_OUTSIDE")
    assert said["details"] == [
        {"field": field, "expected": expected, "received": str(settings[field])}
    ]


def endless(count: int) -> bytes:
    """Give a GIF of so many frames of a pixel."""
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6) + frame * count + b"\x3b"


def test_too_many_frames_are_refused(client: ToolClient, run: Run) -> None:
    assert len(run(endless(1000), action="reverse").delays) == 1000
    for data in (endless(1001), endless(10_000)):
        assert client.refusal(TOOL, data, action="reverse") == (422, "TOO_COMPLEX")
        assert client.refusal(f"{TOOL}/info", data) == (422, "TOO_COMPLEX")


def test_what_is_damaged_is_refused(client: ToolClient, noise: bytes, photos: list[Frame]) -> None:
    webp = lossless_webp(photos)
    middle = len(webp) // 2
    torn = webp[:middle] + b"\xff" * 400 + webp[middle + 400 :]
    for data in (noise[: len(noise) // 2], torn):
        for settings in (
            {"action": "reverse"},
            {"action": "optimize"},
            {"action": "speed", "speedFactor": 2},
            {"action": "extract-frames", "extractMode": "all"},
        ):
            assert client.refusal(TOOL, data, **settings) == (422, "DECODE_FAILED"), settings
    assert client.refusal(TOOL, b"no picture", width=5) == (400, "INVALID_IMAGE")


def test_a_format_that_is_not_installed_is_refused(ashim: MakeClient, noise: bytes) -> None:
    client = ashim(ashim_gif.gif_tools)
    answer: Any = client.post(TOOL, noise, action="reverse", format="apng")
    assert (answer.status_code, answer.json["code"]) == (422, "FORMAT_NOT_SUPPORTED")
    assert "ashim-formats" in answer.json["error"]


def test_several_files_are_no_film_to_change(told: Told, noise: bytes) -> None:
    said = told(noise, noise, action="reverse")
    assert (said["status"], said["code"]) == (400, "TOO_MANY_FILES")
    assert "from-frames" in said["error"]


def test_frames_that_take_much_memory_are_written_with_the_least(
    monkeypatch: pytest.MonkeyPatch, run: Run, told: Told, photos: list[Frame]
) -> None:
    monkeypatch.setattr(ashim_gif.writing, "_LARGE", 0.01)
    data = lossless_webp(photos)
    film = run(data, action="reverse", format="gif")
    assert (film.format, film.delays, film.loop) == ("GIF", [80] * 6, 5)
    assert np.abs(film.frames[..., :3].astype(int) - np.stack(photos)[::-1]).mean() < 5
    said = told(data, action="reverse", format="gif", colors=9)
    assert said["notes"][0].startswith("colors: ignored, frames of more than")


def test_frames_that_take_too_much_memory_are_refused(
    monkeypatch: pytest.MonkeyPatch, client: ToolClient, photos: list[Frame]
) -> None:
    def fail(*args: object) -> None:
        raise pyvips.Error("webpsave: unable to init animation")

    monkeypatch.setattr(Pictures, "save", fail)
    data = lossless_webp(photos)
    assert client.refusal(TOOL, data, action="reverse") == (500, "PLUGIN_ERROR")
    monkeypatch.setattr(ashim_gif.writing, "_LARGE", 0.01)
    assert client.refusal(TOOL, data, action="reverse") == (422, "OUT_OF_MEMORY")
