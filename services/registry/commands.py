"""The registry's part of the command line: import, synth and token. Light: each imports what it needs."""

from __future__ import annotations

import os
import sys
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from services.registry.importing.reader import Refused
    from services.registry.importing.writing import Outcome

DONE, WITH_REJECTS, MISCONFIGURED, REFUSED, UNAVAILABLE = 0, 1, 2, 3, 4


@click.command("import")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--full/--delta", default=True, help="A whole set (the default), or only what has changed.")
@click.option("--allow-shrink", is_flag=True, help="Also when more than a tenth would be ended.")
@click.option(
    "--rejects", type=click.Path(path_type=Path), help="Where bad rows are told (FOLDER/rejects.csv)."
)
def import_(folder: Path, full: bool, allow_shrink: bool, rejects: Path | None) -> None:
    """Import children, adults, institutions and staff from the CSV files in FOLDER.

    The same set again changes nothing. Nothing personal is printed: a bad row is told by file, line,
    field and mend in the rejects file, FOLDER/rejects.csv. The files are described in docs/import.md.

    \b
    Exits with 0 when all rows were taken, 1 when some were rejected and the rest imported,
    2 when a setting is wrong, 3 when the set was refused whole, 4 when the database did not answer.
    """
    sys.exit(_import(folder, full, allow_shrink, rejects))


def _import(folder: Path, full: bool, allow_shrink: bool, rejects: Path | None) -> int:
    from sqlalchemy.exc import SQLAlchemyError

    from services.chassis import config
    from services.chassis.database import Database
    from services.registry.importing.lock import AlreadyRunning, only_import
    from services.registry.importing.reader import Refused
    from services.registry.importing.rejects import RejectsFile
    from services.registry.importing.run import run_import
    from services.registry.importing.survey import REJECTS
    from services.registry.models import Base
    from services.registry.settings import municipality, vault

    if not folder.is_dir():
        return _refused(Refused("folder_missing", folder.name))
    try:
        url, opened = config.database_url("registry"), vault()
    except config.Misconfigured as error:
        click.echo(f"trivsel import: {error.detail}", err=True)
        return MISCONFIGURED
    database = Database(url, Base, municipality=municipality(), pool_size=2)
    path = rejects or folder / REJECTS
    try:
        with only_import(database), RejectsFile(path) as told, _Progress() as progress:
            outcome = run_import(
                database,
                opened,
                folder,
                full=full,
                allow_shrink=allow_shrink,
                reject=told.add,
                progress=progress,
            )
    except Refused as refused:
        return _refused(refused)
    except AlreadyRunning:
        click.echo("trivsel import: en anden import er i gang. Vent, til den er færdig.", err=True)
        return UNAVAILABLE
    except SQLAlchemyError as error:
        # Its text may quote a row: the kind is enough to go by.
        kind = type(getattr(error, "orig", None) or error).__name__
        click.echo(
            f"trivsel import: registrets database svarede ikke ({kind}). "
            "Kør `trivsel migrate registry`, se efter, om databasen kører, og kør importen igen; "
            "den fortsætter, hvor den slap.",
            err=True,
        )
        return UNAVAILABLE
    finally:
        database.close()
    _summary(outcome, path)
    return WITH_REJECTS if outcome.rejected else DONE


def _refused(refused: Refused) -> int:
    where = ", ".join(
        part
        for part in (
            refused.file,
            f"kolonne {refused.field}" if refused.field else "",
            f"linje {refused.line}" if refused.line else "",
        )
        if part
    )
    click.echo(f"Sættet er afvist, og intet er ændret.\n{where}: {refused.mend} [{refused.code}]", err=True)
    return REFUSED


class _Progress:
    """A bar for each stage, on a terminal; silence elsewhere."""

    def __enter__(self) -> _Progress:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        console = Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description:<30}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task: Any = None
        self._total = 1
        self._bars.start()
        return self

    def stage(self, name: str, total: int) -> None:
        if self._task is not None:
            self._bars.update(self._task, completed=self._total)
        self._total = max(total, 1)
        self._task = self._bars.add_task(name, total=self._total)

    def advance(self, steps: int) -> None:
        self._bars.advance(self._task, steps)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._task is not None:
            self._bars.update(self._task, completed=self._total)
        self._bars.stop()


