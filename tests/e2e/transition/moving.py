"""A child of the invented municipality is enrolled in a school, as its register tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from deploy.local import municipality
from deploy.local.api import Api, Problem
from deploy.local.house import House
from services.chassis import clock
from services.chassis.actor import Actor, Grant
from services.chassis.links import sign_link
from tests.e2e.consent.family import Family
from tests.e2e.gateway.conftest import Rated
from tests.support import until

MONTHS = timedelta(days=60)


@dataclass
class Move:
    """Who sends and who receives, and the transition between them."""

    rated: Rated
    sender: Actor
    receiver: Actor
    stranger: Actor
    school: str
    school_name: str
    transition_id: str
    child: dict[str, Any]

    @property
    def house(self) -> House:
        return self.rated.house

    def read(self, actor: Actor | None = None) -> dict[str, Any]:
        found = Api.as_actor(self.house, actor or self.sender).get(f"/transitions/{self.transition_id}")
        return cast("dict[str, Any]", found)

    def link(self, guardian_id: str, edition: int) -> str:
        """The token of a parent's link, as the mail to her carries it."""
        until_day = clock.now() + timedelta(days=60)
        key = self.house.environment["LINK_TOKEN_KEY"]
        return sign_link(
            "transition-look", self.transition_id, guardian_id, {"edition": edition}, until_day, key
        )

    def consents(self) -> None:
        """All with custody say yes to the form being passed on to the school."""
        child = self.child
        holders = [one for one in child["guardians"] if one["custody"] != "none"]
        family = Family(
            self.house,
            child["child_id"],
            child["first_name"],
            [one["guardian_id"] for one in holders],
            {},
            self.sender,
            self.sender,
            self.stranger,
            self.rated.institution_id,
            self.rated.group_id,
            "",
        )
        recipient = {"unit_id": self.school, "kind": "school", "name": self.school_name}
        granted = family.granted(purpose="transition_release", recipients=[recipient])
        assert granted["state"] == "granted"


def begin(rated: Rated) -> Move:
    """The rated red child is enrolled in a school from some day ahead, and the transition is there."""
    house, admin = rated.house, Api.as_role(rated.house, "administration")
    school = admin.all("/institutions", kind="school")[0]
    group = admin.all(f"/institutions/{school['institution_id']}/groups")[0]
    child = admin.get(f"/children/{rated.red}")
    municipality.move(house, rated.red, group["group_id"], MONTHS)
    staff = admin.all("/staff", institution_id=rated.institution_id)
    there = admin.all("/staff", institution_id=school["institution_id"])
    sender = leader(staff, rated.institution_id)
    api = Api.as_actor(house, sender)

    def opened() -> list[dict[str, Any]]:
        try:
            return cast("list[dict[str, Any]]", api.get("/transitions", child_id=rated.red)["items"])
        except Problem:
            return []

    [transition] = until(opened, 60, "the transition is there")
    other = next(
        one["institution_id"]
        for one in admin.all("/institutions")
        if one["institution_id"] not in (rated.institution_id, school["institution_id"])
    )
    return Move(
        rated,
        sender,
        leader(there, school["institution_id"]),
        Actor(rated.stranger.id, "staff", (Grant("leader", other),), "nysgerrig"),
        school["institution_id"],
        school["name"],
        transition["transition_id"],
        child,
    )


def leader(staff: list[dict[str, Any]], institution_id: str) -> Actor:
    found = next(one for one in staff if one["role"] == "leader")
    return Actor(found["staff_id"], "staff", (Grant("leader", institution_id),), "overgang")
