"""QR Code Generator: every setting has its effect, and what comes out is read."""

import io
import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import ashim_qr.qr_generate
import pytest
import pyvips
from werkzeug.test import TestResponse

from ashim_core.plugin import draw_svg
from ashim_core.testing import MakeClient, ToolClient, assert_image_close, plain, sample

TOOL = "qr-generate"
Read = Callable[[pyvips.Image], set[str]]
BLACK, WHITE, RED, BLUE = [0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 0, 255]


def post(client: ToolClient, logo: bytes | None = None, **settings: Any) -> TestResponse:
    """Post settings, and a logo in its field."""
    data: dict[str, Any] = {"settings": json.dumps(settings)}
    if logo is not None:
        data["logo"] = (io.BytesIO(logo), "logo.png")
    response = client.http.post(
        f"/api/v1/tools/{TOOL}", data=data, content_type="multipart/form-data"
    )
    return read_whole(response)


def read_whole(response: TestResponse) -> TestResponse:
    """Have the server close the file that it answers with, and the one that a body may be in."""
    response.get_data()
    response.close()
    response.request.environ["wsgi.input"].close()
    return response


def picture(client: ToolClient, logo: bytes | None = None, **settings: Any) -> pyvips.Image:
    """Give the result as sRGB, with alpha if it has it."""
    response = post(client, logo, **{"data": "hello", "version": 2, **settings})
    assert response.status_code == 200, response.text
    return pyvips.Image.new_from_buffer(response.data, "").colourspace("srgb").copy_memory()


def facts(client: ToolClient, logo: bytes | None = None, **settings: Any) -> dict[str, Any]:
    response = post(client, logo, **settings)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = json.loads(response.headers["X-Ashim-Facts"])
    return found


def refusal(client: ToolClient, logo: bytes | None = None, **settings: Any) -> dict[str, Any]:
    response = post(client, logo, **settings)
    answer = response.json
    assert isinstance(answer, dict), response.mimetype
    return answer


def coloured(width: int, height: int, *values: int) -> bytes:
    return plain(width, height, *values).pngsave_buffer()


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"data": "Grüße, 世界"}, "Grüße, 世界"),
        ({"url": "https://example.org/a"}, "https://example.org/a"),
        (
            {"wifi": {"ssid": "Quay; Guests", "password": "welcome here"}},
            r"WIFI:T:WPA;S:Quay\; Guests;P:welcome here;;",
        ),
        (
            {"vcard": {"lastName": "Byrne"}},
            "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Byrne;;;;\r\nFN:Byrne\r\nEND:VCARD\r\n",
        ),
        ({"email": {"to": "info@example.org"}}, "mailto:info@example.org"),
        ({"phone": "+353 91 555 0100"}, "tel:+353915550100"),
        ({"sms": {"number": "112", "message": "help"}}, "SMSTO:112:help"),
        ({"geo": {"latitude": 53.5, "longitude": -9}}, "geo:53.5,-9"),
    ],
)
def test_what_is_put_in_is_read_by_both(
    client: ToolClient, zxing: Read, zbar: Read, settings: dict[str, Any], text: str
) -> None:
    response = post(client, **settings)
    result = pyvips.Image.new_from_buffer(response.data, "")
    assert zxing(result) == zbar(result) == {text}
    assert json.loads(response.headers["X-Ashim-Facts"])["data"] == text


def test_it_takes_plain_json(client: ToolClient, zxing: Read) -> None:
    response = read_whole(client.http.post(f"/api/v1/tools/{TOOL}", json={"data": "hello"}))
    assert (response.status_code, response.mimetype) == (200, "image/png")
    assert "qrcode.png" in response.headers["Content-Disposition"]
    assert zxing(pyvips.Image.new_from_buffer(response.data, "")) == {"hello"}


def test_names_of_older_clients_are_understood(client: ToolClient) -> None:
    older: dict[str, Any] = {
        "text": "hello",
        "errorCorrection": "Q",
        "foreground": "#00f",
        "background": "#ff0",
    }
    names = ("data", "errorCorrectionLevel", "colorDark", "colorLight")
    today: dict[str, Any] = dict(zip(names, older.values(), strict=True))
    assert post(client, **older).data == post(client, **today).data