_NAMES = {
    "districts": "Distrikter",
    "institutions": "Institutioner",
    "groups": "Grupper",
    "staff": "Medarbejdere",
    "assignments": "Opgaver",
    "guardians": "Forældre",
    "children": "Børn",
    "custody": "Forældremyndighed",
    "enrolments": "Indmeldelser",
}


def _summary(outcome: Outcome, path: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    table = Table(box=None, header_style="bold")
    table.add_column("")
    for column in ("læst", "nye", "ændret", "afsluttet", "afvist"):
        table.add_column(column, justify="right")
    for name, title in _NAMES.items():
        if name in outcome.tables:
            one = outcome.tables[name]
            table.add_row(title, *(str(n) for n in (one.read, one.new, one.changed, one.ended, one.rejected)))
    console.print(table)
    console.print(f"{outcome.events} hændelser er på vej til de andre tjenester.")
    if outcome.held:
        names = ", ".join(_NAMES[name] for name in outcome.held)
        console.print(f"Intet er afsluttet i {names}: en række har et id, der ikke kan læses.")
    if outcome.rejected:
        console.print(f"{outcome.rejected} rækker er afvist. Se {path}: ret dem, og kør importen igen.")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--children", type=click.IntRange(1, 2_000_000), default=6500, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day it is there (default: today).")
@click.option("--oldest-grade", type=click.IntRange(0, 10), default=4, show_default=True)
def synth(folder: Path, children: int, seed: int, today: datetime | None, oldest_grade: int) -> None:
    """Write an invented municipality to FOLDER, for `trivsel import`.

    The same children, seed, today and oldest grade give the same bytes. Nobody in it can be anybody.
    """
    from services.chassis import clock
    from services.registry.synth.write import write_municipality

    day: date = today.date() if today else clock.today()
    with _Progress() as progress:
        progress.stage("Opfinder en kommune", children)
        written = write_municipality(
            folder,
            children=children,
            seed=seed,
            today=day,
            oldest_grade=oldest_grade,
            advance=progress.advance,
        )
    click.echo(f"{folder}: " + ", ".join(f"{count} {name}" for name, count in written.rows.items()))


ALLOW = "TRIVSEL_LOCAL_TOKENS"


@click.command()
@click.option("--staff", required=True, help="The id of a member of staff: ours (a UUID) or the source's.")
@click.option("--purpose", required=True, help="What for; it goes into the access log.")
@click.option("--minutes", type=click.IntRange(1, 600), default=60, show_default=True)
@click.option("--local", is_flag=True, help=f"Yes, this is a local installation (or set {ALLOW}=1).")
def token(staff: str, purpose: str, minutes: int, local: bool) -> None:
    """LOCAL USE ONLY: print a signed token with what a member of staff may do today.

    It stands in for the sign-in while developing and never belongs in production, where a token is issued
    by the gateway when somebody has signed in. Refuses to run unless it is told that it is used locally.
    """
    from services.chassis import config
    from services.chassis.actor import Actor, Grant, issue_token
    from services.chassis.database import Database
    from services.chassis.errors import NotFound
    from services.registry import organisation
    from services.registry.importing.rows import organisation_id
    from services.registry.models import Base

    if not local and os.environ.get(ALLOW) != "1":
        raise click.UsageError(f"tokens are for local use only: say --local, or set {ALLOW}=1")
    try:
        key, url = config.secret("ACTOR_TOKEN_KEY"), config.database_url("registry")
    except config.Misconfigured as error:
        raise click.UsageError(error.detail) from error
    database = Database(url, Base, pool_size=2)
    try:
        with database.unit_of_work() as uow:
            found = organisation.grants_of(uow, organisation_id("staff", staff))
    except NotFound as error:
        raise click.UsageError("there is no such member of staff") from error
    finally:
        database.close()
    if not found["grants"]:
        raise click.UsageError("this member of staff has nothing to do here today")
    grants = tuple(Grant(one["role"], one["unit"]) for one in found["grants"])
    actor = Actor(found["staff_id"], "staff", grants, purpose)
    click.echo(f"LOCAL USE ONLY, good for {minutes} minutes:", err=True)
    click.echo(issue_token(actor, key, minutes * 60))


COMMANDS = [import_, synth, token]
