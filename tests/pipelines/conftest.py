"""The tools that the pipelines of these tests are made of."""

import pytest

from ashim_core.discovery import Sources, discover, module_source
from ashim_core.registry import Registry
from docs._make.packages import NAMES
from tests.data import experimental, plain


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The tools of ashim itself, and well-behaved ones of every shape."""
    modules = (module_source(plain), module_source(experimental))
    found, _ = discover(Sources(packages=NAMES, modules=modules))
    return found
