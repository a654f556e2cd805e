"""Children whose record is shared, by a consent, with a unit in which the actor works: who they are, no more.

Consent is asked anew each time, so a withdrawal shuts this door at once. A consent names its units: an
institution is its staff's and its groups' staff's, a district its specialists'. Who works everywhere is in
none of them by that. Neither address, adults nor CPR number come with a shared record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.chassis.actor import EVERYWHERE, Actor
from services.chassis.context import Context
from services.chassis.database import Database
from services.chassis.errors import NotFound
from services.registry import policy
from services.registry.domain import is_id
from services.registry.models import Child, Group, Institution

SPECIALIST = frozenset({"specialist"})

Shares = Callable[[Sequence[str], str | None], Sequence[dict[str, Any]]]
"""What consents open now, for some units and for one child or all; asked outside any transaction."""


def units_of(session: Session, actor: Actor) -> set[str]:
    """The units by which a consent may name the actor."""
    if actor.kind != "staff":
        return set()
    places = {unit for unit in actor.units(policy.PROFESSIONALS) - {EVERYWHERE} if is_id(unit)}
    if places:
        known = (
            select(Institution.id)
            .outerjoin(Group, Group.institution_id == Institution.id)
            .where(or_(Institution.id.in_(sorted(places)), Group.id.in_(sorted(places))))
        )
        places = set(session.scalars(known.distinct()))
    return places | {unit for unit in actor.units(SPECIALIST) - {EVERYWHERE} if is_id(unit)}


def shared_children(
    db: Database, context: Context, actor: Actor, shares: Shares, child_id: str | None = None
) -> dict[str, Any]:
    """The children whose record the actor may read by consent today, by name, each with what is opened.

    ``child_id`` asks about one of them; each one shown is noted in the access log.
    """
    policy.require_colleague(actor)
    with db.unit_of_work(context) as uow:
        units = units_of(uow.session, actor)
    found: dict[str, list[dict[str, Any]]] = {}
    for share in shares(sorted(units), child_id) if units else ():
        last_day = date.fromisoformat(share["valid_to"])
        found.setdefault(share["child_id"], []).append({**share, "valid_to": last_day})
    with db.unit_of_work(context) as uow:
        rows = uow.session.execute(
            select(Child.id, Child.first_name, Child.last_name, Child.born)
            .where(Child.id.in_(sorted(found)), Child.active)
            .order_by(Child.last_key, Child.id)
        ).all()
        action = "search" if child_id is None else "read"
        uow.log_access(actor, action=action, kind="child", subjects=[row.id for row in rows])
    return {"items": [{**row._mapping, "child_id": row.id, "shares": found[row.id]} for row in rows]}


def shared_child(
    db: Database, context: Context, actor: Actor, shares: Shares, child_id: str
) -> dict[str, Any]:
    """One of them; :class:`NotFound` when no consent opens her to the actor now."""
    items = shared_children(db, context, actor, shares, child_id)["items"]
    if not items:
        raise NotFound("Barnet findes ikke, eller det er ikke delt med jer.")
    child: dict[str, Any] = items[0]
    return child


def is_shared(db: Database, context: Context, actor: Actor, shares: Shares, child_id: str) -> bool:
    """Whether a consent opens the child to the actor now; tells nothing of her, so it is no read of her."""
    with db.unit_of_work(context) as uow:
        units = units_of(uow.session, actor)
    return bool(units) and bool(shares(sorted(units), child_id))
