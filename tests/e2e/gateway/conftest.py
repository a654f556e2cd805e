"""A house with an invented municipality in which one group has been rated."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.local import debian, municipality
from deploy.local.api import Api, Problem
from deploy.local.demo.mails import links
from deploy.local.house import House
from services.chassis.actor import Actor, Grant
from tests.support import until

CHILDREN = 150
YELLOW, RED, WITHHELD = 0, 1, 2
"""Places among the children whose parents can be reached by mail."""


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
    debian.need(debian.CHROMIUM, "chromium")
    found = House(scratch / f"house-{secrets.token_hex(4)}", say=lambda _text: None)
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
    api = Api.as_actor(house, acting(raters[0]))
    reachable = [row["child_id"] for row in api.get(base)["children"] if _has_mail(api, row["child_id"])]
    positions = dict(zip(reachable, ("yellow", "red", "red"), strict=False))
    for rater in raters[:2]:
        mine = Api.as_actor(house, acting(rater))
        items = [_rating(row, positions) for row in mine.get(base)["children"]]
        assert mine.call("PUT", f"{base}/own-ratings", {"items": items})["errors"] == []
    rows = api.get(f"{base}/discussion")["children"]
    agreed = {"participants": [rater["staff_id"] for rater in raters[:2]], "context": "Eftermiddage"}
    items = [
        {**_rating(row, positions), **agreed, "suspects_parents": row["child_id"] == reachable[WITHHELD]}
        for row in rows
    ]
    assert api.post(f"{base}/joint-ratings", {"items": items})["errors"] == []
    return Rated(
        house=house,
        pedagogue=acting(raters[0]),
        stranger=Actor(
            acting(raters[0]).id, "staff", (Grant("pedagogue", others[0][1]["group_id"]),), "nysgerrig"
        ),
        round_id=round_["round_id"],
        group_id=group["group_id"],
        yellow=reachable[YELLOW],
        red=reachable[RED],
        withheld=reachable[WITHHELD],
        green=next(row["child_id"] for row in rows if row["child_id"] not in positions),
        staff_id=raters[0]["staff_id"],
        institution_id=place["institution_id"],
    )


def _has_mail(api: Api, child_id: str) -> bool:
    """Whether a parent with custody can be written to by mail; the others get a letter."""
    return any(
        adult["email"] and adult["custody"] != "none" and not adult["digital_post_exempt"]
        for adult in api.get(f"/children/{child_id}")["guardians"]
    )


def _rating(row: dict[str, Any], positions: dict[str, str]) -> dict[str, Any]:
    position = positions.get(row["child_id"], "green")
    return {
        "child_assessment_id": row["child_assessment_id"],
        "expected_version": row["version"],
        "position": position,
        "reason": "" if position == "green" else "Står ofte alene, når stuen er samlet.",
    }


def _quietly(condition: Callable[[], bool]) -> bool:
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
