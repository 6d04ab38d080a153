"""Where a request comes from, and whether it came encrypted: what is believed, and from whom."""

from typing import Any

import pytest
from flask import Flask

from ashim_core.config import Config
from ashim_core.testing import MakeClient, ToolClient
from ashim_core.web.visitors import client_address, counted_as, secure, visitor
from tests.data import plain
from tests.web.people import ask, login, open_server, refusal, root

HSTS = "max-age=31536000; includeSubDomains"
PROXIES = "10.0.0.0/8, 2001:db8:ffff::/48"
FORWARDING = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Real-IP")


def seen_address(app: Flask, peer: str | None, said: str | None, proxies: str) -> str | None:
    """Give the address that a request of `peer` is taken to come from."""
    headers = {} if said is None else {"X-Forwarded-For": said}
    trusted = Config.model_validate({"trust_proxy": proxies}).trust_proxy
    with app.test_request_context("/", headers=headers):
        return client_address(peer, trusted)


@pytest.mark.parametrize(
    ("peer", "said", "address"),
    [
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", "192.0.2.1", "203.0.113.9"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", " 192.0.2.1 ", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.6, 192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "192.0.2.1, 10.0.0.2", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.6,192.0.2.1,10.0.0.3,10.0.0.2", "192.0.2.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "10.0.0.3, 192.0.2.1, 10.0.0.2", "192.0.2.1"),
        ("10.0.0.1", "2001:db8::5", "2001:db8::5"),
        ("10.0.0.1", "2001:0DB8:0::5", "2001:db8::5"),
        ("2001:db8:ffff::1", "192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "192.0.2.1", "2001:db8::1"),
        (None, "192.0.2.1", None),
    ],
)
def test_the_last_address_that_no_trusted_proxy_has_counts(
    client: ToolClient, peer: str | None, said: str | None, address: str | None
) -> None:
    assert seen_address(client.http.application, peer, said, PROXIES) == address


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("unknown", "10.0.0.1"),
        ("192.0.2.1, garbage", "10.0.0.1"),
        ("192.0.2.1, garbage, 10.0.0.2", "10.0.0.2"),
        ("192.0.2.1,, 10.0.0.2", "10.0.0.2"),
        ("192.0.2.1:5678", "10.0.0.1"),
        ("[2001:db8::5]", "10.0.0.1"),
        ("192.0.2.256", "10.0.0.1"),
        ("192.0.2.1; DROP TABLE users", "10.0.0.1"),
        ("10.0.0.2," * 2000, "10.0.0.1"),
        ("1" * 5000, "10.0.0.1"),
    ],
    ids=lambda value: value[:30],
)
def test_what_is_no_address_ends_the_chain(client: ToolClient, said: str, address: str) -> None:
    assert seen_address(client.http.application, "10.0.0.1", said, PROXIES) == address


def test_by_default_nobody_is_believed(client: ToolClient) -> None:
    for peer in ("127.0.0.1", "10.0.0.1", "::1"):
        assert seen_address(client.http.application, peer, "192.0.2.1", "") == peer


def test_true_believes_every_private_address(client: ToolClient) -> None:
    app = client.http.application
    for peer in ("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "::1", "fd00::1"):
        assert seen_address(app, peer, "192.0.2.1", "true") == "192.0.2.1"
    for peer in ("203.0.113.9", "172.32.0.1", "2001:db8::1"):
        assert seen_address(app, peer, "192.0.2.1", "true") == peer


@pytest.mark.parametrize(
    ("peer", "said", "address"),
    [
        ("::ffff:10.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "192.0.2.1, ::ffff:10.0.0.2", "192.0.2.1"),
        ("::ffff:a00:1", "192.0.2.1", "192.0.2.1"),
    ],
)
def test_a_proxy_is_known_by_its_mapped_address_too(
    client: ToolClient, peer: str, said: str, address: str
) -> None:
    assert seen_address(client.http.application, peer, said, PROXIES) == address


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
    ],
)
def test_an_ipv6_address_is_counted_as_its_network(address: str, counted: str) -> None:
    assert counted_as(address) == counted


def test_a_request_without_an_address_is_counted(ashim: MakeClient) -> None:
    client = ashim(plain, rate_limit_per_min=1)
    found = [ask(client, "GET", "/api/v1/health", address="").status_code for _ in range(2)]
    assert found == [200, 429]


def is_direct(app: Flask, address: str, host: str, **headers: str) -> bool:
    """Say whether a request is taken to come from the server's own machine."""
    with app.test_request_context(
        "/", headers={"Host": host, **headers}, environ_base={"REMOTE_ADDR": address}
    ):
        return visitor().direct


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize(
    "host", ["localhost", "localhost:1349", "LOCALHOST:1349", "127.0.0.1:1349", "[::1]:1349"]
)
def test_a_request_over_the_loopback_interface_is_direct(
    client: ToolClient, address: str, host: str
) -> None:
    assert is_direct(client.http.application, address, host)


