"""The table of who may do what."""

from __future__ import annotations

from uuid import uuid4

import pytest

from services.assessment import policy
from services.assessment.domain.words import KINDS
from services.assessment.policy import Unit
from services.chassis.actor import Actor, Grant

ROLES = (
    "pedagogue",
    "childminder",
    "teacher",
    "health_visitor",
    "leader",
    "specialist",
    "administration",
    "operations",
    "system",
    "",
)
RATES = {
    "health_visiting": {"health_visitor"},
    "dagpleje": {"pedagogue", "childminder"},
    "vuggestue": {"pedagogue"},
    "boernehave": {"pedagogue"},
    "school": {"pedagogue", "teacher"},
}
GROUP, INSTITUTION, DISTRICT, ELSEWHERE = (str(uuid4()) for _ in range(4))


def actor(role: str, unit: str, kind: str = "staff") -> Actor:
    return Actor("someone", kind, (Grant(role, unit),))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("held_in", [GROUP, INSTITUTION, DISTRICT, "*", ELSEWHERE])
def test_a_role_opens_what_belongs_to_it_where_it_is_held(kind: str, role: str, held_in: str) -> None:
    unit = Unit(GROUP, INSTITUTION, DISTRICT, kind)
    who = actor(role, held_in)
    here = held_in != ELSEWHERE
    rates, leads = here and role in RATES[kind], here and role == "leader"
    assert policy.may_rate(who, unit) == rates
    assert policy.leads(who, unit) == leads
    assert policy.may_agree(who, unit) == (rates or leads)
    assert policy.may_see(who, unit) == (rates or leads)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("held_in", [GROUP, INSTITUTION, DISTRICT, "*", ELSEWHERE])
def test_the_reach_of_a_query_is_what_may_be_seen_one_by_one(kind: str, role: str, held_in: str) -> None:
    unit = Unit(GROUP, INSTITUTION, DISTRICT, kind)
    who = actor(role, held_in)
    within = any(
        kind in one.kinds and (one.units is None or one.units & unit.ids) for one in policy.reach(who)
    )
    assert within == policy.may_see(who, unit)
    assert bool(policy.lead_reach(who)) == (role == "leader")


@pytest.mark.parametrize("kind", ["guardian", "service"])
@pytest.mark.parametrize("role", ROLES)
def test_only_staff_hold_roles_here(kind: str, role: str) -> None:
    who = actor(role, "*", kind)
    for unit in (Unit(GROUP, INSTITUTION, DISTRICT, one) for one in KINDS):
        assert not policy.may_see(who, unit)
    assert policy.reach(who) == policy.lead_reach(who) == []
    assert not policy.administers(who)