def test_facts_stand_beside_the_picture(client: ToolClient) -> None:
    found = facts(client, data="hello", error_correction_level="Q", version=3)
    assert found == {"version": 3, "modules": 29, "errorCorrectionLevel": "Q", "data": "hello"}


def test_a_higher_level_takes_more_modules(client: ToolClient) -> None:
    text = "a" * 30
    versions = [facts(client, data=text, errorCorrectionLevel=level)["version"] for level in "LMQH"]
    assert versions == [2, 3, 3, 4]
    assert facts(client, data=text)["errorCorrectionLevel"] == "M"


@pytest.mark.parametrize("size", [100, 333, 400, 1000, 2100])
def test_the_picture_is_exactly_as_large_as_asked(client: ToolClient, size: int) -> None:
    result = picture(client, size=size, margin=1)
    assert (result.width, result.height) == (size, size)


@pytest.mark.parametrize("margin", [0, 1, 4, 20])
def test_the_quiet_zone_has_so_many_modules(client: ToolClient, margin: int) -> None:
    side = 25 + 2 * margin
    result = picture(client, size=side * 6, margin=margin)
    left, top, width, height = (255 - result[0]).find_trim(threshold=10, background=[0])
    assert (left, top, width, height) == (margin * 6, margin * 6, 25 * 6, 25 * 6)


def test_colours_are_where_they_belong(client: ToolClient) -> None:
    result = picture(client, size=330, colorDark="#800000", colorLight="#ffffcc")
    assert result(5, 5) == [255, 255, 204]
    assert result(45, 75) == result(75, 75) == [128, 0, 0]
    result = picture(client, size=330, cornerColor="#008000", cornerDotColor="#0000ff")
    assert (result(45, 75), result(75, 75)) == ([0, 128, 0], BLUE)
    assert result(45 + 18 * 10, 75) == [0, 128, 0]
    assert result(75, 75 + 18 * 10) == BLUE


def test_what_is_transparent_stays_so_unless_the_format_has_no_alpha(client: ToolClient) -> None:
    for format in ("png", "webp"):
        result = picture(client, colorLight="transparent", format=format)
        assert result(2, 2)[3] == 0
        assert result(60, 80) == [*BLACK, 255]
    result = picture(client, colorLight="transparent", format="jpeg")
    assert result(2, 2) == WHITE


@pytest.mark.parametrize(
    ("gradient", "left", "right"),
    [
        ({"startColor": "red", "endColor": "blue"}, RED, BLUE),
        ({"startColor": "red", "endColor": "blue", "rotation": 180}, BLUE, RED),
        ({"type": "radial", "startColor": "#008000", "endColor": "red"}, RED, RED),
    ],
)
def test_a_gradient_takes_the_place_of_the_dark_colour(
    client: ToolClient, gradient: dict[str, Any], left: list[int], right: list[int]
) -> None:
    """Looked at in the frames of both upper corners, which have it as well."""
    result = picture(client, size=330, colorDark="#00aa00", gradient=gradient)
    assert result(42, 42) == pytest.approx(left, abs=16)
    assert result(288, 42) == pytest.approx(right, abs=16)


def test_every_style_is_another_picture(client: ToolClient) -> None:
    styles: dict[str, list[str]] = {
        "dotStyle": ["square", "rounded", "dots", "classy", "classy-rounded", "extra-rounded"],
        "cornerStyle": ["square", "rounded", "dot", "extra-rounded"],
        "cornerDotStyle": ["square", "rounded", "dot"],
    }
    for name, values in styles.items():
        settings: list[dict[str, Any]] = [{name: value} for value in values]
        made = {bytes(picture(client, **given).write_to_memory()) for given in settings}
        assert len(made) == len(values)


def test_the_format_is_as_asked(client: ToolClient, zxing: Read) -> None:
    for format, media_type in (
        *(("png", "image/png"), ("jpeg", "image/jpeg"), ("jpg", "image/jpeg")),
        ("webp", "image/webp"),
    ):
        response = post(client, data="hello", format=format)
        assert response.mimetype == media_type
        assert zxing(pyvips.Image.new_from_buffer(response.data, "")) == {"hello"}


