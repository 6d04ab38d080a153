"""Fixtures for the tests of the core and of all tool packages."""

from pathlib import Path

import pytest
import skimage

pytest_plugins = ["pytester"]

PHOTOS = Path(skimage.__file__).parent / "data"
"""Real photographs, free to use, that come inside scikit-image."""


@pytest.fixture
def photo() -> Path:
    """A colour photograph as JPEG, 1411 x 1411 pixels."""
    return PHOTOS / "retina.jpg"


@pytest.fixture(scope="session")
def photos() -> Path:
    """The folder of the photographs."""
    return PHOTOS
