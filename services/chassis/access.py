"""Reading the access log: who has seen or changed what about one subject, when and for what purpose.

The log itself is written by :meth:`services.chassis.database.UnitOfWork.log_access`. Reading it is a look at
personal data too, and so leaves an entry of its own; a service decides who may.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, or_, select

from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Invalid
from services.chassis.schemas import Gives, Page, fields

KIND = "access_log"


class LogPage(Page):
    """A page of the log about one subject, the newest first. ``extract`` is what the person concerned may
    have: times, purposes and what was looked at, but not who looked."""

    extract = fields.Boolean(load_default=False)


class LogEntry(Gives):
    """One look or change. ``actor_id`` is empty in an extract; entries of one request share ``request``."""

    at = fields.AwareDateTime()
    actor_id = fields.String(allow_none=True)
    actor_kind = fields.String()
    purpose = fields.String(allow_none=True)
    action = fields.String()
    kind = fields.String()
    request = fields.String()
    cursor = fields.String()


class Log(Gives):
    """A page of the log. Each entry's ``cursor`` is where a page after it would begin."""

    items = fields.List(fields.Nested(LogEntry))
    next = fields.String(allow_none=True)


def read_log(
    uow: UnitOfWork, table: Table, actor: Actor, subject: str, *, after: str | None, limit: int, extract: bool
) -> dict[str, Any]:
    """What the log says about ``subject``, the newest first; notes the reading, or that it is taken out.

    ``table`` is the service's own ``access_log``. Whether ``actor`` may has been decided by the caller.
    """
    query = (
        select(table)
        .where(table.c.subject == subject)
        .order_by(table.c.at.desc(), table.c.seq.desc())
        .limit(limit + 1)
    )
    if after is not None:
        at, seq = _opened(after)
        query = query.where(or_(table.c.at < at, and_(table.c.at == at, table.c.seq < seq)))
    rows = uow.session.execute(query).all()
    uow.log_access(actor, action="export" if extract else "read", kind=KIND, subjects=[subject])
    items = [_entry(row, extract) for row in rows[:limit]]
    return {"items": items, "next": items[-1]["cursor"] if len(rows) > limit else None}


def _entry(row: Any, extract: bool) -> dict[str, Any]:
    return {
        "at": row.at,
        "actor_id": None if extract else row.actor_id,
        "actor_kind": row.actor_kind,
        "purpose": row.purpose,
        "action": row.action,
        "kind": row.kind,
        "request": row.correlation_id,
        "cursor": f"{row.at.isoformat()}_{row.seq}",
    }


def _opened(cursor: str) -> tuple[datetime, int]:
    at, _, seq = cursor.partition("_")
    try:
        moment, number = datetime.fromisoformat(at), int(seq)
        if moment.tzinfo is None or not 0 <= number < 2**63:
            raise ValueError("not one of ours")
    except ValueError as error:
        raise Invalid("Siden findes ikke.", fields={"after": "Brug værdien i next fra siden før."}) from error
    return moment, number
