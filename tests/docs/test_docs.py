"""The documentation says what the code does."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from ashim_core.discovery import FIRST_PARTY, Sources, discover

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)")


def load(name: str) -> ModuleType:
    """Import a script of the docs folder, which is no package."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATE, INCLUDE = load("generate"), load("include")


@pytest.mark.parametrize("name", GENERATE.PAGES)
def test_reference_pages_are_up_to_date(name: str) -> None:
    written = (DOCS / "reference" / name).read_text()
    assert written == GENERATE.PAGES[name](), "run: ./run docs"


@pytest.mark.parametrize("page", INCLUDE.pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_code_in_pages_is_the_tested_code(page: Path) -> None:
    text = page.read_text()
    assert text == INCLUDE.included(text), "run: ./run docs"


@pytest.mark.parametrize("page", INCLUDE.pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in _LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), f"{target} is not there"


def test_every_tool_has_a_test_file_of_its_name() -> None:
    registry, _ = discover(Sources(packages=FIRST_PARTY))
    tests = {path.stem for path in ROOT.glob("plugins/*/tests/test_*.py")}
    for tool in registry:
        assert f"test_{tool.id.replace('-', '_')}" in tests


def test_every_setting_of_every_tool_is_named_in_its_tests() -> None:
    registry, _ = discover(Sources(packages=FIRST_PARTY))
    for tool in registry:
        (path,) = ROOT.glob(f"plugins/*/tests/test_{tool.id.replace('-', '_')}.py")
        text = path.read_text()
        for name, field in tool.settings.model_fields.items():
            assert name in text or str(field.alias) in text, f"{tool.id}: {name} is not tested"
