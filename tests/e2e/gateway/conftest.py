"""A house with an invented municipality in which one group has been rated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.local import municipality
from deploy.local.api import Api
from deploy.local.demo.mails import links
from deploy.local.house import House
from services.chassis.actor import Actor, Grant
from tests.support import until

CHILDREN = 150
YELLOW, RED, WITHHELD = 0, 1, 2
"""Places in the group of the children about whom there is a concern."""


@dataclass
class Rated:
    """A group after its joint ratings: who rated, and the children by what was agreed."""

    house: House
    pedagogue: Actor
    stranger: Actor
    round_id: str
    group_id: str
    yellow: str
    red: str
    withheld: str
    green: str
    staff_id: str
    institution_id: str

    def api(self, actor: Actor) -> Api:
        return Api.as_actor(self.house, actor)


@pytest.fixture(scope="package")
def house(scratch: Path) -> Iterator[House]:
    found = House(scratch / "gateway-house", say=lambda _text: None)
    try:
        found.prepare()
        municipality.ensure(found, CHILDREN)
        found.start()
        municipality.ensure_round(found, Api.as_role(found, "administration"))
        yield found
    finally:
        found.stop()


@pytest.fixture(scope="package")
def rated(house: House) -> Rated:
    """One yellow, one red, one with parents under suspicion, the rest green; agreed by two pedagogues."""
    admin = Api.as_role(house, "administration")
    [round_] = admin.get("/rounds", state="open")["items"]
    groups = [
        (
            place,
            group,
            [one for one in admin.all("/staff", group_id=group["group_id"]) if one["role"] == "pedagogue"],
        )
        for place in admin.all("/institutions", kind="boernehave")
        for group in admin.all(f"/institutions/{place['institution_id']}/groups")
    ]
    (place, group, raters), *others = [
        each for each in groups if len(each[2]) > 1 and each[1]["children"] > 4
    ]
    base = f"/rounds/{round_['round_id']}/groups/{group['group_id']}"

    def acting(person: dict[str, Any]) -> Actor:
        return Actor(person["staff_id"], "staff", (Grant(person["role"], person["unit_id"]),), "vurdering")

    def ready() -> bool:
        return len(Api.as_actor(house, acting(raters[0])).get(base)["raters"]) >= 2

    until(lambda: _quietly(ready), 30, "assessment knows the group's staff")
    for rater in raters[:2]:
        api = Api.as_actor(house, acting(rater))
        rows = api.get(base)["children"]
        answer = api.call(
            "PUT", f"{base}/own-ratings", {"items": [_rating(row, n) for n, row in enumerate(rows)]}
        )
        assert answer["errors"] == []
    api = Api.as_actor(house, acting(raters[0]))
    rows = api.get(f"{base}/discussion")["children"]
    people = {"participants": [rater["staff_id"] for rater in raters[:2]]}
    items = [
        {**_rating(row, n), **people, "context": "Eftermiddage", "suspects_parents": n == WITHHELD}
        for n, row in enumerate(rows)
    ]
    assert api.post(f"{base}/joint-ratings", {"items": items})["errors"] == []
    ids = [row["child_id"] for row in rows]
    return Rated(
        house=house,
        pedagogue=acting(raters[0]),
        stranger=Actor(
            acting(raters[0]).id, "staff", (Grant("pedagogue", others[0][1]["group_id"]),), "nysgerrig"
        ),
        round_id=round_["round_id"],
        group_id=group["group_id"],
        yellow=ids[YELLOW],
        red=ids[RED],
        withheld=ids[WITHHELD],
        green=ids[-1],
        staff_id=raters[0]["staff_id"],
        institution_id=place["institution_id"],
    )


def _rating(row: dict[str, Any], number: int) -> dict[str, Any]:
    position = {YELLOW: "yellow", RED: "red", WITHHELD: "red"}.get(number, "green")
    return {
        "child_assessment_id": row["child_assessment_id"],
        "expected_version": row["version"],
        "position": position,
        "reason": "" if position == "green" else "Står ofte alene, når stuen er samlet.",
    }


def _quietly(condition: Callable[[], bool]) -> bool:
    from deploy.local.api import Problem

    try:
        return condition()
    except Problem:
        return False


@pytest.fixture(scope="package")
def invitations(rated: Rated) -> list[str]:
    """The links of the invitations that the concerns led to, as they stand in the mails."""

    def sent() -> list[str]:
        found = links(rated.house.mailbox, 20)
        meetings = {Api(rated.house.gateway_url, None).get(f"/answers/{each}")["child_id"] for each in found}
        return found if {rated.yellow, rated.red} <= meetings else []

    return until(sent, 60, "both families have their invitation")
