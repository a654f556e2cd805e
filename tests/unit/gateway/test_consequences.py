"""What people read before they end a discussion: who is written to, and never a position."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from services.gateway.web import consequences

CHILD = "c"
MOTHER = {
    "first_name": "Maja",
    "last_name": "Lind",
    "custody": "joint",
    "lives_with": True,
    "language": "pl",
    "interpreter": True,
    "digital_post_exempt": False,
    "has_email": True,
}
FATHER = {
    **MOTHER,
    "first_name": "Jan",
    "lives_with": False,
    "interpreter": False,
    "digital_post_exempt": True,
}


def told(effect: Mapping[str, Any], *, before: str | None = None, **around: Any) -> consequences.Consequence:
    """What is told of one effect on the concern about the institution."""
    saved = [{"child_id": CHILD, "concerns": [{"track": "institution", **effect}]}]
    standing = {CHILD: [{"track": "institution", "state": before}]} if before else {}
    known = consequences.Around({CHILD: [MOTHER, FATHER]}, **around)
    [one] = consequences.told(saved, {CHILD: "Ida Lind"}, standing, known)
    return one


RAISED = {"state": "raised", "invite_by": "2026-11-24", "hold_by": "2026-12-05"}


def test_a_new_concern_is_told_to_each_custody_holder_by_her_own_channel() -> None:
    one = told(RAISED)
    assert (one.notices, one.invites, one.by_staff) == (True, True, False)
    mother, father = one.holders
    assert (mother.relation, mother.channel, mother.interpreter) == (
        "fælles forældremyndighed, barnet bor her",
        "e-mail",
        "polsk",
    )
    assert (father.relation, father.channel, father.interpreter) == ("fælles forældremyndighed", "brev", "")
    assert one.invite_by.endswith("(uge 48)")


def test_parents_who_were_told_are_not_told_again() -> None:
    one = told(RAISED, before="raised", meetings=frozenset({(CHILD, "institution")}))
    assert (one.notices, one.invites) == (False, False)


def test_a_concern_that_was_withheld_is_told_for_the_first_time() -> None:
    assert told(RAISED, before="withheld").notices


def test_a_meeting_on_the_other_track_does_not_take_its_place() -> None:
    assert told(RAISED, meetings=frozenset({(CHILD, "home")})).invites


def test_an_institution_that_invites_by_itself_is_told_so() -> None:
    assert told(RAISED, by_staff=True).by_staff


@pytest.mark.parametrize("state", ["withheld", "settled"])
def test_of_what_is_withheld_or_settled_no_parent_hears(state: str) -> None:
    one = told({"state": state})
    assert (one.kind, one.notices, one.invites) == (state, False, False)


def test_of_a_rating_that_changes_nothing_nobody_hears() -> None:
    known = consequences.Around({CHILD: [MOTHER]})
    assert consequences.told([{"child_id": CHILD, "concerns": []}], {}, {}, known) == []
