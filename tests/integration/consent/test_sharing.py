"""Whose record is shared with some units, as registry asks it: exact, at once, and for services alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.errors import Forbidden
from services.consent import handlers, queries, schemas
from tests.integration.consent.town import SYSTEM, Town, key


def shared(town: Town, *units: str, actor: Actor = SYSTEM, **more: Any) -> list[dict[str, Any]]:
    found = town.call(queries.shared_with, actor, unit_ids=list(units), **more)
    items: list[dict[str, Any]] = schemas.Shares().dump(found)["items"]
    return items


def record(*units: str, **more: Any) -> dict[str, Any]:
    recipients = [{"unit_id": unit, "kind": "school", "name": "Prøveskolen"} for unit in units]
    return {"purpose": "record_sharing", "recipients": recipients, **more}


def test_a_named_unit_is_told_what_is_opened_and_others_nothing(town: Town) -> None:
    school, other = key(), key()
    consent = town.granted(**record(school, other, information=["wellbeing"]))
    town.granted(**record(other))
    town.granted(purpose="specialist_meeting", recipients=record(school)["recipients"])
    assert shared(town, school, key()) == [
        {
            "consent_id": consent["consent_id"],
            "child_id": consent["child_id"],
            "unit_ids": [school],
            "information": ["wellbeing"],
            "valid_to": consent["valid_to"],
        }
    ]
    assert len(shared(town, other)) == 2
    assert len(shared(town, other, child_id=consent["child_id"])) == 1
    assert shared(town, key()) == shared(town) == shared(town, school, child_id=key()) == []
    with pytest.raises(Forbidden):
        shared(town, school, actor=town.staff())


def test_lr_5_a_withdrawal_is_seen_by_the_next_question_and_an_unfinished_consent_opens_nothing(
    town: Town,
) -> None:
    school = key()
    child = town.enrol()
    consent = town.request(child, **record(school))
    town.sign(consent, town.children[child][0])
    assert shared(town, school) == []
    town.sign(consent, town.children[child][1])
    assert len(shared(town, school)) == 1
    town.withdraw(consent, town.children[child][0])
    assert shared(town, school) == []


def test_it_ends_by_the_calendar_also_when_nobody_says_so(town: Town, monday: time_machine.Traveller) -> None:
    school = key()
    town.granted(**record(school, valid_to=clock.today() + timedelta(days=1)))
    monday.shift(timedelta(days=1))
    assert len(shared(town, school)) == 1
    monday.shift(timedelta(days=1))
    assert shared(town, school) == []


def test_one_withdrawn_before_a_subscriber_was_waited_for_is_no_failure_when_it_acknowledges(
    town: Town,
) -> None:
    consent = town.granted(**record(key()))
    town.withdraw(consent, town.children[consent["child_id"]][0])
    town.acknowledged("a-newer-one", consent["consent_id"])
    assert {one["subscriber"] for one in town.get(consent["consent_id"])["acknowledgements"]} == {
        "assessment", "meetings", "notifications",
    }  # fmt: skip
    assert handlers.chase_acknowledgements(town.db) == 0
