"""Who reads the log of looks at the notices about a child."""

from __future__ import annotations

import pytest

from services.chassis.errors import NotFound
from services.notifications import access, queries
from tests.integration.notifications.test_staff_calls import SQLITE, ask, staff
from tests.integration.notifications.town import Town

PAGE = {"after": None, "limit": 50, "extract": False}


@SQLITE
def test_leaders_and_administration_read_it_and_professionals_do_not(town: Town) -> None:
    family = town.family("well")
    town.raised(family)
    pedagogue = staff("pedagogue", family.group)
    ask(town, queries.list_for_child, pedagogue, child_id=family.child)
    for reader in (staff("leader", family.institution), staff("administration", "*")):
        items = ask(town, access.access_log, reader, child_id=family.child, **PAGE)["items"]
        assert (pedagogue.id, "notices") in {(one["actor_id"], one["kind"]) for one in items}
    for stranger in (pedagogue, staff("leader", "elsewhere"), staff("operations", "*")):
        with pytest.raises(NotFound):
            ask(town, access.access_log, stranger, child_id=family.child, **PAGE)
