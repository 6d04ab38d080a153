"""What a page for signing in can ask, before anybody has."""

import io
from typing import Any

import pytest

from ashim_core.policy import operator
from ashim_core.testing import MakeClient, ToolClient, sample
from tests.data import plain
from tests.web.people import Person, ask, open_server, root

PATH = "/api/v1/config/auth"
STRANGER = "192.0.2.1"


@pytest.fixture
def server(ashim: MakeClient) -> ToolClient:
    return open_server(ashim)


def config(client: ToolClient) -> Any:
    answer = ask(client, "GET", PATH, address=STRANGER)
    assert answer.status_code == 200, answer.text
    return answer.json


def set_logo(admin: Person) -> None:
    answer = admin.client.http.post(
        "/api/v1/branding/logo",
        data={"file": (io.BytesIO(sample("rgb")), "logo.png")},
        headers=admin.headers,
    )
    assert answer.status_code == 200, answer.text


def test_strangers_learn_this_and_nothing_else(server: ToolClient) -> None:
    assert config(server) == {
        "authEnabled": True,
        "appName": "ashim",
        "defaultTheme": "light",
        "defaultLocale": "en",
        "logoUrl": None,
    }


def test_what_administrators_set_is_told_at_once(server: ToolClient) -> None:
    wishes = {"appName": "Bilder", "defaultTheme": "dark", "defaultLocale": "de-AT"}
    assert root(server)("PUT", "/api/v1/settings", wishes).status_code == 200
    assert config(server) == {"authEnabled": True, "logoUrl": None, **wishes}


def test_the_address_of_the_logo_is_there_while_it_is(server: ToolClient) -> None:
    admin = root(server)
    set_logo(admin)
    address = config(server)["logoUrl"]
    with ask(server, "GET", address, address=STRANGER) as logo:
        assert (logo.status_code, logo.mimetype) == (200, "image/png")
    admin("DELETE", "/api/v1/branding/logo")
    assert config(server)["logoUrl"] is None


def test_the_address_is_right_behind_a_prefix(ashim: MakeClient) -> None:
    client = ashim(plain, root_path="/pictures")
    client.core.preferences.note_logo(operator(), there=True)
    answer: Any = client.http.get(f"/pictures{PATH}").json
    assert answer["logoUrl"] == "/pictures/api/v1/branding/logo"
