"""Whom a consent to share a child's record lets read its joint ratings, here and now.

Asked on every read, of what is known in the same transaction: once a withdrawal has come, the next read is
refused. A consent names its units. An institution that is named is read in by its staff and those of its
groups; a district, by the specialists whose service it is. Who works everywhere is in none of them by that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.assessment.models import Consent, Group, Institution
from services.assessment.policy import LEADER, RATES_IN
from services.chassis import clock
from services.chassis.actor import EVERYWHERE, Actor

RECORD = "record_sharing"
"""The purpose of the consents that open here."""

GRANTED = "granted"
RATINGS = "wellbeing"
"""The kind of information that joint ratings are."""

SPECIALIST = ("specialist",)
STAFF = (*RATES_IN, *LEADER)


@dataclass(frozen=True, slots=True)
class Share:
    """What holds for one reader and child now: the last day, over all consents that reach her."""

    valid_to: date


def units_of(session: Session, actor: Actor) -> set[str]:
    """The units by which a consent may name the actor."""
    if actor.kind != "staff":
        return set()
    places = actor.units(STAFF) - {EVERYWHERE}
    if places:
        known = (
            select(Institution.id)
            .outerjoin(Group, Group.institution_id == Institution.id)
            .where(or_(Institution.id.in_(sorted(places)), Group.id.in_(sorted(places))))
        )
        places = set(session.scalars(known.distinct()))
    return places | (actor.units(SPECIALIST) - {EVERYWHERE})


def share(session: Session, actor: Actor, child_id: str) -> Share | None:
    """The consent that lets the actor read the child's joint ratings today, if one does."""
    today = clock.today()
    found = session.execute(
        select(Consent.units, Consent.information, Consent.valid_to).where(
            Consent.child_id == child_id,
            Consent.state == GRANTED,
            Consent.valid_from <= today,
            Consent.valid_to >= today,
        )
    ).all()
    if not found:
        return None
    own = units_of(session, actor)
    open_until = [row.valid_to for row in found if RATINGS in row.information and own & set(row.units)]
    return Share(max(open_until)) if open_until else None
