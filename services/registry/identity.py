"""Whether the person who signed in is the one a link names: a yes or a no, to the gateway alone.

A municipality may ask that parents show who they are before they consent. What the identity provider said is
held here against what the registry knows, by the keyed hash of the CPR number; no number is opened, kept or
given. Every question is in the access log, and after some that were answered no about a person the next are
not answered for a while: nobody finds out by trying whose number it is.
"""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.registry import domain, policy
from services.registry.models import Base, Child, Custody, Guardian
from services.registry.secrets import Vault

TRIES = 10
WHILE = timedelta(hours=1)
KIND, REFUSED = "identity", "identity-refused"


def match_person(
    uow: UnitOfWork, actor: Actor, vault: Vault, *, child_id: str, person_id: str, by: str, value: str
) -> dict[str, Any]:
    """Whether ``value`` is that of the child's adult, or of the young person herself, with that id.

    ``wait`` when there have been too many that were not; nothing is compared then. Somebody who has no
    custody of the child, and a person whose number the registry does not know, match nothing.
    """
    policy.require_gateway(actor)
    if _refusals(uow, person_id) >= TRIES:
        uow.log_access(actor, action="search", kind=REFUSED, subjects=[child_id])
        return {"matches": False, "wait": True}
    found = _person(uow, child_id, person_id)
    matches = found is not None and (
        _same_number(vault, found.cpr_hash, value) if by == "cpr" else value.strip().lower() == person_id
    )
    kind = KIND if matches else REFUSED
    uow.log_access(actor, action="search", kind=kind, subjects=sorted({child_id, person_id}))
    return {"matches": matches, "wait": False}


def _person(uow: UnitOfWork, child_id: str, person_id: str) -> Guardian | Child | None:
    if person_id == child_id:
        young: Child | None = uow.session.get(Child, child_id)
        return young
    adult: Guardian | None = uow.session.scalars(
        select(Guardian)
        .join(Custody, Custody.guardian_id == Guardian.id)
        .where(
            Guardian.id == person_id,
            Custody.child_id == child_id,
            Custody.ended_on.is_(None),
            Custody.custody.in_(sorted(domain.HOLDING)),
        )
    ).one_or_none()
    return adult


def _same_number(vault: Vault, known: bytes | None, told: str) -> bool:
    cpr = domain.parse_cpr(told)
    return known is not None and cpr is not None and hmac.compare_digest(known, vault.hash(cpr))


def _refusals(uow: UnitOfWork, person_id: str) -> int:
    """How often lately somebody who signed in was not this person."""
    log = Base.metadata.tables["access_log"]
    found = uow.session.scalar(
        select(func.count())
        .select_from(log)
        .where(log.c.subject == person_id, log.c.kind == REFUSED, log.c.at >= clock.now() - WHILE)
    )
    return int(found or 0)
