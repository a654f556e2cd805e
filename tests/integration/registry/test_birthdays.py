"""On her fifteenth birthday a young person begins to be written to herself, without any import."""

from __future__ import annotations

import time_machine

from services.chassis.database import Database
from services.registry import handlers
from tests.integration.registry.conftest import events, forget_events
from tests.integration.registry.town import TODAY, Town, bring_in


def test_who_turns_fifteen_is_told_of_once_on_the_day(registry: Database, town: Town) -> None:
    town.children[0]["born"] = "2011-11-25"
    bring_in(registry, town.write())
    forget_events(registry)
    with time_machine.travel("2026-11-24T22:00:00Z", tick=True):  # 23:00 in Copenhagen, the day before
        assert handlers.note_birthdays(registry) == 0
    with time_machine.travel("2026-11-24T23:30:00Z", tick=True):  # half past midnight
        assert handlers.note_birthdays(registry) == 1
        assert handlers.note_birthdays(registry) == 0
    (event,) = events(registry)
    assert event.data["own_contact"] is True
    assert event.aggregate_version == 2


def test_who_is_fifteen_when_she_comes_needs_no_birthday(registry: Database, town: Town) -> None:
    town.children[0]["born"] = "2010-01-01"
    bring_in(registry, town.write())
    assert [row.data["own_contact"] for row in events(registry, "child")].count(True) == 1
    with time_machine.travel(f"{TODAY}T12:00:00Z", tick=True):
        assert handlers.note_birthdays(registry) == 0
