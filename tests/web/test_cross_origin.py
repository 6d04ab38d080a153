"""What pages of other sites may do here, and what every answer tells the browser."""

import io
import itertools
from typing import Any

import pytest
from flask import Flask
from pydantic import ValidationError

from ashim_core.config import Config
from ashim_core.testing import MakeClient, ToolClient, sample
from ashim_core.web.permissions import requires
from tests.data import plain
from tests.web.people import Headers, ask, open_server, refusal, root

TEAMS = "/api/v1/teams"
PAGE = "https://pages.example"
OTHER = "http://localhost:3000"
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cache-Control": "no-store",
}
_numbers = itertools.count()


def cors_headers(answer: Any) -> dict[str, str]:
    """Give the headers of an answer that let other sites read it."""
    return {
        name: value
        for name, value in answer.headers.items()
        if name.lower().startswith("access-control-")
    }


def preflight(client: ToolClient, origin: str, path: str = TEAMS, method: str = "POST") -> Any:
    """Ask as browsers do before a page of `origin` may send a request with a token."""
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    return ask(client, "OPTIONS", path, headers=asked)


def new_team(client: ToolClient, headers: Headers) -> Any:
    """Try to change something."""
    return ask(client, "POST", TEAMS, {"name": f"team {next(_numbers)}"}, headers=headers)


@pytest.mark.parametrize("auth_enabled", [True, False])
def test_by_default_no_other_site_reads_anything(ashim: MakeClient, auth_enabled: bool) -> None:
    client = open_server(ashim, auth_enabled=auth_enabled)
    for path in ("/api/v1/health", TEAMS, "/api/v1/openapi.json", "/healthz", "/nothing"):
        assert cors_headers(ask(client, "GET", path, headers={"Origin": PAGE})) == {}
        assert cors_headers(preflight(client, PAGE, path)) == {}


@pytest.mark.parametrize("auth_enabled", [True, False])
@pytest.mark.parametrize("origin", [PAGE, OTHER])
def test_pages_of_an_allowed_origin_may_ask(
    ashim: MakeClient, auth_enabled: bool, origin: str
) -> None:
    client = open_server(ashim, auth_enabled=auth_enabled, cors_origin=f"{PAGE}, {OTHER}")
    answer = preflight(client, origin)
    assert answer.status_code == 200
    told = cors_headers(answer)
    assert told["Access-Control-Allow-Origin"] == origin
    assert told["Access-Control-Allow-Headers"] == "authorization, content-type"
    assert {"POST", "PUT", "DELETE"} <= set(told["Access-Control-Allow-Methods"].split(", "))
    assert told["Access-Control-Max-Age"] == "3600"
    assert "Access-Control-Allow-Credentials" not in told
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("path", ["/api/v1/tools/same", "/api/auth/login", "/api/v1/settings/logo"])
def test_preflights_pass_on_every_address_of_the_api(ashim: MakeClient, path: str) -> None:
    client = open_server(ashim, cors_origin=PAGE)
    answer = preflight(client, PAGE, path)
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE


def test_a_preflight_changes_nothing_and_tells_nothing(ashim: MakeClient) -> None:
    client = open_server(ashim, cors_origin=PAGE)
    admin = root(client)
    answers = [preflight(client, PAGE, f"{TEAMS}/default-team-00000000", "DELETE")]
    answers.append(preflight(client, PAGE, "/api/v1/settings", "PUT"))
    assert [(answer.status_code, answer.data) for answer in answers] == [(200, b"")] * 2
    assert len(admin("GET", TEAMS).json["teams"]) == 1


def test_an_allowed_page_reads_answers_and_refusals(ashim: MakeClient) -> None:
    client = open_server(ashim, cors_origin=PAGE)
    admin = root(client)
    said = admin.headers | {"Origin": PAGE}
    answers = [
        ask(client, "GET", TEAMS, headers=said),
        ask(client, "GET", TEAMS, headers={"Origin": PAGE}),
        ask(client, "GET", "/api/v1/nothing", headers=said),
        ask(client, "POST", TEAMS, {"name": ""}, headers=said),
    ]
    assert [answer.status_code for answer in answers] == [200, 401, 404, 400]
    for answer in answers:
        told = cors_headers(answer)
        assert told["Access-Control-Allow-Origin"] == PAGE
        assert {"X-Job-Id", "X-Request-Id"} <= set(
            told["Access-Control-Expose-Headers"].split(", ")
        )
        assert "Access-Control-Allow-Credentials" not in told


