"""The page of the author's API has every name, and something to say of each."""

import re

import pytest

from ashim_core import plugin
from docs._make.author_api import author_api

PARTS = dict(re.findall(r"^## (\w+)\n\n(.*?)(?=^## |\Z)", author_api(), re.MULTILINE | re.DOTALL))
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def test_it_has_all_that_can_be_imported() -> None:
    assert PARTS.keys() == set(plugin.__all__)


@pytest.mark.parametrize("name", plugin.__all__)
def test_every_name_is_described(name: str) -> None:
    assert len(_CODE.sub("", PARTS[name]).strip()) > 20


def test_members_are_a_list() -> None:
    assert "- `cancelled`: True once nobody waits for the result any more.\n" in PARTS["Work"]
    assert "- `lane`: `fast` for pictures" in PARTS["Tool"]
    assert "- `says`" not in PARTS["ImageTool"]
    assert '    *,\n    animation="each",\n' in PARTS["ImageTool"]
    assert "- `loop`: how often it plays, 0 is for ever.\n" in PARTS["Animation"]
