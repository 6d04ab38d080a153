"""Every hook that a plugin of the server may implement: entry points of the group `ashim.server`.

Their modules are imported by the processes of the server and by commands, and never by a worker.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from ashim_core.hookspecs import hookspec

if TYPE_CHECKING:
    from flask import Blueprint

    from ashim_core.events import Event
    from ashim_core.executors.executor import Executor
    from ashim_core.extensions.configs import PluginConfig
    from ashim_core.extensions.pages import Panel, Site
    from ashim_core.extensions.storage import Storage
    from ashim_core.identity.external import External
    from ashim_core.limits import Lane
    from ashim_core.server.server import Server


@hookspec
def ashim_config() -> "Iterable[type[PluginConfig]]":  # type: ignore[empty-body]
    """Yield the classes whose fields are the plugin's variables of the environment.

    The server reads them first of all, secrets also from files (`_FILE`), and knows them from then
    on: what is misspelt is a warning at the start. A value that is refused leaves the plugin out.

    Process: each process of the server, and commands. Called: once, when plugins are loaded.

    Example:

        class MirrorConfig(PluginConfig, name="mirror"):
            folder: Path = Field(default=Path("mirror"), description="Where results are copied to")


        @hookimpl
        def ashim_config() -> Iterable[type[PluginConfig]]:
            yield MirrorConfig
    """


@hookspec
def ashim_executor(lane: "Lane", server: "Server") -> "Executor | None":
    """Give what runs the tasks of a lane in the place of this machine's workers; None: not this.

    `lane` is `fast` or `heavy`. The first plugin that gives one has the lane; `check_executor` of
    `ashim_core.testing` says what it must be able to do. It is closed with the server.

    Process: each web process. Called: once for each lane, at the start. If it fails, the workers of
    this machine run the lane.

    Example:

        @hookimpl
        def ashim_executor(lane: Lane, server: Server) -> Executor | None:
            return Farm(server.config(FarmConfig).url) if lane == "heavy" else None
    """


@hookspec
def ashim_storage(server: "Server") -> "Storage | None":
    """Give where the results of jobs and the bytes of the library are kept; None: not this.

    A `Storage` has one of both or both; the other one stays in the data folder. `check_results` and
    `check_blobs` of `ashim_core.testing` say what they must be able to do.

    Process: each web process. Called: once, at the start. If it fails, nothing is kept elsewhere in
    its stead: what has to do with the library or with kept results is refused with 503, and all
    else goes on.

    Example:

        @hookimpl
        def ashim_storage(server: Server) -> Storage | None:
            bucket = Bucket(server.config(BucketConfig))
            return Storage(blobs=BucketBlobs(bucket), results=BucketResults(bucket))
    """


@hookspec
def ashim_sites() -> "Iterable[Site]":  # type: ignore[empty-body]
    """Yield pages: folders of static files, each with the path that it is mounted at.

    A site is data and no code, so there is nothing in it to guard. It has `index.html`, which
    answers every address below its mount but those of `/api` and `/assets`; the other files are at
    `/assets/<site>/`. In `index.html`, `%BASE%` becomes the path that the server is at.

    Process: each process of the server. Called: once, when plugins are loaded.

    Example:

        @hookimpl
        def ashim_sites() -> Iterable[Site]:
            yield Site("hello", Path(__file__).parent / "static", mount="/")
    """


@hookspec
def ashim_panels() -> "Iterable[Panel]":  # type: ignore[empty-body]
    """Yield panels: a script for the page of one tool, which draws a part of its form.

    The description of the tool says where it is (`panel`), for whatever page shows the tool. It is
    loaded on the page of that tool and nowhere else.

    Process: each process of the server. Called: once, when plugins are loaded.

    Example:

        @hookimpl
        def ashim_panels() -> Iterable[Panel]:
            yield Panel("negative", Path(__file__).parent / "panel", "panel.js")
    """


@hookspec
def ashim_blueprints(server: "Server") -> "Iterable[Blueprint]":  # type: ignore[empty-body]
    """Yield blueprints of Flask: an API of its own, call-backs, pages that are made by code.

    Every view says with `@requires` who may use it. Those with `@json_view` or `@file_view` are in
    the OpenAPI document. A path that another one has already is refused with both names, and
    below `/api/` only paths that begin with these very words count: no `<path:...>` at the root
    ever hides the API's own 404.

    Process: each web process. Called: once, when the application is made, after the core's own
    routes.

    Example:

        blueprint = Blueprint("hello", __name__)


        @blueprint.get("/api/hello")
        @requires("tools:read")
        @json_view()
        def hello() -> Hello:
            return Hello(name=actor().name)


        @hookimpl
        def ashim_blueprints(server: Server) -> Iterable[Blueprint]:
            yield blueprint
    """


@hookspec
def ashim_identify(
    headers: Mapping[str, str], peer: str | None, server: "Server"
) -> "External | None":
    """Say who sends a request that brings no token of ours; None: that can't be told from it.

    `headers` are found by names of any case. `peer` is the address of the other end of the
    connection: what a proxy says in headers is worth nothing from anywhere else. It has to answer
    within moments, as the request waits for it. One that raises, or doesn't answer, identifies
    nobody.

    Process: each web process. Called: for every request without a token of ours, until one plugin
    knows who it is.

    Example:

        @hookimpl
        def ashim_identify(headers: Mapping[str, str], peer: str | None) -> External | None:
            if peer != "192.0.2.1" or "Remote-User" not in headers:
                return None
            return External("proxy", headers["Remote-User"])
    """


@hookspec
def ashim_event(event: "Event", server: "Server") -> None:
    """Hear of something that has happened: `job.completed`, `file.created` and the like.

    It is called after what has happened is written down. What it raises is logged; while it is
    slow, up to 1,000 events wait for it, and it isn't told what comes then.

    Process: the web process where it happened. Called: once for each event, in order, by a thread
    of its own.

    Example:

        @hookimpl
        def ashim_event(event: Event, server: Server) -> None:
            if event.name == "job.failed":
                server.data("failures").set(event.id, dict(event.data), seconds=86400)
    """


@hookspec
def ashim_start(server: "Server") -> "Callable[[], None] | None":
    """Start what goes on beside the requests: a thread that delivers, a watcher of a folder.

    What it gives is called when the server is stopped, and should return within seconds.

    Process: each web process. Called: once, last of all, when the application is there.

    Example:

        @hookimpl
        def ashim_start(server: Server) -> Callable[[], None]:
            watcher = Watcher(server)
            watcher.start()
            return watcher.stop
    """
