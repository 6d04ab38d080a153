"""Pages as packages: files with the right headers, one page for all addresses, no API in it."""

import gzip
from typing import Any

import pytest

from ashim_core.testing import ToolClient
from tests.extensions.conftest import PACKAGES, Extended, fate

INDEX = (PACKAGES / "toy-pages" / "static" / "index.html").read_text()
HASHED = "/assets/toy/main-0a1b2c3d.js"


@pytest.fixture
def client(extended: Extended) -> ToolClient:
    return extended("toy-pages")


@pytest.mark.parametrize(
    "path", ["/", "/tools/resize", "/a/b/c.txt", "/apiary", "/help", "/help/x"]
)
def test_every_address_below_its_mount_is_the_page(client: ToolClient, path: str) -> None:
    answer = client.http.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert answer.text == INDEX.replace("%BASE%", "/")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-cache"
    again = client.http.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/", "/api/v1/nothing", "/api/nothing/at/all", "/assets/toy/no.js", "/assets/x"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_api_keeps_its_own_404(client: ToolClient, path: str, method: str) -> None:
    answer = client.http.open(path, method=method)
    assert answer.status_code in (404, 405)
    assert answer.get_json()["code"] in ("NOT_FOUND", "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("path", ["/healthz", "/llms.txt", "/api/docs", "/api/v1/health"])
def test_what_the_core_answers_it_goes_on_answering(client: ToolClient, path: str) -> None:
    assert "Toy" not in client.http.get(path).text


def test_what_is_no_question_is_no_page(client: ToolClient) -> None:
    for method in ("POST", "PUT", "DELETE"):
        answer = client.http.open("/somewhere", method=method)
        assert (answer.status_code, answer.mimetype) == (405, "application/json")


def test_files_whose_name_says_what_is_in_them_are_kept_for_ever(client: ToolClient) -> None:
    with client.http.get(HASHED) as answer:
        assert answer.mimetype == "text/javascript"
        assert answer.cache_control.immutable
        assert answer.cache_control.public
        assert answer.cache_control.max_age == 365 * 86_400
    with client.http.get("/assets/toy/look.css") as answer:
        assert answer.mimetype == "text/css"
        assert not answer.cache_control.immutable
        tag = answer.headers["ETag"]
    with client.http.get("/assets/toy/look.css", headers={"If-None-Match": tag}) as again:
        assert again.status_code == 304


def test_what_is_packed_already_is_sent_so(client: ToolClient, tmp_path: Any) -> None:
    (site,) = [one.thing for one in client.core.extensions.sites if one.thing.name == "toy"]
    packed = site.folder / "look.css.gz"
    packed.write_bytes(gzip.compress(b"h1 { color: red }"))
    try:
        with client.http.get("/assets/toy/look.css", headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert (answer.mimetype, answer.headers["Vary"]) == ("text/css", "Accept-Encoding")
            assert gzip.decompress(answer.data) == b"h1 { color: red }"
        with client.http.get("/assets/toy/look.css") as answer:
            assert "Content-Encoding" not in answer.headers
            assert b"rgb" in answer.data
    finally:
        packed.unlink()


@pytest.mark.parametrize(
    "path", ["../toy_pages.py", "..%2ftoy_pages.py", "/etc/passwd", "%00", "."]
)
def test_nothing_but_its_files_is_given(client: ToolClient, path: str) -> None:
    answer = client.http.get(f"/assets/toy/{path}")
    assert (answer.status_code, answer.mimetype) == (404, "application/json")


def test_a_panel_is_in_the_description_of_its_tool(client: ToolClient) -> None:
    tools: Any = client.http.get("/api/v1/tools").get_json()["tools"]
    panels = {tool["id"]: tool["panel"] for tool in tools}
    assert panels["same"] == "/assets/panel-same/panel.js"
    assert panels["mirror"] is None
    assert client.http.get("/api/v1/tools/same").get_json()["panel"] == panels["same"]
    with client.http.get(panels["same"]) as answer:
        assert b"HTMLElement" in answer.data


def test_below_a_prefix_all_of_it_is_there_too(extended: Extended) -> None:
    client = extended("toy-pages", root_path="/pictures")
    assert '<base href="/pictures/">' in client.http.get("/pictures/anything").text
    with client.http.get(f"/pictures{HASHED}") as answer:
        assert answer.status_code == 200
    tool = client.http.get("/pictures/api/v1/tools/same").get_json()
    assert tool["panel"] == "/pictures/assets/panel-same/panel.js"
    assert client.http.get("/pictures/api/v1/nothing").mimetype == "application/json"


def test_without_a_page_the_root_leads_to_the_reference(extended: Extended) -> None:
    client = extended()
    assert client.http.get("/").headers["Location"] == "/api/docs"
    assert client.http.get("/tools/resize").status_code == 404


def test_pages_are_for_everybody_and_say_nothing_private(extended: Extended) -> None:
    client = extended("toy-pages", auth_enabled=True)
    assert client.http.get("/files").status_code == 200
    assert client.http.get("/api/v1/files").status_code == 401
    assert fate(client, "toy-pages").status == "loaded"
