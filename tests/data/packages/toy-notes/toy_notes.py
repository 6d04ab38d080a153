"""Listens, works beside the requests, knows people by a header, and has a command."""

import threading
from collections.abc import Callable, Mapping

import click

from ashim_core.extension import Event, External, Server, hookimpl, opened_server


@hookimpl
def ashim_event(event: Event, server: Server) -> None:
    server.data("toy-notes").set(f"event/{event.id}", {"name": event.name, **event.data})


@hookimpl
def ashim_start(server: Server) -> Callable[[], None]:
    notes = server.data("toy-notes")
    stopping = threading.Event()

    def work() -> None:
        notes.set("state", "running")
        stopping.wait()
        notes.set("state", "stopped")

    thread = threading.Thread(target=work)
    thread.start()

    def stop() -> None:
        stopping.set()
        thread.join()

    return stop


@hookimpl
def ashim_identify(headers: Mapping[str, str], peer: str | None) -> External | None:
    name = headers.get("X-Toy-User")
    if name is None or peer != "192.0.2.1":
        return None
    return External("toy", name, headers.get("X-Toy-Role"), create="X-Toy-New" in headers)


@click.command()
def command() -> None:
    """Say what was heard."""
    with opened_server() as server:
        for _, note in server.data("toy-notes").items("event/"):
            click.echo(note["name"])
