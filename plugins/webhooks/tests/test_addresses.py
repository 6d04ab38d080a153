"""Where webhooks may go: to public addresses alone, and to the very one that was looked at."""

import socket
from typing import Any

import pytest
from ashim_webhooks.addresses import Unreachable, address_of
from ashim_webhooks.config import WebhooksConfig
from ashim_webhooks.sending import send
from pydantic import ValidationError

from tests.receivers import Receiver


def named(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Have every name lead to addresses, one list after the other; give the names asked for."""
    asked: list[str] = []
    left = list(answers)

    def look_up(host: str, port: int, **_: Any) -> Any:
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1"),
        *("::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "2002:7f00:1::"),
        *("64:ff9b::7f00:1", "64:ff9b::a00:1", "fe80::1%eth0", "2001:db8::1", "::127.0.0.1"),
        *("fec0::1", "4000::1", "64:ff9b:1::a00:1", "192.88.99.1", "192.0.0.8"),
    ],
)
def test_what_is_not_public_is_not_reached(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    named(monkeypatch, [address])
    with pytest.raises(Unreachable, match="that isn't public"):
        address_of("hook.example", 80, ())


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_what_is_public_is(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    named(monkeypatch, [address])
    assert address_of("hook.example", 443, ()) == address


def test_one_private_address_among_others_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch, ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(Unreachable, match="that isn't public"):
        address_of("hook.example", 80, ())


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost"])
def test_odd_spellings_are_the_same_address(host: str) -> None:
    with pytest.raises(Unreachable, match="that isn't public"):
        address_of(host, 80, ())


def test_names_that_lead_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unreachable, match="can't be looked up"):
        address_of("a" * 64 + ".example", 80, ())
    named(monkeypatch, [])
    with pytest.raises(Unreachable, match="has no address"):
        address_of("hook.example", 80, ())


def test_networks_that_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASHIM_WEBHOOKS_ALLOW", "10.0.0.0/8, 127.0.0.1")
    allow = WebhooksConfig().allow
    named(monkeypatch, ["10.1.2.3"])
    assert address_of("hook.example", 80, allow) == "10.1.2.3"
    named(monkeypatch, ["::ffff:10.1.2.3"])
    assert address_of("hook.example", 80, allow) == "::ffff:a01:203"
    named(monkeypatch, ["192.168.1.1"])
    with pytest.raises(Unreachable):
        address_of("hook.example", 80, allow)
    monkeypatch.setenv("ASHIM_WEBHOOKS_ALLOW", "private")
    assert address_of("hook.example", 80, WebhooksConfig().allow) == "192.168.1.1"


def test_the_address_that_was_looked_at_is_the_one_that_is_asked(
    monkeypatch: pytest.MonkeyPatch, there: Receiver
) -> None:
    """The second answer of a name server that changes its mind would be another one."""
    asked = named(monkeypatch, ["127.0.0.1"], ["10.255.255.1"])
    config = WebhooksConfig.model_validate({"allow": "127.0.0.0/8"})
    answer = send(f"http://hook.example:{there.port}/x", "{}", {}, config)
    assert answer.status == 200
    assert asked == ["hook.example"]
    (came,) = there.came
    assert came.headers["host"] == f"hook.example:{there.port}"


def test_no_proxy_of_the_environment_is_asked(
    monkeypatch: pytest.MonkeyPatch, there: Receiver
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    config = WebhooksConfig.model_validate({"allow": "127.0.0.0/8"})
    assert send(there.url, "{}", {}, config).status == 200


def test_a_receiver_that_nobody_vouches_for_is_not_told(there: Receiver) -> None:
    config = WebhooksConfig.model_validate({"allow": "127.0.0.0/8"})
    with pytest.raises(Unreachable, match="No answer came from 127"):
        send(there.url.replace("http:", "https:"), "{}", {}, config)
    assert not there.came


@pytest.mark.parametrize(
    ("name", "value"),
    [("allow", "hook.example"), ("retry_s", "soon"), ("retry_s", "-1"), ("retry_s", "1e9")],
)
def test_what_cannot_be_meant_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValidationError):
        WebhooksConfig.model_validate({name: value})
