"""No worker ever loads a plugin of the server, which may be of any weight and have secrets."""

import sys

from tests.extensions.conftest import Extended


def test_a_worker_has_the_tools_of_a_package_and_not_its_routes(extended: Extended) -> None:
    client = extended("toy-api", "toy-notes", "toy-bad", workers=True)
    answer = client.http.post("/api/v1/tools/toy-modules")
    assert answer.status_code == 200, answer.text
    found = set(answer.get_json()["modules"])
    ours = {"toy_api", "toy_notes", "toy_bad", "flask", "ashim_core.extension"}
    assert ours <= sys.modules.keys()
    assert {"toy_paint", "toy_modules"} <= found
    assert not ours & found
