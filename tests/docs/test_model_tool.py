"""The tool with a model that the documentation shows does what its page says."""

import io
from pathlib import Path

import numpy as np
import pytest
import pyvips

from ashim_core.plugin import ModelNotInstalled
from ashim_core.testing import MakeClient, ToolClient, check_tool
from tests.data import film

MATRIX = np.array([[0.9, 0.1, 0.0], [0.05, 0.9, 0.05], [0.0, 0.2, 0.8]])
COLOUR = [200, 100, 0]
RED = pyvips.Image.black(30, 600).new_from_image(COLOUR).copy(interpretation="srgb")


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(film)


@pytest.fixture
def model(client: ToolClient) -> Path:
    """The file where its tool looks for it, as it was declared."""
    content = io.BytesIO()
    np.save(content, MATRIX)
    path = film.PRINT_FILM.path(client.core.config.models_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(content.getvalue())
    return path


def test_it_says_what_is_missing(client: ToolClient) -> None:
    assert client.refusal("film-look", RED) == (501, "MODEL_NOT_INSTALLED")
    with pytest.raises(ModelNotInstalled):
        check_tool(client.core.registry.find("film-look"))


@pytest.mark.usefixtures("model")
def test_it_keeps_the_rules(client: ToolClient) -> None:
    check_tool(client.core.registry.find("film-look"), client.core.registry.host)


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize(
    ("strength", "colour"), [(1, [190, 100, 20]), (0.5, [195, 100, 10]), (0, COLOUR)]
)
def test_its_setting_is_seen_in_the_pixels(
    client: ToolClient, strength: float, colour: list[int]
) -> None:
    image = client.run("film-look", RED, strength=strength)
    assert (image.width, image.height) == (30, 600)
    assert image(0, 0) == image(29, 599) == colour


@pytest.mark.usefixtures("model")
def test_it_runs_in_a_worker_and_says_which_film_it_is(
    ashim: MakeClient, client: ToolClient
) -> None:
    models = client.core.config.models_path
    worker = ashim(film, workers=True, ASHIM_MODELS_DIR=models)
    response = worker.post("film-look", RED)
    assert response.status_code == 200
    assert response.headers["X-Ashim-Facts"] == '{"film":"print-film"}'