def test_svg_is_a_drawing_of_the_same(client: ToolClient, zxing: Read) -> None:
    response = post(client, coloured(90, 60, *RED), data="hello", format="svg", size=500)
    assert response.mimetype == "image/svg+xml"
    assert "qrcode.svg" in response.headers["Content-Disposition"]
    root = ElementTree.fromstring(response.data)
    assert (root.get("width"), root.get("height")) == ("500", "500")
    drawn = draw_svg(response.data)
    assert zxing(drawn) == {"hello"}
    assert drawn(250, 250) == [*RED, 255]


def test_a_logo_lies_in_the_middle_with_its_proportions(client: ToolClient, zxing: Read) -> None:
    """20 percent of 25 modules of 10 pixels: 50 pixels, the higher side half of it."""
    result = picture(client, coloured(200, 100, *RED), size=330, errorCorrectionLevel="H")
    red = (result[0] - result[1] > 200).ifthenelse(255, 0)
    assert [*red.find_trim(threshold=10, background=[0])] == [140, 152, 50, 25]
    assert zxing(result) == {"hello"}


def test_the_size_of_a_logo_is_a_share_of_the_code(client: ToolClient) -> None:
    for size, width in ((10, 25), (24, 60)):
        result = picture(
            client, coloured(80, 80, *RED), size=330, logoSize=size, errorCorrectionLevel="H"
        )
        red = (result[0] - result[1] > 200).ifthenelse(255, 0)
        _, _, found, _ = red.find_trim(threshold=10, background=[0])
        assert found == pytest.approx(width, abs=1)


def around_the_logo(result: pyvips.Image) -> float:
    """Say how much is dark in a square of 9 modules in the middle, beside a logo of 3."""
    return float((result[0] < 128).crop(120, 120, 90, 90).avg())


def test_room_is_made_around_a_logo(client: ToolClient) -> None:
    settings: dict[str, Any] = {"size": 330, "logoSize": 10, "errorCorrectionLevel": "H"}
    dark = [
        around_the_logo(picture(client, coloured(80, 80, *RED), logoMargin=margin, **settings))
        for margin in (0, 0.5, 1.5)
    ]
    assert dark == sorted(dark, reverse=True)
    assert dark[0] > dark[2]


def test_modules_behind_a_logo_are_left_out_unless_they_shall_be_seen(client: ToolClient) -> None:
    invisible = coloured(80, 80, 255, 255, 255, 0)
    settings: dict[str, Any] = {"size": 330, "errorCorrectionLevel": "H"}
    hidden = picture(client, invisible, **settings)
    assert hidden.crop(140, 140, 50, 50).min() == 255
    seen = picture(client, invisible, hideDotsBehindLogo=False, **settings)
    assert bytes(seen.write_to_memory()) == bytes(picture(client, **settings).write_to_memory())


def test_a_larger_version_is_found_for_a_logo(client: ToolClient) -> None:
    text = "a" * 120
    assert facts(client, data=text)["version"] == 7
    assert facts(client, sample("jpeg"), data=text)["version"] == 14


@pytest.mark.parametrize("name", ["grey", "grey-alpha", "rgba", "cmyk", "16-bit", "two-frames"])
def test_logos_of_every_kind_are_taken(client: ToolClient, zxing: Read, name: str) -> None:
    response = post(client, sample(name), data="hello", errorCorrectionLevel="H")
    assert response.status_code == 200, response.text
    assert zxing(pyvips.Image.new_from_buffer(response.data, "")) == {"hello"}


def test_a_logo_is_read_upright(client: ToolClient) -> None:
    one, other = (
        picture(client, sample(f"orientation-{n}"), errorCorrectionLevel="H") for n in (1, 6)
    )
    assert_image_close(one, other, within=1)


@pytest.mark.parametrize(
    ("logo", "status", "code"),
    [
        (b"no picture", 400, "INVALID_IMAGE"),
        (b"", 400, "EMPTY_FILE"),
        (sample("jpeg")[:400], 422, "DECODE_FAILED"),
    ],
)
def test_a_logo_that_is_none_is_refused(
    client: ToolClient, logo: bytes, status: int, code: str
) -> None:
    said = refusal(client, logo, data="hello")
    assert (said["statusCode"], said["code"]) == (status, code)


def test_other_files_are_refused(client: ToolClient) -> None:
    assert client.refusal(TOOL, sample("rgb"), data="hello") == (400, "TOO_MANY_FILES")


