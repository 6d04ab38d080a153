"""A client that runs tools through the whole core: validation, engine, encoding, answers."""

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pyvips
from werkzeug.test import TestResponse

from ashim_core.config import Config
from ashim_core.core import Core
from ashim_core.discovery import Sources, module_source
from ashim_core.executors.executor import InlineExecutor
from ashim_core.registry import Registry
from ashim_core.server.build import build_core
from ashim_core.web.app import create_app

_DEFAULTS = {"strict_plugins": True, "auth_enabled": False, "rate_limit_per_min": 0}

Picture = pyvips.Image | bytes | Path
MakeClient = Callable[..., "ToolClient"]


class ToolClient:
    """Runs tools on pictures.

    core: the core behind it.  http: Flask's test client, for everything else.
    """

    def __init__(self, core: Core) -> None:
        self.core = core
        self.http = create_app(core).test_client()

    @property
    def registry(self) -> Registry:
        return self.core.registry

    def job_folders(self) -> list[Path]:
        """Give the folders of all jobs: of those that are kept, and of those being worked on."""
        data = self.core.config.data_dir
        work = data / "work" / self.core.jobs.work.instance
        return [*(data / "jobs").iterdir(), *work.iterdir()]

    def close(self) -> None:
        """Let go of the data folder and its database."""
        self.core.close()

    def post(
        self,
        tool: str,
        *pictures: Picture,
        accept: str = "*/*",
        name: str = "sample.png",
        **settings: Any,
    ) -> TestResponse:
        """Post pictures and settings (camelCase or snake_case) to a tool; give the raw answer."""
        data: dict[str, Any] = {
            "settings": json.dumps(settings),
            "file": [(io.BytesIO(encoded(picture)), name) for picture in pictures],
        }
        response = self.http.post(
            f"/api/v1/tools/{tool}",
            data=data,
            headers={"Accept": accept},
            content_type="multipart/form-data",
        )
        response.get_data()
        response.close()
        response.request.environ["wsgi.input"].close()  # Werkzeug spools large bodies to a file
        return response

    def run(self, tool: str, *pictures: Picture, **settings: Any) -> pyvips.Image:
        """Run a tool and give the decoded result: all frames, stacked, of an animation."""
        response = self.post(tool, *pictures, **settings)
        assert response.status_code == 200, f"expected a picture, got {response.text}"
        options: dict[str, Any] = {}
        if response.mimetype in ("image/gif", "image/webp", "image/tiff"):
            options["n"] = -1
        return pyvips.Image.new_from_buffer(response.data, "", **options)

    def refusal(self, tool: str, *pictures: Picture, **settings: Any) -> tuple[int, str]:
        """Run a tool that must refuse; give the status and the code of its answer."""
        response = self.post(tool, *pictures, **settings)
        assert response.json is not None, f"expected a refusal, got {response.mimetype}"
        return response.status_code, response.json["code"]


def encoded(picture: Picture) -> bytes:
    """Give the bytes of a picture: images become lossless PNG."""
    if isinstance(picture, pyvips.Image):
        return picture.pngsave_buffer()
    return picture.read_bytes() if isinstance(picture, Path) else picture


def make_client(
    data_dir: Path,
    *modules: ModuleType,
    server: Sequence[ModuleType] = (),
    workers: bool = False,
    **config: Any,
) -> ToolClient:
    """Build a client for the tools of some modules, or of everything installed if none is given.

    server: modules of plugins of the server; what they start beside the requests is started.
    workers: run tools in worker processes, with all limits, as a server does; else in this one.
    """
    sources = Sources(
        entry_points=not (modules or server),
        modules=tuple(module_source(module) for module in modules),
        server_modules=tuple(module_source(module) for module in server),
    )
    given: dict[str, Any] = {**_DEFAULTS, "data_dir": data_dir, **config}
    executor = None if workers else InlineExecutor
    client = ToolClient(build_core(Config(**given), sources, executor))
    if server:
        client.core.extensions.start()
    return client
