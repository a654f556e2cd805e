"""What is read out of an identity provider's claims, and that nothing else is."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.actor import Grant
from services.gateway.web.claims import NotUnderstood, Reading, grants, person, role_uris
from services.gateway.web.words import ROLES

UNIT = "3f1c9f63-3b0e-4f6e-9a55-2f3f7a9b1c11"
OTHER = "5b0c2a64-6c1d-4a53-9f64-1f7b0c3e52a6"
LEADER = "https://trivsel.kommune.example/roles/usersystemrole/leader/1"
OWN = Reading("sub", "trivsel_grants", "trivsel_grants", {})
KOMBIT = Reading("sub", "privileges", "privileges", role_uris("pedagogue=urn:kommune:paedagog"))


def bpp(*groups: tuple[str, str | None]) -> str:
    """A PrivilegeList as Context Handler sends it."""
    inside = "".join(
        f'<PrivilegeGroup Scope="urn:dk:gov:saml:cvrNumberIdentifier:12345678"><Privilege>{uri}</Privilege>'
        + (f'<Constraint Name="http://kombit.example/orgunit/1">{units}</Constraint>' if units else "")
        + "</PrivilegeGroup>"
        for uri, units in groups
    )
    text = f'<bpp:PrivilegeList xmlns:bpp="http://itst.dk/oiosaml/basic_privilege_profile">{inside}'
    return base64.b64encode(f"{text}</bpp:PrivilegeList>".encode()).decode()


@pytest.mark.parametrize(
    "told",
    [
        [{"role": "leader", "unit": UNIT}],
        json.dumps([{"role": "leader", "unit": UNIT}]),
        [json.dumps({"role": "leader", "unit": UNIT})],
        {"role": "leader", "unit": UNIT.upper()},
        [{"role": "leader", "unit": UNIT}, {"role": "king", "unit": "*"}, {"role": "leader", "unit": ""}],
    ],
)
def test_our_own_claim_may_come_as_a_list_or_as_text(told: Any) -> None:
    assert grants(told, OWN) == (Grant("leader", UNIT),)


@pytest.mark.parametrize(
    "told",
    [
        [{"privilege": LEADER, "units": [UNIT]}],
        [{"privilege": LEADER, "units": UNIT}],
        bpp((LEADER, UNIT)),
        [bpp((LEADER, UNIT))],
        bpp((LEADER, f"{UNIT}, not-a-unit")),
    ],
)
def test_a_role_uri_with_units_is_a_right_there(told: Any) -> None:
    assert grants(told, KOMBIT) == (Grant("leader", UNIT),)


def test_a_role_uri_may_be_named_in_the_settings() -> None:
    told = [{"privilege": "urn:kommune:paedagog", "units": [UNIT, OTHER]}]
    assert grants(told, KOMBIT) == (Grant("pedagogue", UNIT), Grant("pedagogue", OTHER))


@pytest.mark.parametrize(
    "told",
    [
        bpp((LEADER, None)),
        [{"privilege": LEADER}],
        [{"privilege": LEADER, "units": []}],
        [{"privilege": LEADER, "units": [None, 7, {}]}],
    ],
)
def test_a_right_without_units_holds_nowhere(told: Any) -> None:
    assert grants(told, KOMBIT) == ()


def test_an_xml_document_with_entities_is_not_read() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "' + b"x" * 100 + b'">]><PrivilegeList>&a;</PrivilegeList>'
    assert grants(base64.b64encode(bomb).decode(), KOMBIT) == ()


def test_the_inner_roles_of_the_house_cannot_be_claimed() -> None:
    assert grants([{"role": "system", "unit": "*"}], OWN) == ()
    assert grants([{"privilege": "x/system/1", "units": ["*"]}], KOMBIT) == ()


def test_a_person_without_a_uuid_is_nobody_here() -> None:
    told = {"trivsel_grants": [{"role": "leader", "unit": "*"}]}
    for sub in (None, "", "anna", 7):
        with pytest.raises(NotUnderstood):
            person({**told, "sub": sub}, OWN)
    actor, name = person({**told, "sub": UNIT.upper(), "name": ["x"]}, OWN)
    assert (actor.id, actor.kind, name) == (UNIT, "staff", "")


def test_more_rights_than_a_cookie_holds_are_refused() -> None:
    many = [{"role": "leader", "unit": f"{number:08d}-0000-4000-8000-000000000000"} for number in range(121)]
    with pytest.raises(NotUnderstood):
        person({"sub": UNIT, "trivsel_grants": many}, OWN)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["role", "unit", "privilege", "units", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(told=JSON, reading=st.sampled_from([OWN, KOMBIT]))
def test_whatever_is_claimed_it_is_a_known_right_or_none(told: Any, reading: Reading) -> None:
    for grant in grants(told, reading):
        assert grant.role in ROLES
        assert grant.unit == "*" or len(grant.unit) == 36
