"""Who may do what with a round, a group and a child. The gateway never decides this.

Staff act where one of the child's places (group, institution or district) is among their units, in a role
that belongs to that kind of place: a health visitor's district holds the day-care too, but what its
pedagogues think is theirs. Specialists and operations see no rating; administration sees numbers without
children.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from services.assessment.domain.words import (
    BOERNEHAVE,
    DAGPLEJE,
    HEALTH_VISITING,
    KINDS,
    SCHOOL,
    VUGGESTUE,
)
from services.chassis.actor import EVERYWHERE, Actor
from services.chassis.errors import Forbidden

RATES_IN: dict[str, tuple[str, ...]] = {
    "pedagogue": (DAGPLEJE, VUGGESTUE, BOERNEHAVE, SCHOOL),
    "childminder": (DAGPLEJE,),
    "teacher": (SCHOOL,),
    "health_visitor": (HEALTH_VISITING,),
}
LEADER = ("leader",)
ADMINISTRATION = ("administration",)
OPERATIONS = ("operations",)

NO_GROUP = "Du har ikke adgang til gruppen."
NO_CHILD = "Du har ikke adgang til barnet."


@dataclass(frozen=True, slots=True)
class Unit:
    """A group in its institution and district, or one place of a child."""

    group_id: str
    institution_id: str
    district_id: str | None
    kind: str

    @property
    def ids(self) -> set[str]:
        return {self.group_id, self.institution_id} | ({self.district_id} if self.district_id else set())


def may_rate(actor: Actor, unit: Unit) -> bool:
    """Own ratings are made by the professionals in daily contact, and by health visitors."""
    roles = [role for role, kinds in RATES_IN.items() if unit.kind in kinds]
    return actor.kind == "staff" and actor.holds(roles, unit.ids)


def leads(actor: Actor, unit: Unit) -> bool:
    """The leader of the group, its institution or its district."""
    return actor.kind == "staff" and actor.holds(LEADER, unit.ids)


def may_agree(actor: Actor, unit: Unit) -> bool:
    """Joint ratings, revisions and absence: those who rate, and the leader."""
    return may_rate(actor, unit) or leads(actor, unit)


def may_see(actor: Actor, unit: Unit) -> bool:
    """Ratings are read by those who may agree on them, and nobody else."""
    return may_agree(actor, unit)


def administers(actor: Actor) -> bool:
    """Rounds, profiles and numbers for the whole municipality."""
    return actor.kind == "staff" and actor.holds(ADMINISTRATION)


def require_administration(actor: Actor) -> None:
    if not administers(actor):
        raise Forbidden("Kun forvaltningen kan gøre dette.")


def require_staff(actor: Actor) -> None:
    """Rounds and profiles are no secret among staff; parents and strangers have no business with them."""
    if actor.kind not in {"staff", "service"}:
        raise Forbidden("Kun medarbejdere kan se dette.")


def require_operator(actor: Actor) -> None:
    """Rebuilding what we know of registry shows nothing of a child, so operations may."""
    if not (actor.is_system or (actor.kind == "staff" and actor.holds(OPERATIONS))):
        raise Forbidden("Kun driften kan gøre dette.")


@dataclass(frozen=True, slots=True)
class Reach:
    """Units in which somebody sees the places of some kinds; ``None`` for the whole municipality."""

    kinds: tuple[str, ...]
    units: frozenset[str] | None


def reach(actor: Actor) -> list[Reach]:
    """Everything :func:`may_see` would allow, for queries that cover many places."""
    if actor.kind != "staff":
        return []
    found = [_reach(actor, (role,), kinds) for role, kinds in RATES_IN.items()]
    found.append(_reach(actor, LEADER, KINDS))
    return [one for one in found if one.units is None or one.units]


def lead_reach(actor: Actor) -> list[Reach]:
    """Everything :func:`leads` would allow."""
    one = _reach(actor, LEADER, KINDS)
    return [one] if actor.kind == "staff" and (one.units is None or one.units) else []


def _reach(actor: Actor, roles: Iterable[str], kinds: Collection[str]) -> Reach:
    units = actor.units(roles)
    return Reach(tuple(kinds), None if EVERYWHERE in units else frozenset(units))
