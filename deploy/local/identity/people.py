"""Who can be chosen: the staff that the registry knows, and roles for the whole municipality."""

from __future__ import annotations

import re
from typing import Any

from services.chassis.actor import EVERYWHERE, Actor, issue_token
from services.chassis.client import RpcClient

ME = Actor.system("identity", purpose="demonstrationslogin")
WHOLE_MUNICIPALITY = {
    "leader": ("00000000-0000-4000-8000-00000000ad02", "Leder af området"),
    "administration": ("00000000-0000-4000-8000-00000000ad01", "Administration"),
    "operations": ("00000000-0000-4000-8000-00000000ad03", "Drift"),
    "specialist": ("00000000-0000-4000-8000-00000000ad04", "Specialist"),
}
"""Roles that no invented person holds everywhere, each with an id and a name of its own."""
ROLES = {
    "pedagogue": "pædagog",
    "childminder": "dagplejer",
    "teacher": "lærer",
    "health_visitor": "sundhedsplejerske",
    "leader": "leder",
    "specialist": "specialist",
    "administration": "administration",
    "operations": "drift",
}
KINDS = {
    "dagpleje": "dagpleje",
    "vuggestue": "vuggestue",
    "boernehave": "børnehave",
    "school": "skole",
    "health_visiting": "sundhedspleje",
}
IS_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class People:
    """Asks the registry as a service of the house."""

    def __init__(self, amqp_uri: str, key: str) -> None:
        self._client = RpcClient(amqp_uri, lambda: issue_token(ME, key, 60), name="trivsel-identity")

    def institutions(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self._client.call("registry.list_institutions", {"limit": 1000})[
            "items"
        ]
        return [{**item, "kind": KINDS.get(item["kind"], item["kind"])} for item in items]

    def staff(self, institution_id: str) -> list[dict[str, Any]]:
        """Each person once, with her roles in words; leaders first."""
        found = self._client.call("registry.list_staff", {"institution_id": institution_id, "limit": 1000})
        people: dict[str, dict[str, Any]] = {}
        for item in found["items"]:
            person = people.setdefault(item["staff_id"], {**item, "held": []})
            if item["role"] not in person["held"]:
                person["held"].append(item["role"])
        for person in people.values():
            person["roles"] = ", ".join(ROLES.get(role, role) for role in person["held"])
        return sorted(
            people.values(), key=lambda one: ("leader" not in one["held"], one["last_name"], one["staff_id"])
        )

    def claims(self, role: str, staff_id: str) -> dict[str, Any] | None:
        """What a provider says of the chosen person; None when she has nothing to do here today."""
        if role in WHOLE_MUNICIPALITY:
            sub, name = WHOLE_MUNICIPALITY[role]
            return {"sub": sub, "name": name, "trivsel_grants": [{"role": role, "unit": EVERYWHERE}]}
        if not IS_ID.fullmatch(staff_id):
            return None
        found = self._client.call("registry.staff_grants", {"staff_id": staff_id})
        if not found["active"] or not found["grants"]:
            return None
        [card] = self._client.call("registry.staff_cards", {"staff_ids": [staff_id]})["items"]
        return {
            "sub": staff_id,
            "name": f"{card['first_name']} {card['last_name']}",
            "trivsel_grants": [{"role": one["role"], "unit": one["unit"]} for one in found["grants"]],
        }

    def close(self) -> None:
        self._client.close()
