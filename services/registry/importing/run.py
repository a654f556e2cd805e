"""The order of an import: look at everything, refuse what is wrong as a whole, then write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from services.chassis import clock
from services.chassis.context import Context
from services.chassis.database import Database
from services.registry.importing import endings, people, units
from services.registry.importing.rows import Reject
from services.registry.importing.survey import shapes, survey
from services.registry.importing.writing import Outcome, Progress, Run, Silent
from services.registry.secrets import Vault

ACTOR = "service:registry-import"


def run_import(
    database: Database,
    vault: Vault,
    folder: Path,
    *,
    full: bool = True,
    allow_shrink: bool = False,
    today: date | None = None,
    reject: Callable[[Reject], object] = lambda reject: None,
    progress: Progress | None = None,
    batch: int = 500,
) -> Outcome:
    """Imports the set in ``folder``; :class:`~.reader.Refused` before anything was written.

    Each bad row is given to ``reject``; people go in ``batch`` at a time, each batch one
    transaction. The same set again changes nothing and tells of nothing.
    """
    progress = progress or Silent()
    set_shapes = shapes(folder, full)
    progress.stage("Læser filerne", sum(shape.size for shape in set_shapes.values()))
    seen = survey(
        set_shapes, full=full, today=today or clock.today(), reject=reject, advance=progress.advance
    )
    run = Run(database, vault, seen, progress, Outcome(), Context.new(ACTOR), batch)
    if full and not allow_shrink:
        endings.refuse_shrinking(run)
    known = units.Known(run)
    units.write(run, known, units.resolve(run, known))
    people.write_guardians(run)
    people.write_children(run, known)
    if full:
        endings.end_absent(run)
    for name in set_shapes:
        tally = run.outcome.tally(name)
        tally.read, tally.rejected = seen.read.get(name, 0), seen.rejected.get(name, 0)
    return run.outcome
