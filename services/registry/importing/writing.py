"""What every step of writing needs: comparing, counting, and telling how far it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Protocol

from sqlalchemy import and_, bindparam, delete, insert, update
from sqlalchemy.orm import Session

from services.chassis.context import Context
from services.chassis.database import Database
from services.registry.importing.survey import Survey
from services.registry.secrets import Vault


class Progress(Protocol):
    """Told of each stage and each step in it."""

    def stage(self, name: str, total: int) -> None: ...

    def advance(self, steps: int) -> None: ...


class Silent:
    """Progress that nobody looks at."""

    def stage(self, name: str, total: int) -> None:
        """Nothing to show."""

    def advance(self, steps: int) -> None:
        """Nothing to show."""


@dataclass(slots=True)
class Tally:
    """What became of the rows of one table, and how many events left."""

    read: int = 0
    new: int = 0
    changed: int = 0
    ended: int = 0
    rejected: int = 0


@dataclass(slots=True)
class Outcome:
    """What an import did. ``held`` names the tables in which nothing was ended, as a key was unreadable."""

    tables: dict[str, Tally] = field(default_factory=dict)
    events: int = 0
    held: tuple[str, ...] = ()

    def tally(self, table: str) -> Tally:
        return self.tables.setdefault(table, Tally())

    @property
    def rejected(self) -> int:
        return sum(tally.rejected for tally in self.tables.values())

    @property
    def changes(self) -> int:
        return sum(tally.new + tally.changed + tally.ended for tally in self.tables.values())


@dataclass(slots=True)
class Run:
    """One import on its way."""

    database: Database
    vault: Vault
    survey: Survey
    progress: Progress
    outcome: Outcome
    context: Context
    batch: int

    @property
    def today(self) -> date:
        return self.survey.today


def insert_rows(session: Session, model: Any, rows: list[dict[str, Any]]) -> None:
    """Many rows in one statement. RETURNING is what makes SQLAlchemy write them so, not one by one."""
    if rows:
        table = model.__table__
        session.execute(insert(table).returning(*table.primary_key), rows)


def content_hash(*values: Any) -> bytes:
    """Sixteen bytes that differ when any value does."""
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else value.hex()


def end_periods(
    session: Session, model: Any, key: Sequence[str], gone: Mapping[tuple[Any, ...], date | None], today: date
) -> list[tuple[Any, ...]]:
    """Ends the periods that a full set no longer mentions. Returns the keys of those it touched.

    ``gone`` maps a key, whose last part is the first day, to the last day known. A period ends
    yesterday (or on its only day); one that was never to begin before tomorrow falls away; one that
    is already over is left as it is.
    """
    ended, dropped = [], []
    for one, valid_to in gone.items():
        last = max(one[-1], today - timedelta(days=1))
        if one[-1] > today:
            dropped.append(one)
        elif valid_to is None or valid_to > last:
            ended.append({**dict(zip(key, one, strict=True)), "valid_to": last})
    if ended:
        session.execute(update(model), ended)
    if dropped:
        table = model.__table__
        same = and_(*(table.c[name] == bindparam(f"b_{name}") for name in key))
        values = [{f"b_{name}": part for name, part in zip(key, one, strict=True)} for one in dropped]
        session.connection().execute(delete(table).where(same), values)
    return [tuple(row[name] for name in key) for row in ended] + dropped
