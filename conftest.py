"""Fixtures for the tests of the core and of all tool packages."""

import gc
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
import skimage
import werkzeug.test
from argon2 import PasswordHasher
from werkzeug.routing import Rule

from ashim_core.identity import passwords

pytest_plugins = ["pytester"]

PHOTOS = Path(skimage.__file__).parent / "data"
"""Real photographs, free to use, that come inside scikit-image."""


gc.disable()  # until ten thousand tests are collected, of which none is garbage


def pytest_collection_finish() -> None:
    """Keep the garbage collector from looking at them again and again."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture
def photo() -> Path:
    """A colour photograph as JPEG, 1411 x 1411 pixels."""
    return PHOTOS / "retina.jpg"


@pytest.fixture(scope="session")
def photos() -> Path:
    """The folder of the photographs."""
    return PHOTOS


@pytest.fixture(autouse=True, scope="session")
def quick_hashes() -> Iterator[None]:
    """Hash passwords with the least work, and guess the one that most people here have but once.

    How much work a hash should be is for one test to see.
    """
    guesses = cache(passwords._guesses)
    usual = "correct horse battery"
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            passwords,
            "_guesses",
            lambda text, username: guesses(text, "" if text == usual else username),
        )
        patch.setattr(passwords, "_HASHER", hasher)
        patch.setattr(passwords, "_DUMMY", hasher.hash("nobody has this password"))
        yield


@pytest.fixture(autouse=True, scope="session")
def one_boundary() -> Iterator[None]:
    """Separate the parts of all forms alike: for every new boundary Werkzeug compiles patterns."""
    boundary = "---------------FormOfTheTests_5f0c2b7e"
    with pytest.MonkeyPatch.context() as patch:
        encode = partial(werkzeug.test.stream_encode_multipart, boundary=boundary)
        patch.setattr(werkzeug.test, "stream_encode_multipart", encode)
        yield


@pytest.fixture(autouse=True, scope="session")
def quick_routes() -> Iterator[None]:
    """Compile once what builds the address of a route: a quarter of the work of a new server.

    No address is ever built here; they are only matched.
    """
    compile_builder = Rule._compile_builder
    compiled: dict[tuple[str, bool], Callable[..., Any]] = {}

    def once(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        key = (rule.rule, append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", once)
        yield
