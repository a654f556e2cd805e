"""``trivsel dead-letters``: what an operator does with the messages that no retry could help."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from services.chassis import discovery


def _opened(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the dead letters of the service it names."""

    @wraps(command)
    def opened(service: str, **options: Any) -> None:
        from services.chassis import config
        from services.chassis.database import Database
        from services.chassis.deadletters import DeadLetters

        cls = discovery.service_class(service)
        database = Database(config.database_url(cls.name), cls.base)
        note = options.get("reason", "")
        command(DeadLetters(config.settings().amqp_uri, cls.name, database, note), **options)

    return opened


@click.group("dead-letters")
def dead_letters() -> None:
    """Look at messages that could not be handled, send them back, or throw them away."""


@dead_letters.command("list")
@click.argument("service")
@click.option("--limit", default=100, show_default=True, help="Show at most so many.")
@_opened
def list_(letters: Any, limit: int) -> None:
    """List a service's dead letters: their ids, queues and reasons."""
    from rich.console import Console
    from rich.table import Table

    table = Table("id", "event", "queue", "reason", "code", "since")
    found = letters.find(limit=limit)
    for letter in found:
        event = letter.event_id if letter.event_id != letter.id else ""
        table.add_row(letter.id, event, letter.origin, letter.reason, letter.code, letter.at)
    Console().print(table if found else "No dead letters.")


@dead_letters.command()
@click.argument("service")
@click.argument("id_", metavar="ID")
@_opened
def show(letters: Any, id_: str) -> None:
    """Show one dead letter with its body."""
    letter = letters.show(id_)
    if letter is None:
        raise click.ClickException(f"there is no dead letter {id_}")
    click.echo(f"queue {letter.origin}, reason {letter.reason} {letter.code}, since {letter.at}")
    click.echo(letter.body)


@dead_letters.command()
@click.argument("service")
@click.argument("ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All of them.")
@click.option("--dry-run", is_flag=True, help="Only say which.")
@_opened
def replay(letters: Any, ids: tuple[str, ...], everything: bool, dry_run: bool) -> None:
    """Send dead letters back to the queue they came from. Give message or event ids, or --all."""
    if not ids and not everything:
        raise click.UsageError("give ids, or --all")
    if dry_run:
        for letter in letters.find(ids):
            click.echo(f"would send {letter.id} back to {letter.origin or 'nowhere: it says no queue'}")
        return
    done, kept = letters.replay(ids)
    click.echo(f"{len(done)} sent back, {len(kept)} kept")
    if kept or (ids and not done):
        raise SystemExit(1)


@dead_letters.command()
@click.argument("service")
@click.argument("ids", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why; it is noted in the access log. No personal data.")
@_opened
def discard(letters: Any, ids: tuple[str, ...], reason: str) -> None:
    """Throw dead letters away for good."""
    click.echo(f"{len(letters.discard(ids))} thrown away")
