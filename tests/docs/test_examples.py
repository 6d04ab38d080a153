"""Examples stand in the packages of their tools, and what is wrong there is said."""

import tomllib
from pathlib import Path

import pytest

from ashim_core.discovery import Sources, discover
from docs._make.drawings import CHART, LOGO
from docs._make.examples import EXAMPLES, NAME, Example, read
from docs._make.packages import FILES, NAMES

REGISTRY, _ = discover(Sources(packages=NAMES))
BESIDE = [path.with_name(NAME) for path in FILES if path.with_name(NAME).exists()]


def strangers(path: Path) -> set[str]:
    """Give what a package has examples of that is none of its tools."""
    package = tomllib.loads(path.with_name("pyproject.toml").read_text())["project"]["name"]
    own = {tool.id for tool in REGISTRY if REGISTRY.provenance(tool).distribution == package}
    return {*read(path)} - own


def written(folder: Path, text: str) -> Path:
    """Write the examples of a package that is named as one that is there."""
    package = folder / "plugins" / "mine"
    package.mkdir(parents=True)
    (package / "pyproject.toml").write_text('[project]\nname = "ashim-essentials"\n')
    path = package / NAME
    path.write_text(text)
    return path


@pytest.mark.parametrize("path", BESIDE, ids=lambda path: path.parent.name)
def test_examples_are_of_the_tools_of_their_package(path: Path) -> None:
    assert strangers(path) == set()


def test_examples_in_the_wrong_place_are_found_out(tmp_path: Path) -> None:
    path = written(tmp_path, "[[rotate]]\n[[pixelate]]\n[[gone]]\n")
    assert strangers(path) == {"pixelate", "gone"}


def test_no_other_file_has_examples() -> None:
    root = Path(__file__).parents[2]
    assert sorted(root.glob(f"plugins/**/{NAME}")) == BESIDE
    assert sum(len(read(path)) for path in BESIDE) == len(EXAMPLES)


def test_an_example_is_read_with_its_pictures(tmp_path: Path) -> None:
    text = """
        [[rotate]]

        [[rotate]]
        settings = { angle = -12, flip = "none" }
        pictures = ["chart", "logo"]
        detail = [0, 0.5, 1, 0.25]

        [[convert]]
        told = { inspect = true }
        named = true
    """
    assert read(written(tmp_path, text)) == {
        "rotate": (
            Example(),
            Example({"angle": -12, "flip": "none"}, (CHART, LOGO), (0, 0.5, 1, 0.25)),
        ),
        "convert": (Example(told={"inspect": True}, named=True),),
    }


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('pictures = ["foto"]', "expected one of photo, portrait, drawing, logo, chart, from-"),
        ('pictures = "photo"', "expected a list for 'pictures' but received \"photo\"."),
        ("picture = []", "expected 'pictures' but received the unknown name 'picture'."),
        ("settings = 5", "expected an object for 'settings' but received 5."),
        ("detail = [0, 0.5, 1, 2]", "expected at most 1 for 'detail.3' but received 2."),
        ("detail = [0, 0.5, 1]", "expected a value for 'detail.3' but received nothing."),
        ("named = 1", "expected true or false for 'named' but received 1."),
    ],
)
def test_what_is_wrong_in_an_example_is_said_with_its_place(
    line: str, said: str, tmp_path: Path
) -> None:
    path = written(tmp_path, f"[[rotate]]\n{line}\n")
    with pytest.raises(RuntimeError) as raised:
        read(path)
    place = "the examples of rotate in plugins/mine/examples.toml: "
    assert str(raised.value).startswith(place + said)


def test_a_table_that_is_no_list_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "[rotate]\nnamed = true\n")
    with pytest.raises(RuntimeError, match=r"expected each of them to begin with \[\[rotate\]\]"):
        read(path)


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "[[rotate\n")
    with pytest.raises(RuntimeError, match=r"expected plugins/mine/examples\.toml to be TOML: "):
        read(path)
