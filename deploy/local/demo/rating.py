"""The staff of a whole municipality at work: own ratings, joint ratings, revisions, all through the API."""

from __future__ import annotations

import math
import random
import secrets
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from deploy.local.api import Api
from deploy.local.house import House
from services.chassis.actor import Actor, Grant

YELLOW, RED = 0.15, 0.03
GRAVE = ("yellow", "red")
AWAY = 0.01
SUSPECTED = 0.02  # of the yellow and red
REVISED = 0.02
HANDS = 4
"""Requests under way at a time; more would measure this program and not the house."""
ROLE_IN = {
    "dagpleje": "childminder",
    "vuggestue": "pedagogue",
    "boernehave": "pedagogue",
    "school": "teacher",
    "health_visiting": "health_visitor",
}


@dataclass
class Room:
    """One group with its sheet, the positions its children will get, and who rates there."""

    group_id: str
    kind: str
    raters: list[str]
    rows: list[dict[str, Any]]
    positions: dict[str, str] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)

    @property
    def concerns(self) -> int:
        """How many of its children are to be rated yellow or red."""
        return sum(position in GRAVE for position in self.positions.values())


class Rating:
    """A round, rated. The same seed gives the same positions to the same children."""

    def __init__(self, house: House, round_id: str, *, seed: int, rate: float) -> None:
        self._house = house
        self._round = f"/rounds/{round_id}"
        self._chance = random.Random(seed)  # noqa: S311 - an example, not a secret
        self._rate = rate
        self.canary = f"kanariefugl{secrets.token_hex(6)}"
        """Stands in every free text that is written, so that one that escapes is found."""
        self.rated: list[tuple[Room, dict[str, Any]]] = []
        leader = Api.as_role(house, "leader")
        coverage = Api.as_role(house, "administration").get("/coverage", round_id=round_id, level="group")
        groups = [item for item in coverage["items"] if item["total"]]
        house.say(f"Reading the sheets of {len(groups)} groups ...")
        sheets = self._all(groups, lambda item: leader.get(f"{self._round}/groups/{item['group_id']}"))
        self.rooms = [self._room(sheet) for sheet in sheets]
        concerns = [
            key for room in self.rooms for key, position in room.positions.items() if position in GRAVE
        ]
        self._suspected = set(self._chance.sample(concerns, math.ceil(len(concerns) * SUSPECTED)))

    def _room(self, sheet: dict[str, Any]) -> Room:
        open_rows = [row for row in sheet["children"] if row["state"] in ("not_started", "own_rating")]
        room = Room(sheet["group_id"], sheet["kind"], sheet["raters"], open_rows)
        for row in open_rows:
            chance = self._chance.random()
            position = "red" if chance < RED else "yellow" if chance < RED + YELLOW else "green"
            if self._chance.random() < AWAY:
                position = "away"
            room.positions[row["child_assessment_id"]] = position
            room.versions[row["child_assessment_id"]] = row["version"]
        return room

    @property
    def children(self) -> int:
        """Children on the sheets, those away included."""
        return sum(len(room.rows) for room in self.rooms)

    # -- the round's three steps ----------------------------------------------------------------------

    def own_ratings(self) -> None:
        """Each professional alone; children who are away are marked so."""
        self._house.say(f"Own ratings of {self.children:,} children in {len(self.rooms)} groups ...")
        self._all(self.rooms, self._rate_alone)

    def joint_ratings(self) -> None:
        """The agreed ratings, group by group, at such a pace that concerns arise at the wanted rate."""
        expected = sum(room.concerns for room in self.rooms)
        self._house.say(f"Joint ratings: about {expected:,} concerns, {self._rate:g} a second ...")
        self._all(_paced(self.rooms, self._rate), self._rate_together)

    def revisions(self) -> None:
        """Some change their minds: green to yellow, yellow to green, and a suspicion that comes up late."""
        chosen = [pair for pair in self.rated if self._chance.random() < REVISED]
        self._house.say(f"Revisions of {len(chosen):,} ratings ...")
        self._all(chosen, self._revise)

    # -- one group, one child -------------------------------------------------------------------------

    def _rate_alone(self, room: Room) -> None:
        away = [key for key, position in room.positions.items() if position == "away"]
        if away:
            self._absent(room, away)
        present = [row for row in room.rows if room.positions[row["child_assessment_id"]] != "away"]
        needed = max((row["ratings_required"] for row in present), default=0)
        for rater in room.raters[:needed]:
            items = [
                {
                    **self._entry(room, row["child_assessment_id"]),
                    "position": self._own_position(room.positions[row["child_assessment_id"]]),
                }
                for row in present
            ]
            if items:
                saved = self._as(room, rater).call(
                    "PUT", f"{self._round}/groups/{room.group_id}/own-ratings", {"items": items}
                )
                self._note(room, saved)
        if len(room.raters) < needed and present:
            self._begin_with_fewer(room, present)

    def _absent(self, room: Room, keys: list[str]) -> None:
        items = [
            {
                "child_assessment_id": key,
                "expected_version": room.versions[key],
                "state": "absent",
                "reason_code": "holiday",
                "reason": f"På ferie hele perioden. {self.canary}",
            }
            for key in keys
        ]
        path = f"{self._round}/groups/{room.group_id}/absences"
        self._note(room, self._as(room, room.raters[0] if room.raters else None).post(path, {"items": items}))

    def _begin_with_fewer(self, room: Room, rows: list[dict[str, Any]]) -> None:
        items = [
            {
                "child_assessment_id": row["child_assessment_id"],
                "expected_version": room.versions[row["child_assessment_id"]],
                "reason": f"Kun én i gruppen i denne uge. {self.canary}",
            }
            for row in rows
        ]
        path = f"{self._round}/groups/{room.group_id}/start-dialogue"
        self._note(room, self._as(room, None).post(path, {"items": items}))

    def _rate_together(self, room: Room) -> None:
        keys = [key for key, position in room.positions.items() if position != "away"]
        if not keys:
            return
        items = []
        for key in keys:
            position = room.positions[key]
            items.append(
                {
                    **self._joint(room, key),
                    "position": position,
                    "suspects_parents": key in self._suspected,
                }
            )
        path = f"{self._round}/groups/{room.group_id}/joint-ratings"
        saved = self._as(room, room.raters[0] if room.raters else None).post(path, {"items": items})
        self._note(room, saved)
        self.rated += [(room, one) for one in saved["saved"]]

    def _revise(self, pair: tuple[Room, dict[str, Any]]) -> None:
        room, one = pair
        before = room.positions[one["child_assessment_id"]]
        after = {"green": "yellow", "yellow": "green", "red": "yellow"}[before]
        suspected = before == "red" and self._chance.random() < 0.3
        body = {
            **self._joint(room, one["child_assessment_id"]),
            "position": after,
            "suspects_parents": suspected,
            "revision_reason": f"Vi så det samme barn i en mindre gruppe. {self.canary}",
        }
        del body["child_assessment_id"], body["expected_version"]
        version = room.versions[one["child_assessment_id"]]
        api = self._as(room, room.raters[0] if room.raters else None)
        api.post(f"/joint-ratings/{one['rating_id']}/revision", body, version=version)

    def _own_position(self, agreed: str) -> str:
        """Professionals see different things; that is what the dialogue is for."""
        if self._chance.random() < 0.05:
            return self._chance.choice(["green", "yellow"])
        return agreed

    def _entry(self, room: Room, key: str) -> dict[str, Any]:
        return {
            "child_assessment_id": key,
            "expected_version": room.versions[key],
            "reason": f"Står ofte ved siden af legen i den store gruppe. {self.canary}",
            "works_well": f"Leger længe med én kammerat. {self.canary}",
        }

    def _joint(self, room: Room, key: str) -> dict[str, Any]:
        return {
            **self._entry(room, key),
            "context": f"Ved skift mellem aktiviteter. {self.canary}",
            "focus": f"Mindre grupper efter frokost. {self.canary}",
            "participants": room.raters[:2] or [self._leader_id],
        }

    _leader_id = "00000000-0000-4000-8000-00000000de31"

    def _as(self, room: Room, rater: str | None) -> Api:
        """One of the group's professionals, or its leader when it has none."""
        grant = Grant("leader" if rater is None else ROLE_IN[room.kind], room.group_id)
        return Api.as_actor(self._house, Actor(rater or self._leader_id, "staff", (grant,), "demonstration"))

    def _note(self, room: Room, saved: dict[str, Any]) -> None:
        """Remember the new versions. A child that could not be saved is a fault and ends it all."""
        if saved["errors"]:
            raise AssertionError(f"group {room.group_id}: {saved['errors'][:3]}")
        for one in saved["saved"]:
            room.versions[one["child_assessment_id"]] = one["version"]

    def _all(self, items: Iterable[Any], do: Callable[[Any], Any]) -> list[Any]:
        """Some hands at a time; the first fault ends it. Watches that every process lives."""
        with ThreadPoolExecutor(HANDS) as pool:
            futures = []
            for item in items:
                futures.append(pool.submit(do, item))
                self._house.check()
            return [future.result() for future in futures]


def _paced(rooms: list[Room], rate: float) -> Iterable[Room]:
    """The rooms, each at its time: so many concerns a second, whoever is slow."""
    begun = time.monotonic()
    told = 0
    for room in rooms:
        pause = begun + told / rate - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        told += room.concerns
        yield room
