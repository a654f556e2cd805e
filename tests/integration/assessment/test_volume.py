"""The hot path: a nation's round goes through the group calls, so they must not grow with the group."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event

from services.assessment import schemas
from services.assessment.handlers import joint, own
from services.assessment.queries import sheets
from services.chassis.database import Database
from tests.integration.assessment.world import House, World, at, child_data, joint_item, own_item

GROUPS, CHILDREN = 20, 25


@dataclass
class Cost:
    """Statements, and seconds of wall clock and of this process's CPU."""

    statements: list[str] = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0


@contextmanager
def measured(database: Database) -> Iterator[Cost]:
    cost = Cost()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        cost.statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    started, cpu = time.perf_counter(), time.process_time()
    try:
        yield cost
    finally:
        cost.seconds, cost.cpu = time.perf_counter() - started, time.process_time() - cpu
        event.remove(database.engine, "before_cursor_execute", note)


def test_a_call_takes_as_many_statements_for_a_large_group_as_for_a_small(world: World) -> None:
    small, large = world.house("vuggestue"), world.house("vuggestue")
    world.children(small, 3)
    world.children(large, CHILDREN)
    round_id = world.open_round()["round_id"]
    costs: dict[str, dict[str, int]] = {"small": {}, "large": {}}
    for name, house in (("small", small), ("large", large)):
        for call, actor in (("rate", house.anna), ("rate", house.bo), ("finalise", house.anna)):
            with measured(world.database) as cost:
                world.sheet(round_id, house, actor)
            costs[name][f"sheet before {call}"] = len(cost.statements)
            items = rated(world, round_id, house, actor) if call == "rate" else agreed(world, round_id, house)
            with measured(world.database) as cost:
                assert world.group(call, actor, round_id, house, items)["errors"] == []
            costs[name][call] = len(cost.statements)
        with measured(world.database) as cost:
            world.do(sheets.discussion_sheet, house.anna, round_id=round_id, group_id=house.group)
        costs[name]["dialogue"] = len(cost.statements)
    assert costs["small"] == costs["large"]


def test_news_of_many_children_take_as_many_statements_as_of_few(world: World, house: House) -> None:
    children = world.children(house, 60)
    world.open_round()
    other = world.house("boernehave")
    counts = []
    for some in (children[:3], children[3:]):
        with measured(world.database) as cost:
            world.tell("child", *(child_data(child, world.born[child], at(other)) for child in some))
        counts.append(len(cost.statements))
    assert counts[0] == counts[1]


def test_twenty_groups_of_twenty_five_are_agreed_on_in_no_time(
    world: World, capsys: Any, database_url: str
) -> None:
    houses = [world.house("vuggestue") for _ in range(GROUPS)]
    for house in houses:
        world.children(house, CHILDREN)
    round_id = world.open_round()["round_id"]
    costs: dict[str, list[Cost]] = {"rate_group": [], "finalise_group": []}
    for house in houses:
        for actor in (house.anna, house.bo):
            items = rated(world, round_id, house, actor)
            costs["rate_group"].append(
                timed(world, own.rate_group, schemas.RateGroup, actor, round_id, house, items)
            )
        items = agreed(world, round_id, house)
        costs["finalise_group"].append(
            timed(world, joint.finalise_group, schemas.FinaliseGroup, house.anna, round_id, house, items)
        )
    with capsys.disabled():
        for name, all_ in costs.items():
            seconds = sorted(cost.seconds for cost in all_)
            cpu = sorted(cost.cpu for cost in all_)
            sys.stdout.write(
                f"\n{database_url.split(':')[0]} {name}: {CHILDREN} children a call, "
                f"{len(all_[0].statements)} statements, median {1000 * seconds[len(seconds) // 2]:.1f} ms "
                f"(CPU {1000 * cpu[len(cpu) // 2]:.1f} ms)"
            )
    assert {len(cost.statements) for cost in costs["rate_group"]} == {len(costs["rate_group"][0].statements)}
    # The bound is for a machine under load; what is usual is printed above.
    assert sorted(cost.cpu for cost in costs["finalise_group"])[GROUPS // 2] < 0.1
    assert len(world.events("joint_rating.finalised")) == GROUPS * CHILDREN


def timed(
    world: World, handler: Any, schema: Any, actor: Any, round_id: str, house: House, items: list[Any]
) -> Cost:
    """One call as the bus makes it: loaded, done, dumped."""
    loads, gives = schema(), schemas.GroupSaved()
    with measured(world.database) as cost:
        data = loads.load({"round_id": round_id, "group_id": house.group, "items": items})
        assert not gives.dump(world.do(handler, actor, **data))["errors"]
    return cost


def rated(world: World, round_id: str, house: House, actor: Any) -> list[dict[str, Any]]:
    rows = world.rows(round_id, house, actor).values()
    return [own_item(row, position) for row, position in zip(rows, POSITIONS * len(rows), strict=False)]


def agreed(world: World, round_id: str, house: House) -> list[dict[str, Any]]:
    rows = world.rows(round_id, house).values()
    return [
        joint_item(row, house, position) for row, position in zip(rows, POSITIONS * len(rows), strict=False)
    ]


POSITIONS = ("yellow", "green", "green", "green", "green", "green", "red", "green", "green", "green", "green")
"""About as many concerns as a real round has, and one in every group."""
