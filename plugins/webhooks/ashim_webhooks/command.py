"""`ashim webhooks`: what an operator sees of everybody's webhooks."""

from datetime import UTC, datetime

import click

from ashim_core.extension import opened_server
from ashim_webhooks.store import Deliveries, Hooks


@click.group()
def webhooks() -> None:
    """Webhooks of all accounts, and what was sent to them."""


@webhooks.command("list")
def list_webhooks() -> None:
    """List all webhooks."""
    with opened_server() as server:
        for hook in Hooks(server.data("webhooks")).all():
            state = "on " if hook["enabled"] else "off"
            reason = f"  [{hook['disabledReason']}]" if hook["disabledReason"] else ""
            click.echo(f"{hook['id']}  {state}  {hook['url']}{reason}")


@webhooks.command()
@click.argument("webhook")
@click.option("--failed", is_flag=True, help="Only what was given up.")
def deliveries(webhook: str, failed: bool) -> None:
    """List what was sent to a webhook, the latest first."""
    with opened_server() as server:
        for one in Deliveries(server.data("webhooks")).of(webhook, limit=1000):
            if failed and one["status"] != "failed":
                continue
            when = datetime.fromtimestamp(one["created"], UTC).isoformat(timespec="seconds")
            said = one.get("error") or one.get("answerStatus") or ""
            click.echo(f"{when}  {one['type']:16} {one['status']:10} {one['attempts']}  {said}")
