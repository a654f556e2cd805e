"""Who reads the log of looks at a child's ratings."""

from __future__ import annotations

import pytest

from services.assessment import access
from services.assessment.queries import history
from services.chassis.errors import Forbidden
from tests.integration.assessment.world import ADMINISTRATION, House, World

PAGE = {"after": None, "limit": 50, "extract": False}


def test_leaders_and_administration_read_it_and_professionals_do_not(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    world.open_round()
    world.do(history.child_history, house.anna, child_id=child)
    for reader in (house.leader, ADMINISTRATION):
        items = world.do(access.access_log, reader, child_id=child, **PAGE)["items"]
        assert (house.anna.id, "ratings") in {(one["actor_id"], one["kind"]) for one in items}
    other = world.house("boernehave")
    for stranger in (house.anna, other.leader, other.anna):
        with pytest.raises(Forbidden):
            world.do(access.access_log, stranger, child_id=child, **PAGE)
