"""Who reads the log of looks at a child's meetings."""

from __future__ import annotations

import pytest

from services.chassis.errors import Forbidden, NotFound
from services.meetings import access, queries
from tests.integration.meetings.town import Town, key

PAGE = {"after": None, "limit": 50, "extract": False}


def test_leaders_and_administration_read_it_and_professionals_do_not(town: Town) -> None:
    meeting = town.invited()
    pedagogue = town.actor(key(), "pedagogue", town.group)
    town.call(queries.get_meeting, pedagogue, meeting_id=meeting.meeting_id)
    for reader in (town.actor(), town.actor(key(), "administration", "*")):
        items = town.call(access.access_log, reader, child_id=meeting.child_id, **PAGE)["items"]
        assert (pedagogue.id, "meeting") in {(one["actor_id"], one["kind"]) for one in items}
    for stranger in (pedagogue, town.actor(key(), "leader", key())):
        with pytest.raises((NotFound, Forbidden)):
            town.call(access.access_log, stranger, child_id=meeting.child_id, **PAGE)