@pytest.mark.parametrize(
    ("settings", "code", "field", "said"),
    [
        ({"data": "a" * 3000}, "DATA_TOO_LONG", "data", "2331 of its 3000 characters fit"),
        ({"data": "a" * 50, "version": 1}, "DATA_TOO_LONG", "data", "version=4 would hold it"),
        ({"data": "a" * 300, "size": 100}, "QR_UNREADABLE", "size", "it needs 231 of them"),
        (
            {"data": "a", "colorDark": "white", "colorLight": "black"},
            "QR_UNREADABLE",
            "colorDark",
            "Exchange the two colours",
        ),
        (
            {"data": "a", "gradient": {"startColor": "black", "endColor": "yellow"}},
            "QR_UNREADABLE",
            "gradient",
            "the contrast is 1.1:1",
        ),
    ],
)
def test_what_can_not_be_made_or_read_is_refused(
    client: ToolClient, settings: dict[str, Any], code: str, field: str, said: str
) -> None:
    answer = refusal(client, **settings)
    assert (answer["statusCode"], answer["code"]) == (422, code)
    assert answer["details"][0]["field"] == field
    assert said in answer["message"]


def test_a_logo_that_covers_too_much_is_refused_with_what_helps(client: ToolClient) -> None:
    logo = coloured(10, 10, *RED)
    answer = refusal(client, logo, data="hello", logoSize=40)
    assert (answer["statusCode"], answer["code"]) == (422, "QR_UNREADABLE")
    assert "errorCorrectionLevel=H or logoSize=30 would do" in answer["message"]
    assert (
        post(client, logo, data="hello", logoSize=40, errorCorrectionLevel="H").status_code == 200
    )
    assert post(client, logo, data="hello", logoSize=30).status_code == 200


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("size", [99, 10_001, 400.5, "400"]),
        ("margin", [-1, 21]),
        ("colorDark", ["blurple", "#12"]),
        ("colorLight", ["blurple"]),
        ("errorCorrectionLevel", ["X", "m"]),
        ("version", [0, 41]),
        ("dotStyle", ["star"]),
        ("cornerStyle", ["dots"]),
        ("cornerDotStyle", ["extra-rounded"]),
        ("cornerColor", ["blurple"]),
        ("cornerDotColor", ["blurple"]),
        ("gradient", [{"startColor": "red"}, {"startColor": "red", "endColor": "transparent"}]),
        ("logoSize", [4, 41]),
        ("logoMargin", [-1, 11]),
        ("hideDotsBehindLogo", [1]),
        ("format", ["gif"]),
        ("dotStyles", ["dots"]),
    ],
)
def test_wrong_settings_are_refused(client: ToolClient, field: str, values: list[Any]) -> None:
    for value in values:
        answer = refusal(client, data="hello", **{field: value})
        assert (answer["statusCode"], answer["code"]) == (400, "INVALID_SETTINGS")
        assert {detail["field"].split(".")[0] for detail in answer["details"]} == {field}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "exactly one of data, url, wifi, vcard, email, phone, sms and geo"),
        ({"data": "a", "phone": "112"}, "exactly one of data, url"),
        ({"data": "a", "cornerColor": "#ff000080"}, "colours of the code without alpha"),
        ({"data": "a", "version": 1, "cornerStyle": "dot"}, "a version of at least 2 for"),
        ({"data": "a", "format": "webp", "size": 4001}, "a size of at most 4000 for format=webp"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(
    client: ToolClient, settings: dict[str, Any], expected: str
) -> None:
    answer = refusal(client, **settings)
    assert (answer["statusCode"], answer["code"]) == (400, "INVALID_SETTINGS")
    assert expected in answer["message"]


def test_a_picture_past_the_budget_is_refused(ashim: MakeClient) -> None:
    client = ashim(ashim_qr.qr_generate, max_megapixels=1)
    assert post(client, data="a", size=1000).status_code == 200
    assert refusal(client, data="a", size=1001)["code"] == "TOO_MANY_PIXELS"


def test_the_largest_picture_keeps_the_limits_of_a_worker(ashim: MakeClient) -> None:
    """A hundred megapixels: four bytes of each would be more than half of its memory."""
    client = ashim(ashim_qr.qr_generate, workers=True)
    response = post(client, data="hello", size=10_000, colorLight="transparent")
    assert response.status_code == 200, response.text
    result = pyvips.Image.new_from_buffer(response.data, "")
    assert (result.width, result.height, result.bands) == (10_000, 10_000, 2)
