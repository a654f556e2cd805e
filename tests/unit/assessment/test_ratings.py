"""What makes a rating complete."""

from __future__ import annotations

from typing import Any

import pytest

from services.assessment.domain.ratings import absence_faults, joint_rating_faults, own_rating_faults

OWN: dict[str, Any] = {"position": "green", "reason": "", "indicators": []}
JOINT: dict[str, Any] = {**OWN, "participants": ["a", "b"], "suspects_parents": False}
STAFF = {"a", "b"}


def test_a_green_rating_needs_no_reason() -> None:
    assert own_rating_faults(OWN, ()) == {}


@pytest.mark.parametrize("position", ["yellow", "red"])
def test_yellow_and_red_need_a_reason(position: str) -> None:
    assert set(own_rating_faults({**OWN, "position": position}, ())) == {"reason"}
    assert own_rating_faults({**OWN, "position": position, "reason": "Ved skift."}, ()) == {}


def test_indicators_come_from_the_rounds_own_set() -> None:
    assert set(own_rating_faults({**OWN, "indicators": ["x"]}, {"y"})) == {"indicators"}
    assert own_rating_faults({**OWN, "indicators": ["y"]}, {"y"}) == {}


@pytest.mark.parametrize("participants", [["a"], ["a", "a"], ["a", "stranger"]])
def test_a_joint_rating_is_made_by_enough_different_staff(participants: list[str]) -> None:
    faults = joint_rating_faults({**JOINT, "participants": participants}, (), STAFF, 2)
    assert set(faults) == {"participants"}


def test_a_suspicion_belongs_to_a_concern() -> None:
    assert set(joint_rating_faults({**JOINT, "suspects_parents": True}, (), STAFF, 2)) == {"suspects_parents"}
    red = {**JOINT, "suspects_parents": True, "position": "red", "reason": "Iagttaget."}
    assert joint_rating_faults(red, (), STAFF, 2) == {}


def test_absent_and_exempt_have_reasons_of_their_own() -> None:
    assert absence_faults("absent", "holiday", "") == {}
    assert set(absence_faults("absent", "leaving", "")) == {"reason_code"}
    assert set(absence_faults("exempt", None, "")) == {"reason_code"}
    assert set(absence_faults("absent", "other", "")) == {"reason"}
    assert absence_faults("present", None, "") == {}
