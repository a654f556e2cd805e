"""Who may see which child, told as conditions of a query so that lists and look-ups obey the same rule.

Staff see the children who are enrolled today where they work: in their group or institution, or, for
leaders, in their district. A health visitor's district gives her the health visiting's children there
and not those of the day care that happens to lie in it. Administration sees the register of the whole
municipality. Operations and specialists see no child here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from services.chassis.actor import EVERYWHERE, Actor
from services.chassis.errors import Forbidden
from services.registry.domain import is_id
from services.registry.models import Child, Enrolment, Group, Institution

PROFESSIONALS = frozenset({"pedagogue", "childminder", "teacher", "health_visitor", "leader"})
SEE_CHILDREN = PROFESSIONALS | {"administration"}
SEE_CPR = frozenset({"leader", "administration"})
SEE_LOG = SEE_CPR
"""Who answers for how children's data are used reads who has used them."""
GATEWAY = Actor.system("gateway").id
_HEALTH_VISITOR = frozenset({"health_visitor"})


def require_system(actor: Actor) -> None:
    """Contact data and grants go to the house's own services alone."""
    if not actor.is_system:
        raise Forbidden("Kun systemets egne tjenester kan hente det.")


def require_gateway(actor: Actor) -> None:
    """Who signed in is the gateway's alone to ask: it has seen her do it."""
    require_system(actor)
    if actor.id != GATEWAY:
        raise Forbidden("Kun porten kan spørge om, hvem der er logget ind.")


def require_colleague(actor: Actor) -> None:
    """The organisation is open to those who work in it, and to the services."""
    if actor.kind not in ("staff", "service"):
        raise Forbidden("Kun medarbejdere har adgang til det.")


def require_roles(actor: Actor, roles: frozenset[str]) -> None:
    """Refuses an actor who holds none of the roles anywhere."""
    if actor.kind != "staff" or not actor.units(roles):
        raise Forbidden("Din rolle giver ikke adgang til børn.")


def with_purpose(actor: Actor, purpose: str) -> Actor:
    """The actor as she is to be logged: with the purpose she stated for this one look."""
    return replace(actor, purpose=purpose)


def is_current(today: date) -> ColumnElement[bool]:
    """Enrolments that hold today; both days belong to the period."""
    return and_(Enrolment.valid_from <= today, or_(Enrolment.valid_to.is_(None), Enrolment.valid_to >= today))


def visible(actor: Actor, today: date, roles: frozenset[str] = SEE_CHILDREN) -> ColumnElement[bool]:
    """The condition on :class:`Child` that the actor may see her in one of ``roles``."""
    if actor.kind != "staff":
        return false()
    others = roles - _HEALTH_VISITOR
    if EVERYWHERE in actor.units(others):
        return true()
    conditions = _units(actor, others, Institution.district_id.is_not(None))
    conditions += _units(actor, roles & _HEALTH_VISITOR, Institution.kind == "health_visiting")
    if not conditions:
        return false()
    return and_(
        Child.active,
        select(1)
        .select_from(Enrolment)
        .join(Group, Group.id == Enrolment.group_id)
        .join(Institution, Institution.id == Group.institution_id)
        .where(Enrolment.child_id == Child.id, is_current(today), or_(*conditions))
        .exists(),
    )


def _units(actor: Actor, roles: frozenset[str], in_district: ColumnElement[bool]) -> list[Any]:
    units = actor.units(roles)
    if not units:
        return []
    if EVERYWHERE in units:
        return [in_district]
    own = sorted(filter(is_id, units))
    return [
        Enrolment.group_id.in_(own),
        Group.institution_id.in_(own),
        and_(Institution.district_id.in_(own), in_district),
    ]
