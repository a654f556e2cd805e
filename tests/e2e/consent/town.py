"""What the story needs to have happened: a family of two languages, a focus meeting that has been held."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from deploy.local.api import Api, Problem
from deploy.local.house import House
from services.chassis import clock
from services.chassis.actor import Actor, Grant
from tests.support import until

MEETING_ROLES = ("facilitator", "timekeeper", "minutes", "sender", "contact")
SECONDS = 90


@dataclass
class Scene:
    """Who there is when the story begins. ``mails`` are the parents' addresses by their language."""

    house: House
    child_id: str
    name: str
    leader: Actor
    specialist: Actor
    mails: dict[str, str]
    meeting_id: str

    def api(self, actor: Actor | None = None) -> Api:
        return Api.as_actor(self.house, actor or self.leader)


def prepare(house: House, taken: set[str]) -> Scene:
    """A child, not among ``taken``, about whom a meeting has been held; one of the parents reads Arabic."""
    admin = Api.as_role(house, "administration")
    place, group, raters, child = next(_candidates(admin, taken))
    danish, arabic = [one for one in child["guardians"] if one["custody"] == "joint"]
    _reads_arabic(house, arabic["email"])
    staff = admin.all("/staff", institution_id=place["institution_id"])
    leading = next(one for one in staff if one["role"] == "leader")
    leader = _actor(leading["staff_id"], "leader", place["institution_id"])
    found = Api.as_actor(house, leader).get("/specialists")["items"]
    specialist = next(one for one in found if place["district_id"] in one["unit_ids"])
    raters_as_actors = [_actor(one["staff_id"], one["role"], one["unit_id"]) for one in raters[:2]]
    _rate(house, group["group_id"], child["child_id"], raters_as_actors)
    return Scene(
        house,
        child["child_id"],
        f"{child['first_name']} {child['last_name']}",
        leader,
        _actor(specialist["staff_id"], "specialist", place["district_id"]),
        {"danish": danish["email"], "arabic": arabic["email"]},
        _held(Api.as_actor(house, leader), child["child_id"], leading["staff_id"]),
    )


def _candidates(admin: Api, taken: set[str]) -> Iterator[tuple[Any, Any, Any, Any]]:
    for place in admin.all("/institutions", kind="boernehave"):
        for group in admin.all(f"/institutions/{place['institution_id']}/groups"):
            staff = admin.all("/staff", group_id=group["group_id"])
            raters = [one for one in staff if one["role"] == "pedagogue"]
            for row in admin.all("/children", group_id=group["group_id"]) if len(raters) > 1 else []:
                child = admin.get(f"/children/{row['child_id']}")
                if row["child_id"] not in taken and _fits(child):
                    yield place, group, raters, child


def _fits(child: dict[str, Any]) -> bool:
    joint = [one for one in child["guardians"] if one["custody"] == "joint"]
    return len(joint) == 2 and all(
        one["email"] and one["language"] == "da" and not one["digital_post_exempt"] for one in joint
    )


def _reads_arabic(house: House, email: str) -> None:
    """Notes it as a municipality does: in the next files it sends."""
    path = house.folder / "municipality" / "guardians.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    for row in rows:
        if row["email"].lower() == email.lower():
            row["language"] = "ar"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=";", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
    house.trivsel("import", str(path.parent))


def _rate(house: House, group_id: str, child_id: str, raters: list[Actor]) -> None:
    """Two have rated the child yellow and agree about it; nobody else is rated."""
    [round_] = Api.as_role(house, "administration").get("/rounds", state="open")["items"]
    base = f"/rounds/{round_['round_id']}/groups/{group_id}"
    first = Api.as_actor(house, raters[0])
    until(
        lambda: _quietly(lambda: len(first.get(base)["raters"]) >= 2), SECONDS, "the group's staff are known"
    )
    yellow = {"position": "yellow", "reason": "Står ofte alene, når stuen er samlet."}
    for rater in raters:
        api = Api.as_actor(house, rater)
        own = _row(api.get(base)["children"], child_id)
        assert api.call("PUT", f"{base}/own-ratings", {"items": [{**own, **yellow}]})["errors"] == []
    agreed = {"participants": [rater.id for rater in raters], "context": "Eftermiddage"}
    own = _row(first.get(f"{base}/discussion")["children"], child_id)
    assert first.post(f"{base}/joint-ratings", {"items": [{**own, **yellow, **agreed}]})["errors"] == []


def _row(rows: list[dict[str, Any]], child_id: str) -> dict[str, Any]:
    [row] = [one for one in rows if one["child_id"] == child_id]
    return {"child_assessment_id": row["child_assessment_id"], "expected_version": row["version"]}


def _held(api: Api, child_id: str, staff_id: str) -> str:
    """The child's focus meeting, agreed by telephone and held."""

    def invited() -> Any:
        found = _quietly(lambda: api.get("/meetings", child_id=child_id)["items"])
        return [one for one in found or [] if one["state"] == "invited"]

    meeting_id = str(until(invited, SECONDS, "the parents have been invited")[0]["meeting_id"])
    meeting = f"/meetings/{meeting_id}"

    def version() -> int:
        return int(api.get(meeting)["version"])

    soon = (clock.now() + timedelta(minutes=30)).replace(second=0, microsecond=0)
    api.post(f"{meeting}/confirmation", {"starts_at": soon.isoformat()}, version=version())
    api.call("PUT", f"{meeting}/roles", {"roles": dict.fromkeys(MEETING_ROLES, staff_id)}, version())
    api.post(f"{meeting}/held", {}, version=version())
    return meeting_id


def _actor(staff_id: str, role: str, unit_id: str) -> Actor:
    return Actor(staff_id, "staff", (Grant(role, unit_id),), "dagligt arbejde")


def _quietly(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Problem:
        return None