def test_a_page_may_send_every_header_that_means_something_here(ashim: MakeClient) -> None:
    client = open_server(ashim, cors_origin=PAGE)
    names = [
        "authorization",
        "prefer",
        "idempotency-key",
        "last-event-id",
        "range",
        "if-none-match",
    ]
    asked = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": ", ".join(names),
    }
    told = ask(client, "OPTIONS", TEAMS, headers=asked).headers["Access-Control-Allow-Headers"]
    assert set(told.split(", ")) == set(names)


BROWSERS_OWN = {
    *("Cache-Control", "Content-Length", "Content-Type", "Last-Modified", "Date", "Vary"),
    *("Connection", "Expires", "Strict-Transport-Security"),
}
"""What every script may read, or what is for the browser and for caches alone."""


def test_a_page_may_read_every_header_of_the_api(ashim: MakeClient) -> None:
    client = open_server(ashim, cors_origin=PAGE, rate_limit_per_min=20)
    said = root(client).headers | {"Origin": PAGE}
    json = {"Accept": "application/json"}
    run, batch = "/api/v1/tools/same", "/api/v1/tools/same/batch"

    def post(path: str, **headers: str) -> Any:
        data = {"file": (io.BytesIO(sample("rgb")), "a.png")}
        return client.http.post(path, data=data, headers=said | headers)

    kept = post(run, **json)
    link = kept.json["downloadUrl"]
    answers = [kept, post(run), post(batch), post(run, Prefer="respond-async")]
    answers += [post(run, **{"Idempotency-Key": "a"}) for _ in range(2)]
    answers += [client.http.get(link, headers=said | {"Range": text}) for text in ("bytes=0-1", "")]
    answers += [ask(client, "GET", TEAMS, headers={"Origin": PAGE})]
    answers += [ask(client, "DELETE", "/api/v1/health", headers=said)]
    while answers[-1].status_code != 429:
        answers.append(ask(client, "GET", "/api/v1/health", headers=said))
    assert {answer.status_code for answer in answers} == {200, 202, 206, 401, 405, 429}
    told = set(answers[0].headers["Access-Control-Expose-Headers"].split(", "))
    own = BROWSERS_OWN | SAFE_HEADERS.keys()
    for answer in answers:
        answer.close()
        names = {name for name, _ in answer.headers if "Access-Control" not in name}
        assert names - own <= told


@pytest.mark.parametrize(
    "origin",
    [
        "https://pages.example.attacker.example",
        "https://xpages.example",
        "https://pagesxexample",
        "https://sub.pages.example",
        "http://pages.example",
        "https://pages.example:8443",
        "https://pages.example/",
        "null",
        "*",
        "file://",
        "",
    ],
)
def test_only_exactly_this_origin_is_allowed(ashim: MakeClient, origin: str) -> None:
    client = open_server(ashim, cors_origin=f"{PAGE}, {OTHER}")
    for answer in (
        preflight(client, origin),
        ask(client, "GET", "/api/v1/health", headers={"Origin": origin}),
    ):
        assert cors_headers(answer) == {}


@pytest.mark.parametrize("origin", ["http://[::1]:3000", "https://xn--bcher-kva.example"])
def test_any_kind_of_host_can_be_allowed(ashim: MakeClient, origin: str) -> None:
    client = open_server(ashim, cors_origin=origin)
    assert preflight(client, origin).headers.get("Access-Control-Allow-Origin") == origin
    for other in ("http://::3000", "http://1:3000", "http://[::2]:3000"):
        assert cors_headers(preflight(client, other)) == {}


def test_what_is_not_the_api_is_read_by_no_other_site(ashim: MakeClient) -> None:
    client = open_server(ashim, cors_origin=PAGE)
    for path in ("/healthz", "/llms.txt", "/nothing"):
        assert cors_headers(ask(client, "GET", path, headers={"Origin": PAGE})) == {}


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "https://*.example",
        "https://pages.example/",
        "https://pages.example/path",
        "https://pages.example?x",
        "pages.example",
        "null",
        "file://pages.example",
        "https://",
        f"{PAGE}, *",
    ],
)
def test_an_origin_that_is_not_exact_stops_the_start(origin: str) -> None:
    given: dict[str, Any] = {"cors_origin": origin}
    with pytest.raises(ValidationError, match="expected origins such as"):
        Config(**given)


CHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", TEAMS, {"json": {"name": "Research"}}),
    ("PUT", "/api/v1/settings", {"json": {"appName": "Bilder"}}),
    ("DELETE", "/api/v1/branding/logo", {}),
    ("POST", "/api/v1/tools/write", {"json": {"text": "a"}}),
]
FOREIGN: list[Headers] = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://attacker.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://localhost.attacker.example"},
    {"Origin": "http://localhost:3000"},
    {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://attacker.example", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "http://["},
    {"Origin": "http://localhost@attacker.example"},
    {"Sec-Fetch-Site": "whatever"},
]
OWN: list[Headers] = [
    {},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Origin": "http://localhost"},
    {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
]


@pytest.mark.parametrize("said", FOREIGN, ids=str)
def test_where_nobody_signs_in_pages_of_other_sites_change_nothing(
    client: ToolClient, said: Headers
) -> None:
    for method, path, _ in CHANGES:
        assert refusal(ask(client, method, path, {}, headers=said)) == (403, "CROSS_ORIGIN")
    assert len(ask(client, "GET", TEAMS).json["teams"]) == 1


@pytest.mark.parametrize("said", OWN, ids=str)
def test_where_nobody_signs_in_programs_and_own_pages_may_change_things(
    client: ToolClient, said: Headers
) -> None:
    statuses = []
    for method, path, options in CHANGES:
        with client.http.open(path, method=method, headers=said, **options) as answer:
            statuses.append(answer.status_code)
    assert statuses == [201, 200, 200, 200]


def test_a_form_on_another_site_sends_no_picture(client: ToolClient) -> None:
    data = {"file": (io.BytesIO(sample("rgb")), "a.png")}
    said = {"Sec-Fetch-Site": "cross-site"}
    answer = client.http.post("/api/v1/tools/same", data=data, headers=said)
    assert refusal(answer) == (403, "CROSS_ORIGIN")


@pytest.mark.parametrize("said", FOREIGN, ids=str)
def test_reading_is_not_refused(client: ToolClient, said: Headers) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        answer = ask(client, method, "/api/v1/health", headers=said)
        assert (answer.status_code, cors_headers(answer)) == (200, {})


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_where_nobody_signs_in_an_allowed_origin_may_change_things(
    ashim: MakeClient, site: str
) -> None:
    client = ashim(plain, cors_origin=PAGE)
    said = {"Origin": PAGE, "Sec-Fetch-Site": site}
    assert new_team(client, said).status_code == 201
    said["Origin"] = OTHER
    assert refusal(new_team(client, said)) == (403, "CROSS_ORIGIN")


def at(client: ToolClient, method: str, path: str, host: str, **options: Any) -> Any:
    """Send a request as a page that was loaded under the name `host` does."""
    said = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    return ask(client, method, path, headers=said, **options)


@pytest.mark.parametrize(
    "host",
    [
        "rebound.example",
        "rebound.example:1349",
        "localhost.rebound.example",
        "127.0.0.1.rebound.example",
        "rebound.example.",
        "x.local.rebound.example",
        "notlocal.example",
    ],
)
def test_where_nobody_signs_in_a_name_that_leads_here_by_chance_is_refused(
    client: ToolClient, host: str
) -> None:
    for method, path, body in (
        ("GET", TEAMS, None),
        ("GET", "/api/v1/settings", None),
        ("GET", "/api/v1/tools", None),
        ("POST", TEAMS, {"name": "Research"}),
        ("DELETE", "/api/v1/branding/logo", None),
    ):
        answer = at(client, method, path, host, body=body)
        assert refusal(answer) == (403, "CROSS_ORIGIN"), f"{method} {path}"
        assert "ASHIM_ALLOWED_HOSTS" in answer.json["message"]
    assert at(client, "GET", "/api/v1/health", host).status_code == 200
    assert len(ask(client, "GET", TEAMS).json["teams"]) == 1


@pytest.mark.parametrize(
    "host",
    [
        "localhost:1349",
        "127.0.0.1:1349",
        "[::1]:1349",
        "192.168.1.5",
        "[2001:db8::1]:1349",
        "nas",
        "NAS.local:1349",
        "ashim.home.arpa",
        "ashim.localhost",
        "pictures.internal",
        "ashim.lan",
        "ashim.home:1349",
        "NAS.localdomain",
    ],
)
def test_where_nobody_signs_in_addresses_and_private_names_are_answered(
    client: ToolClient, host: str
) -> None:
    assert at(client, "GET", TEAMS, host).status_code == 200
    assert at(client, "POST", TEAMS, host, body={"name": "Research"}).status_code == 201


def test_the_operator_says_by_which_other_names_the_server_is_known(ashim: MakeClient) -> None:
    client = ashim(plain, allowed_hosts="pictures.example, other.example")
    for host in ("pictures.example", "PICTURES.example:8443", "other.example"):
        assert at(client, "GET", TEAMS, host).status_code == 200
    for host in ("sub.pictures.example", "pictures.example.org", "rebound.example"):
        assert refusal(at(client, "GET", TEAMS, host)) == (403, "CROSS_ORIGIN")


def test_where_people_sign_in_any_name_is_answered(ashim: MakeClient) -> None:
    client = open_server(ashim)
    said = root(client).headers | {"Host": "pictures.example"}
    assert ask(client, "GET", TEAMS, headers=said).status_code == 200


def test_whoever_sends_a_token_is_no_other_site(ashim: MakeClient) -> None:
    client = open_server(ashim)
    admin = root(client)
    for said in FOREIGN:
        assert new_team(client, admin.headers | said).status_code == 201
        assert refusal(new_team(client, said)) == (401, "AUTH_REQUIRED")


def add_broken_route(app: Flask) -> None:
    """Add an address whose view fails in a way that nobody foresaw."""

    @requires("public:read")
    def broken() -> str:
        raise ZeroDivisionError("secret")

    app.add_url_rule("/api/v1/broken", view_func=broken)


def test_every_answer_tells_the_browser_to_be_careful(ashim: MakeClient) -> None:
    client = open_server(ashim, rate_limit_per_min=20)
    add_broken_route(client.http.application)
    admin = root(client)
    user = admin.register("user")
    large = {"Content-Type": "application/json"} | admin.headers
    answers = {
        200: admin("GET", "/api/v1/health"),
        201: admin("POST", TEAMS, {"name": "Research"}),
        302: ask(client, "GET", "/"),
        400: admin("POST", TEAMS, {}),
        401: ask(client, "GET", TEAMS),
        403: user("GET", "/api/v1/audit-log"),
        404: ask(client, "GET", "/nothing"),
        405: ask(client, "DELETE", "/api/v1/health"),
        409: admin("POST", TEAMS, {"name": "Default"}),
        413: client.http.post(TEAMS, data=bytes(3 * 1024 * 1024), headers=large),
        415: client.http.post(TEAMS, data=b"a", headers=admin.headers),
        500: admin("GET", "/api/v1/broken"),
    }
    while 429 not in answers:
        answer = ask(client, "GET", "/api/v1/health")
        answers[answer.status_code] = answer
    assert {status: answer.status_code for status, answer in answers.items()} == {
        status: status for status in answers
    }
    for status, answer in answers.items():
        told = {name: answer.headers.get(name) for name in SAFE_HEADERS}
        assert told == SAFE_HEADERS, status
        assert len(answer.headers["X-Request-Id"]) == 16
        assert "Server" not in answer.headers
        assert "Set-Cookie" not in answer.headers
    assert "secret" not in answers[500].text


def test_pictures_and_documents_are_as_careful(client: ToolClient) -> None:
    for response in (
        client.post("same", sample("rgb")),
        client.post("same", sample("rgb"), accept="application/json"),
        client.http.get("/api/v1/openapi.yaml"),
        client.http.get("/llms.txt"),
    ):
        assert response.status_code == 200
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_the_page_of_the_api_runs_only_what_comes_from_here(client: ToolClient) -> None:
    policy = client.http.get("/api/docs").headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert (rules["default-src"], rules["script-src"]) == ("'none'", "'self'")
    assert (rules["frame-ancestors"], rules["connect-src"]) == ("'none'", "'self'")
