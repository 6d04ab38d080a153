"""Fixtures of the tests of the documentation."""

from collections.abc import Iterator

import pytest

from docs._make.stage import Stage, open_stage


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """All tools of this repository; their examples run once."""
    with open_stage() as stage:
        yield stage
