"""Addresses of servers: what is one, and which links belong to it."""

import pytest

from ashim_core.client.address import Address, ForeignAddress, parse
from ashim_core.errors import InvalidRequest

LINK = "/api/v1/download/0a/small.jpg?signature=x.y"


@pytest.mark.parametrize(
    ("text", "origin", "prefix"),
    [
        ("http://localhost:1349", "http://localhost:1349", ""),
        ("https://Images.example.org/", "https://images.example.org", ""),
        ("https://example.org/images/", "https://example.org", "/images"),
        ("http://[::1]:1349", "http://[::1]:1349", ""),
    ],
)
def test_an_address_is_origin_and_prefix(text: str, origin: str, prefix: str) -> None:
    assert parse(text) == Address(origin, prefix)
    assert parse(text).api("/tools") == f"{origin}{prefix}/api/v1/tools"


@pytest.mark.parametrize(
    "text",
    [
        *("localhost:1349", "example.org", "ftp://example.org", "http://", "https:///api", ""),
        *("http://example.org:port", "http://example.org?a=b", "http://example.org#a"),
        *("http://exam ple.org", "http://example.org\n", "http://example.org\\@b", "http://[::1"),
    ],
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidRequest, match="Expected the address of a server such as"):
        parse(text)


def test_a_password_in_an_address_is_refused_and_not_shown() -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse("https://mia:hidden@example.org")
    assert "without a name and a password" in caught.value.message
    assert "hidden" not in caught.value.message


@pytest.mark.parametrize("link", [LINK, f"/images{LINK}", f"https://example.org/images{LINK}"])
def test_a_link_of_the_server_is_completed(link: str) -> None:
    own = parse("https://example.org/images").own(link)
    assert own == f"https://example.org/images{LINK}"


@pytest.mark.parametrize(
    "link",
    [
        f"https://elsewhere.example{LINK}",
        f"//elsewhere.example{LINK}",
        f"http://example.org/images{LINK}",
        f"https://example.org:444/images{LINK}",
        f"https://example.org@elsewhere.example{LINK}",
        f"https://mia@example.org{LINK}",
        "/images/other",
        "/api/v1/../../other",
        "/api/v1/%2e%2e/%2E./other",
        "/api/v10/download",
        "/api/v1/a\r\nHost: elsewhere.example",
        "@elsewhere.example/api/v1/a",
        ".elsewhere.example/api/v1/a",
        "https://[::1/api/v1/a",
        "",
    ],
)
def test_a_link_that_leads_elsewhere_is_refused(link: str) -> None:
    with pytest.raises(ForeignAddress):
        parse("https://example.org/images").own(link)


@pytest.mark.parametrize(
    ("host", "near"),
    [
        *(("localhost", True), ("127.0.0.1", True), ("[::1]:80", True), ("10.1.2.3", True)),
        *(("192.168.0.9:1349", True), ("nas", True), ("nas.local", True), ("[fd00::1]", True)),
        *(("example.org", False), ("8.8.8.8", False), ("[2600::1]", False)),
        *(("localhost.example.org", False), ("10.1.2.3.example.org", False)),
    ],
)
def test_what_is_near_is_told_by_the_name(host: str, near: bool) -> None:
    assert parse(f"http://{host}").near is near


def test_encrypted_is_what_https_is() -> None:
    assert parse("https://example.org").encrypted
    assert not parse("http://example.org").encrypted