def test_a_request_to_the_loopback_address_without_a_port_is_direct(client: ToolClient) -> None:
    for host in ("127.0.0.1", "localhost", "[::1]"):
        assert is_direct(client.http.application, "127.0.0.1", host), host


@pytest.mark.parametrize("address", ["192.168.1.5", "10.0.0.1", "::ffff:192.0.2.1", "fe80::1", ""])
def test_a_request_from_elsewhere_is_not_direct(client: ToolClient, address: str) -> None:
    assert not is_direct(client.http.application, address, "localhost:1349")


@pytest.mark.parametrize(
    "host",
    [
        "rebound.example:1349",
        "localhost.rebound.example",
        "192.168.1.5:1349",
        "0.0.0.0:1349",
        "127.0.0.1.rebound.example:1349",
        "xlocalhost:1349",
        "",
    ],
)
def test_a_name_that_leads_here_by_chance_is_not_direct(client: ToolClient, host: str) -> None:
    assert not is_direct(client.http.application, "127.0.0.1", host)


@pytest.mark.parametrize("name", FORWARDING)
def test_what_a_proxy_brings_is_not_direct(client: ToolClient, name: str) -> None:
    app = client.http.application
    for value in ("127.0.0.1", "for=127.0.0.1", ""):
        assert not is_direct(app, "127.0.0.1", "localhost:1349", **{name: value})


@pytest.mark.parametrize(
    "options",
    [
        {"address": "192.0.2.1"},
        {"headers": {"Host": "rebound.example"}},
        *({"headers": {name: "127.0.0.1"}} for name in FORWARDING),
    ],
    ids=str,
)
def test_the_default_password_is_accepted_only_directly(
    ashim: MakeClient, options: dict[str, Any]
) -> None:
    client = ashim(plain, auth_enabled=True)
    assert refusal(login(client, "admin", "admin", **options)) == (403, "DEFAULT_PASSWORD")
    assert login(client, "admin", "admin").status_code == 200


def test_sessions_and_the_log_say_where_somebody_is(ashim: MakeClient) -> None:
    client = open_server(ashim, trust_proxy="10.0.0.1", default_password="correct horse battery")
    said = {"X-Forwarded-For": "203.0.113.7, 192.0.2.1"}
    answer = login(client, "admin", "correct horse battery", headers=said, address="10.0.0.1")
    headers = {"Authorization": f"Bearer {answer.json['token']}"}
    (session,) = ask(client, "GET", "/api/auth/sessions", headers=headers).json["sessions"]
    assert session["ipAddress"] == "192.0.2.1"
    log = ask(client, "GET", "/api/v1/audit-log?action=LOGIN_SUCCESS", headers=headers).json
    assert [entry["ipAddress"] for entry in log["entries"]] == ["192.0.2.1"]


@pytest.mark.parametrize(
    ("peer", "said", "scheme", "expected"),
    [
        ("192.0.2.1", None, "http", False),
        ("192.0.2.1", None, "https", True),
        ("192.0.2.1", "https", "http", False),
        ("10.0.0.1", "https", "http", True),
        ("10.0.0.1", "http, https", "http", True),
        ("10.0.0.1", "https, http", "http", False),
        ("10.0.0.1", "http", "http", False),
        ("10.0.0.1", "HTTPSX", "http", False),
        ("10.0.0.1", None, "http", False),
    ],
)
def test_encryption_is_believed_when_it_is_seen_or_a_trusted_proxy_says_so(
    ashim: MakeClient, peer: str, said: str | None, scheme: str, *, expected: bool
) -> None:
    client = ashim(plain, trust_proxy="10.0.0.1")
    options: dict[str, Any] = {
        "headers": {} if said is None else {"X-Forwarded-Proto": said},
        "base_url": f"{scheme}://ashim.example",
        "environ_overrides": {"REMOTE_ADDR": peer},
    }
    response = client.http.get("/api/v1/health", **options)
    assert response.headers.get("Strict-Transport-Security") == (HSTS if expected else None)
    with client.http.application.test_request_context("/", **options):
        assert secure(client.core.config.trust_proxy) is expected


def test_refusals_over_tls_ask_for_tls_as_well(ashim: MakeClient) -> None:
    client = open_server(ashim)
    for path in ("/api/v1/teams", "/api/v1/nothing", "/nothing"):
        response = client.http.get(path, base_url="https://ashim.example")
        assert response.status_code in (401, 404)
        assert response.headers["Strict-Transport-Security"] == HSTS


@pytest.mark.parametrize("host", ["", "a b", "x/y", "localhost:abc", "a@b", "[::1", "%00"])
def test_any_host_is_answered(ashim: MakeClient, host: str) -> None:
    client = open_server(ashim)
    response = client.http.get("/api/v1/teams", headers=root(client).headers | {"Host": host})
    assert response.status_code == 200


def test_a_host_that_is_too_long_is_refused(ashim: MakeClient) -> None:
    client = open_server(ashim)
    response = client.http.get("/api/v1/teams", headers={"Host": "x" * 3000})
    assert refusal(response) == (400, "INVALID_REQUEST")
    assert len(response.data) < 1000
