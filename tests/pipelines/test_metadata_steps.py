"""Tools that change what is written in a file, as steps among tools that change its pixels."""

import json

import pytest
import pyvips

from ashim_core.testing import ToolClient
from ashim_core.testing.samples import oriented, scene
from tests.web.test_second_pictures import post

PHOTO = oriented(scene(), 6).jpegsave_buffer(Q=95)  # to be seen as 48 x 32


@pytest.mark.parametrize("place", [0, 1])
def test_metadata_are_stripped_before_or_after_a_step(everything: ToolClient, place: int) -> None:
    steps = [{"toolId": "resize", "settings": {"width": 16}}]
    steps.insert(place, {"toolId": "strip-metadata", "settings": {}})
    answer = post(everything, "pipeline/execute", ("file", PHOTO), pipeline=json.dumps(steps))
    assert answer.status_code == 200, answer.text
    picture = pyvips.Image.new_from_buffer(answer.data, "")
    assert (picture.width, picture.height) == (16, 11)


def test_a_report_can_only_be_the_last_step(everything: ToolClient) -> None:
    look = {"toolId": "strip-metadata", "settings": {"inspect": True}}
    steps = json.dumps([look, {"toolId": "resize", "settings": {"width": 16}}])
    answer = post(everything, "pipeline/execute", ("file", PHOTO), pipeline=steps)
    assert (answer.status_code, answer.json["code"]) == (400, "VALIDATION_ERROR")
    assert "gives a report with these settings" in answer.json["error"]
