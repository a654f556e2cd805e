"""Commands for operations: what the installation does, whether all holds, and what to do when it does not.

Exit codes: 0 all is well, 1 something is not (named in the output), 2 wrong usage or settings.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import click

from services.chassis import discovery

as_json = click.option("--json", "as_json", is_flag=True, help="For programs: JSON on standard output.")


def classes(names: Sequence[str]) -> list[Any]:
    """The services named, or all."""
    return [discovery.service_class(name) for name in names or discovery.names()]


@contextmanager
def complaints() -> Iterator[None]:
    """A wrong setting or an unknown service is one line and exit code 2; a service that is asked and does not
    answer, or refuses, one line and exit code 1."""
    from services.chassis.config import Misconfigured
    from services.chassis.errors import TrivselError
    from services.chassis.exits import MISCONFIGURED

    try:
        yield
    except (Misconfigured, discovery.UnknownService) as error:
        click.echo(f"trivsel: {getattr(error, 'detail', error)}", err=True)
        sys.exit(MISCONFIGURED)
    except TrivselError as error:
        click.echo(f"trivsel: {error.code}; do the services that are asked run?", err=True)
        sys.exit(1)


def show(rows: Sequence[Mapping[str, Any]], machine: bool, nothing: str) -> None:
    """Rows as a table for people or as JSON for programs."""
    if machine:
        click.echo(json.dumps(list(rows), default=str, ensure_ascii=False))
        return
    if not rows:
        click.echo(nothing)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*(name.replace("_", " ") for name in rows[0]))
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    Console().print(table)


@contextmanager
def bar(wanted: bool) -> Iterator[Any]:
    """Something to call with what is being done, how much of it is done, and of how much (``None`` where
    nobody knows): drawn on standard error while the block runs, for a person who watches a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    if not wanted or not (sys.stdout.isatty() and sys.stderr.isatty()):
        yield None
        return
    columns = (BarColumn(), TextColumn("{task.completed}/{task.fields[of]} {task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as drawn:
        task = drawn.add_task("", of="")

        def tell(what: str, done: int, of: int | None) -> None:
            drawn.update(task, description=what, completed=done, total=of, of="?" if of is None else of)

        yield tell


# -- verify ------------------------------------------------------------------------------------------------


@click.command()
@click.argument("services", nargs=-1)
@click.option("--patience", default=300, show_default=True, help="Seconds that an event may be under way.")
@as_json
def verify(services: tuple[str, ...], patience: int, as_json: bool) -> None:
    """Check that what must hold does hold, across the services' databases. Changes nothing.

    \b
    Exits with 0 when all holds and with 1 when not; each violation is named. Fit to be run every night.
    """
    from services.chassis import config
    from services.chassis.service import plan_of
    from services.chassis.verify import Installation, Store

    with complaints():
        found_classes = classes(services)
        stores = {
            cls.name: Store.of(config.database_url(cls.name), cls.base.metadata) for cls in found_classes
        }
        uri = config.settings().amqp_uri
    installation = Installation([plan_of(cls) for cls in found_classes], stores, uri)
    with bar(not as_json) as progress:
        checked = installation.verify(timedelta(seconds=patience), progress=progress)
    broken = [one for one in checked if not one.holds]
    if as_json:
        rules = [
            {
                "service": one.service,
                "rule": one.rule,
                "holds": one.holds,
                "violations": [{"subject": v.subject, "detail": v.detail} for v in one.violations],
                "more": one.more,
            }
            for one in checked
        ]
        click.echo(json.dumps({"holds": not broken, "rules": rules}, ensure_ascii=False))
    else:
        for one in checked:
            click.echo(f"{'✓' if one.holds else '✗'} {one.service}: {one.rule}")
            for violation in one.violations:
                click.echo(f"    {violation.subject}: {violation.detail}")
            if one.more:
                click.echo(f"    and {one.more} more")
    sys.exit(1 if broken else 0)


# -- status ------------------------------------------------------------------------------------------------


@click.command()
@click.argument("services", nargs=-1)
@as_json
def status(services: tuple[str, ...], as_json: bool) -> None:
    """Show each service's schema, what waits in its outbox and queues, and its dead letters.

    Exits with 1 when a database or the broker does not answer, a schema is behind, or there are dead letters.
    """
    from services.chassis import config
    from services.chassis.service import plan_of
    from services.chassis.status import look

    with complaints():
        uri = config.settings().amqp_uri
        found = [
            look(plan_of(cls), config.database_url(cls.name), cls.base, uri) for cls in classes(services)
        ]
    show([one.row() for one in found], as_json, "No services.")
    sys.exit(0 if all(one.well for one in found) else 1)


# -- outbox ------------------------------------------------------------------------------------------------


@click.group()
def outbox() -> None:
    """Events that wait to be published."""


@outbox.command("status")
@click.argument("services", nargs=-1)
@as_json
def outbox_status(services: tuple[str, ...], as_json: bool) -> None:
    """Show how many events wait, since when, and how many of them after a failure (then it exits with 1)."""
    from services.chassis import outbox as box

    rows = []
    with complaints():
        for name, database in _databases(services):
            found = box.backlog(database)
            rows.append(
                {
                    "service": name,
                    "waiting": found.waiting,
                    "oldest_s": round(found.oldest_age, 1),
                    "parked": found.parked,
                }
            )
    show(rows, as_json, "No services.")
    sys.exit(1 if any(row["parked"] for row in rows) else 0)


@outbox.command("retry")
@click.argument("services", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Only say how many.")
@as_json
def outbox_retry(services: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Let events that were put aside after a failure be tried again at once."""
    from services.chassis import outbox as box

    rows = []
    with complaints():
        for name, database in _databases(services):
            many = box.backlog(database).parked if dry_run else box.unpark(database)
            rows.append({"service": name, "would_retry" if dry_run else "retried": many})
    show(rows, as_json, "No services.")


def _databases(services: Sequence[str]) -> Iterator[tuple[str, Any]]:
    from services.chassis import config
    from services.chassis.database import Database

    for cls in classes(services):
        database = Database(config.database_url(cls.name), cls.base, pool_size=1)
        try:
            yield cls.name, database
        finally:
            database.close()


# -- projections -------------------------------------------------------------------------------------------


@click.group()
def projection() -> None:
    """What services know of each other's data."""


@projection.command("rebuild")
@click.argument("services", nargs=-1)
@as_json
def projection_rebuild(services: tuple[str, ...], as_json: bool) -> None:
    """Read anew what the named services, or all, know of others. The others must be running."""
    from services.chassis.rebuilding import Rebuild

    rows = []
    with complaints():
        known = {name: command for name in discovery.names("commands") if (command := Rebuild.of(name))}
        for name in services or known:
            if name not in known:
                raise discovery.UnknownService(
                    f"{name} has nothing to rebuild; these have: {', '.join(known)}"
                )
            with bar(not as_json) as progress:
                rows.append(known[name].rebuild(progress))
    show(rows, as_json, "No services.")


COMMANDS = [verify, status, outbox, projection]
