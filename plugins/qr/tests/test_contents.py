"""The texts that scanners tell apart, with the escaping of each."""

from typing import Any

import pytest
from ashim_qr.contents.content import Content
from pydantic import ValidationError


def text(**content: Any) -> str:
    return Content.model_validate(content).text


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"data": " any text\n"}, " any text\n"),
        ({"url": "https://example.org/a?b=c#d"}, "https://example.org/a?b=c#d"),
        ({"phone": "+353 (91) 555-0100"}, "tel:+353915550100"),
        (
            {"wifi": {"ssid": "Guests", "password": "welcome here"}},
            "WIFI:T:WPA;S:Guests;P:welcome here;;",
        ),
        (
            {"wifi": {"ssid": 'a\\b;c,d"e:f', "password": ';;,,""::'}},
            r"WIFI:T:WPA;S:a\\b\;c\,d\"e\:f;P:\;\;\,\,\"\"\:\:;;",
        ),
        ({"wifi": {"ssid": "Café", "encryption": "nopass"}}, "WIFI:T:nopass;S:Café;;"),
        (
            {"wifi": {"ssid": "old", "password": "12345", "encryption": "WEP", "hidden": True}},
            "WIFI:T:WEP;S:old;P:12345;H:true;;",
        ),
        ({"wifi": {"ssid": "x", "password": "0f" * 32}}, f"WIFI:T:WPA;S:x;P:{'0f' * 32};;"),
        ({"email": {"to": "info@example.org"}}, "mailto:info@example.org"),
        (
            {"email": {"to": "a+b@example.org", "subject": "50 % & more", "body": "one\ntwo?"}},
            "mailto:a%2Bb@example.org?subject=50%20%25%20%26%20more&body=one%0D%0Atwo%3F",
        ),
        ({"email": {"to": "a@b.c", "body": "Grüße"}}, "mailto:a@b.c?body=Gr%C3%BC%C3%9Fe"),
        ({"sms": {"number": "+353 91 5550100", "message": "a: b"}}, "SMSTO:+353915550100:a: b"),
        ({"sms": {"number": "112"}}, "SMSTO:112:"),
        ({"geo": {"latitude": 53.2743, "longitude": -9.0490}}, "geo:53.2743,-9.049"),
        ({"geo": {"latitude": -1e-9, "longitude": 180}}, "geo:0,180"),
    ],
)
def test_each_kind_has_its_text(content: dict[str, Any], expected: str) -> None:
    assert text(**content) == expected


def test_a_vcard_has_a_line_for_each_of_its_particulars() -> None:
    card = {
        "prefix": "Dr",
        "firstName": "Ada",
        "lastName": "Byrne; Lee",
        "suffix": "PhD",
        "organization": "Quay, Sons",
        "title": "Captain\\Pilot",
        "phone": "+353 91 555 0100",
        "mobile": "+353 86 555 0100",
        "email": "ada@example.org",
        "url": "https://example.org/a;b,c",
        "address": {
            "street": "12, Quay Street",
            "city": "Galway",
            "region": "Connacht",
            "postalCode": "H91",
            "country": "Ireland",
        },
        "note": "one\r\ntwo\nthree",
    }
    assert text(vcard=card).split("\r\n") == [
        "BEGIN:VCARD",
        "VERSION:3.0",
        r"N:Byrne\; Lee;Ada;;Dr;PhD",
        r"FN:Dr Ada Byrne\; Lee PhD",
        r"ORG:Quay\, Sons",
        r"TITLE:Captain\\Pilot",
        "TEL;TYPE=VOICE:+353 91 555 0100",
        "TEL;TYPE=CELL:+353 86 555 0100",
        "EMAIL:ada@example.org",
        r"NOTE:one\ntwo\nthree",
        "URL:https://example.org/a;b,c",
        r"ADR:;;12\, Quay Street;Galway;Connacht;H91;Ireland",
        "END:VCARD",
        "",
    ]


def test_a_vcard_of_an_organization_is_called_by_its_name() -> None:
    lines = text(vcard={"organization": "Quay"}).split("\r\n")
    assert lines[2:5] == ["N:;;;;", "FN:Quay", "ORG:Quay"]


@pytest.mark.parametrize(
    ("content", "field", "expected"),
    [
        ({}, "", "exactly one of data, url, wifi"),
        ({"data": "a", "geo": {"latitude": 0, "longitude": 0}}, "", "exactly one of data, url"),
        ({"data": ""}, "data", "at least 1 character"),
        ({"data": "7" * 7090}, "data", "at most 7089 characters"),
        ({"data": "a\0b"}, "data", "no U+0000"),
        ({"url": "example.org"}, "url", "an address with its scheme"),
        ({"url": "https://example.org/a b"}, "url", "without spaces"),
        ({"url": "https://a\x07b"}, "url", "no control characters, got U+0007"),
        ({"phone": "call me"}, "phone", "a telephone number such as"),
        ({"phone": "+"}, "phone", "a telephone number such as"),
        ({"wifi": {}}, "wifi.ssid", "required"),
        ({"wifi": {"ssid": "ä" * 17, "encryption": "nopass"}}, "wifi.ssid", "at most 32 bytes"),
        ({"wifi": {"ssid": "a\nb", "encryption": "nopass"}}, "wifi.ssid", "got U+000A"),
        ({"wifi": {"ssid": "a"}}, "wifi", "a password, or encryption=nopass"),
        (
            {"wifi": {"ssid": "a", "password": "secrets!", "encryption": "nopass"}},
            "wifi",
            "no password with",
        ),
        ({"wifi": {"ssid": "a", "password": "short"}}, "wifi", "8 to 63 characters of ASCII"),
        ({"wifi": {"ssid": "a", "password": "ä" * 8}}, "wifi", "8 to 63 characters of ASCII"),
        ({"vcard": {}}, "vcard", "a firstName, a lastName or an organization"),
        ({"vcard": {"lastName": "a", "email": "a"}}, "vcard.email", "an address of mail such as"),
        ({"email": {"to": "a@b, c@d"}}, "email.to", "an address of mail such as"),
        ({"email": {"to": "a@b", "subject": "one\ntwo"}}, "email.subject", "got U+000A"),
        ({"sms": {"number": "0" * 41}}, "sms.number", "at most 40 characters"),
        ({"geo": {"latitude": 91, "longitude": 0}}, "geo.latitude", "less than or equal to 90"),
        ({"geo": {"latitude": 0, "longitude": -181}}, "geo.longitude", "or equal to -180"),
    ],
)
def test_what_no_scanner_would_understand_is_refused(
    content: dict[str, Any], field: str, expected: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        Content.model_validate(content)
    (error,) = raised.value.errors()
    assert ".".join(map(str, error["loc"])) == field
    assert expected in error["msg"]
