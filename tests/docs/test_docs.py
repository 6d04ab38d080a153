"""The documentation says what the code does."""

import re
from pathlib import Path

import pytest

from ashim_core.discovery import Sources, discover
from docs._make import generate, include
from docs._make.packages import NAMES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ALL_PAGES = sorted([*include.pages(), *ROOT.glob("plugins/*/*.md")])
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#]*)(?:#([^)]+))?\)")
_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@pytest.mark.parametrize("name", generate.PAGES)
def test_reference_pages_are_up_to_date(name: str) -> None:
    written = (DOCS / "reference" / name).read_text()
    assert written == generate.PAGES[name](), "run: ./run docs"


@pytest.mark.parametrize("page", include.pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_code_in_pages_is_the_tested_code(page: Path) -> None:
    text = page.read_text()
    assert text == include.included(text), "run: ./run docs"


@pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link, heading in _LINK.findall(_FENCED.sub("", page.read_text())):
        target = page.parent / link if link else page
        assert target.exists(), f"{link} is not there"
        if heading:
            assert heading in headings(target), f"{link}#{heading} is not there"


def headings(page: Path) -> set[str]:
    """Give the names by which the headings of a page are linked to."""
    found = _HEADING.findall(_FENCED.sub("", page.read_text()))
    return {re.sub(r"[^\w -]", "", text).lower().replace(" ", "-") for text in found}


def test_a_heading_that_is_not_there_is_found_out() -> None:
    assert "the-way-of-a-request" in headings(DOCS / "explanation/architecture.md")
    assert "the-way-of-an-answer" not in headings(DOCS / "explanation/architecture.md")


def test_every_tool_has_a_test_file_of_its_name() -> None:
    registry, _ = discover(Sources(packages=NAMES))
    tests = {path.stem for path in ROOT.glob("plugins/*/tests/test_*.py")}
    for tool in registry:
        assert f"test_{tool.id.replace('-', '_')}" in tests


def test_every_setting_of_every_tool_is_named_in_its_tests() -> None:
    registry, _ = discover(Sources(packages=NAMES))
    for tool in registry:
        (path,) = ROOT.glob(f"plugins/*/tests/test_{tool.id.replace('-', '_')}.py")
        text = path.read_text()
        for name, field in tool.settings.model_fields.items():
            assert name in text or str(field.alias) in text, f"{tool.id}: {name} is not tested"
