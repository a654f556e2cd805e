"""A child with two who hold custody, the staff around her, and the answers that come by their links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import uuid4

from deploy.local.api import Api
from deploy.local.house import House
from services.chassis import clock
from services.chassis.actor import Actor, Grant, issue_token
from services.chassis.client import RpcClient
from services.chassis.links import sign_link

SYSTEM = Actor.system("gateway")


@dataclass
class Family:
    """Who there is. ``district_id`` is where the specialists of the child's place work."""

    house: House
    child_id: str
    name: str
    holders: list[str]
    names: dict[str, str]
    leader: Actor
    pedagogue: Actor
    stranger: Actor
    institution_id: str
    group_id: str
    district_id: str

    def api(self, actor: Actor | None = None) -> Api:
        return Api.as_actor(self.house, actor or self.pedagogue)

    def parts(self, **more: Any) -> dict[str, Any]:
        """All that a request must name."""
        return {
            "purpose": "specialist_meeting",
            "information": ["wellbeing", "meeting_minutes"],
            "recipients": [{"unit_id": self.district_id, "kind": "ppr", "name": "PPR Prøvedistrikt"}],
            "legal_basis": "fvl_28",
            "valid_to": (clock.today() + timedelta(days=200)).isoformat(),
            "words": "Vi vil gerne have hjælp til sproget.",
            **more,
        }

    def asked(self, actor: Actor | None = None, **more: Any) -> dict[str, Any]:
        """A consent that has been asked for."""
        made = self.api(actor).post(f"/children/{self.child_id}/consents", self.parts(**more))
        return cast("dict[str, Any]", made)

    def granted(self, actor: Actor | None = None, **more: Any) -> dict[str, Any]:
        """A consent to which both have said yes."""
        consent = self.asked(actor, **more)
        for holder in self.holders:
            self.sign(consent, holder)
        return self.consent(consent["consent_id"])

    def consent(self, consent_id: str) -> dict[str, Any]:
        return cast("dict[str, Any]", self.api().get(f"/consents/{consent_id}"))

    def token(self, consent: dict[str, Any], holder: str) -> str:
        """The token of her link, as the mail to her carries it."""
        until = datetime.fromisoformat(consent["answer_by"]) + timedelta(days=400)
        key = self.house.environment["LINK_TOKEN_KEY"]
        return sign_link("consent-answer", consent["consent_id"], holder, {}, until, key)

    def sign(self, consent: dict[str, Any], holder: str, answer: str = "yes") -> None:
        self._call("consent.sign", token=self.token(consent, holder), answer=answer)

    def withdraw(self, consent: dict[str, Any], holder: str) -> None:
        self._call("consent.withdraw", token=self.token(consent, holder))

    def _call(self, operation: str, **data: Any) -> Any:
        environment = self.house.environment
        client = RpcClient(environment["AMQP_URI"])
        try:
            token = issue_token(SYSTEM, environment["ACTOR_TOKEN_KEY"], 60)
            return client.call(operation, data, token=token, timeout=30)
        finally:
            client.close()


def find(house: House, language: str = "da") -> Family:
    """A child whose parents share custody, read the language, and can be reached by mail."""
    admin = Api.as_role(house, "administration")
    places = admin.all("/institutions")
    for place in places:
        staff = admin.all("/staff", institution_id=place["institution_id"])
        leaders = [one for one in staff if one["role"] == "leader"]
        for group in admin.all(f"/institutions/{place['institution_id']}/groups"):
            raters = [one for one in staff if one["unit_id"] == group["group_id"]]
            for row in admin.all("/children", group_id=group["group_id"]) if leaders and raters else []:
                child = admin.get(f"/children/{row['child_id']}")
                if not _fits(child, language) or not place["district_id"]:
                    continue
                other = next(one["institution_id"] for one in places if one["kind"] != place["kind"])
                holders = [one for one in child["guardians"] if one["custody"] == "joint"]
                return Family(
                    house,
                    child["child_id"],
                    f"{child['first_name']} {child['last_name']}",
                    [one["guardian_id"] for one in holders],
                    {one["guardian_id"]: f"{one['first_name']} {one['last_name']}" for one in holders},
                    _staff(leaders[0]["staff_id"], "leader", place["institution_id"]),
                    _staff(raters[0]["staff_id"], raters[0]["role"], group["group_id"]),
                    _staff(str(uuid4()), "leader", other),
                    place["institution_id"],
                    group["group_id"],
                    place["district_id"],
                )
    raise LookupError("The invented municipality has no such family.")


def _fits(child: dict[str, Any], language: str) -> bool:
    joint = [one for one in child["guardians"] if one["custody"] == "joint"]
    return len(joint) == 2 and all(one["email"] and one["language"] == language for one in joint)


def _staff(staff_id: str, role: str, unit_id: str) -> Actor:
    return Actor(staff_id, "staff", (Grant(role, unit_id),), "dagligt arbejde")
