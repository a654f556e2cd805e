"""``trivsel dlq``: what an operator does with the messages that no retry could help."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click

from services.chassis.cli_operations import as_json, bar, classes, complaints, show

of_service = click.option("--service", "services", multiple=True, help="Of this service alone (repeatable).")
dry_run_option = click.option("--dry-run", is_flag=True, help="Only say which.")
everything_option = click.option("--all", "everything", is_flag=True, help="All of them.")


def _opened(services: Sequence[str], note: str = "") -> Iterator[Any]:
    """The dead letters of each service."""
    from services.chassis import config
    from services.chassis.database import Database
    from services.chassis.deadletters import DeadLetters

    for cls in classes(services):
        database = Database(config.database_url(cls.name), cls.base, pool_size=1)
        try:
            yield DeadLetters(config.settings().amqp_uri, cls.name, database, note)
        finally:
            database.close()


def _rows(found: Sequence[Any]) -> list[dict[str, Any]]:
    """What may be seen of dead letters, a line each."""
    from services.chassis.masking import masked

    shown = [masked(letter) for letter in found]
    return [{name: value for name, value in one.items() if name not in ("facts", "hidden")} for one in shown]


def _chosen(ids: tuple[str, ...], everything: bool) -> None:
    if bool(ids) == everything:
        raise click.UsageError("give ids (see `trivsel dlq list`), or --all")


@click.group("dlq")
def dead_letters() -> None:
    """Look at messages that could not be handled, send them back, or throw them away.

    Exits with 1 when something was not found or could not be sent back.
    """


@dead_letters.command("list")
@click.argument("services", nargs=-1)
@click.option("--limit", default=100, show_default=True, help="Show at most so many of each service.")
@as_json
def list_(services: tuple[str, ...], limit: int, as_json: bool) -> None:
    """List the dead letters of the named services, or of all: their marks, queues and reasons.

    A mark names a letter for `show`, `replay` and `discard`; its message's or event's id does so too.
    """
    with complaints():
        found = [row for letters in _opened(services) for row in _rows(letters.find(limit=limit))]
    show(found, as_json, "No dead letters.")


@dead_letters.command("show")
@click.argument("id_", metavar="ID")
@of_service
@as_json
def show_(id_: str, services: tuple[str, ...], as_json: bool) -> None:
    """Show one dead letter: what it is and when, ids of things cut short; the rest of it is hidden.

    That it was looked at is noted in the service's access log.
    """
    from services.chassis.masking import masked

    with complaints():
        for letters in _opened(services):
            if (letter := letters.show(id_)) is not None:
                found = masked(letter)
                facts = {fact["name"]: fact["value"] for fact in found.pop("facts")}
                if as_json:
                    click.echo(json.dumps({**found, "facts": facts}, ensure_ascii=False))
                else:
                    for name, value in {**found, **facts}.items():
                        click.echo(f"{name}: {value}")
                return
    click.echo(f"trivsel: there is no dead letter {id_}", err=True)
    sys.exit(1)


@dead_letters.command()
@click.argument("ids", nargs=-1)
@everything_option
@of_service
@dry_run_option
@as_json
def replay(
    ids: tuple[str, ...], everything: bool, services: tuple[str, ...], dry_run: bool, as_json: bool
) -> None:
    """Send dead letters back to the queues they came from. Give message or event ids, or --all.

    Each is taken off only once its own queue has confirmed it, and keeps its event's id: what has had its
    effect after all does not have it again.
    """
    _chosen(ids, everything)
    rows: list[dict[str, Any]] = []
    with complaints():
        for letters in _opened(services):
            if dry_run:
                rows.append({"service": letters.service, "would_send_back": len(letters.find(ids))})
                continue
            with bar(not as_json) as progress:
                done, kept = letters.replay(ids, progress)
            rows.append({"service": letters.service, "sent_back": len(done), "kept": len(kept)})
    show(rows, as_json, "No services.")
    missing = ids and not any(sum(v for v in row.values() if isinstance(v, int)) for row in rows)
    sys.exit(1 if missing or any(row.get("kept") for row in rows) else 0)


@dead_letters.command()
@click.argument("ids", nargs=-1)
@everything_option
@of_service
@dry_run_option
@click.option("--reason", required=True, help="Why; it is noted in the access log. No personal data.")
@as_json
def discard(
    ids: tuple[str, ...],
    everything: bool,
    services: tuple[str, ...],
    dry_run: bool,
    reason: str,
    as_json: bool,
) -> None:
    """Throw dead letters away for good."""
    _chosen(ids, everything)
    if not reason.strip():
        raise click.UsageError("--reason must say why")
    rows: list[dict[str, Any]] = []
    with complaints():
        for letters in _opened(services, reason.strip()):
            if dry_run:
                rows.append({"service": letters.service, "would_throw_away": len(letters.find(ids))})
            else:
                with bar(not as_json) as progress:
                    gone = letters.discard(ids, progress)
                rows.append({"service": letters.service, "thrown_away": len(gone)})
    show(rows, as_json, "No services.")
    sys.exit(1 if ids and not any(v for row in rows for v in row.values() if isinstance(v, int)) else 0)
