"""Answers for the registry in the test over a real broker: cards of invented people, by rule."""

from __future__ import annotations

from typing import Any

from services.chassis.database import declarative_base_for
from services.chassis.errors import Forbidden
from services.chassis.service import Call, Service, rpc
from services.registry import schemas


class Registry(Service):
    """Gives every guardian a card whose address is made of her id."""

    name = "registry"
    base = declarative_base_for("registry")

    @rpc(takes=schemas.ContactCards, returns=schemas.ChildCards)
    def contact_cards(self, call: Call) -> dict[str, Any]:
        if not call.actor.is_system:
            raise Forbidden()
        return {
            "items": [
                {
                    "child_id": wanted["child_id"],
                    "first_name": "Viggo",
                    "own_contact": False,
                    "digital_post_exempt": False,
                    "email": None,
                    "phone": None,
                    "guardians": [
                        {
                            "guardian_id": guardian,
                            "custody": "joint",
                            "first_name": "Kirsten",
                            "last_name": "Prøve",
                            "language": "da",
                            "interpreter": False,
                            "digital_post_exempt": False,
                            "email": f"well-{guardian}@example.org",
                            "phone": None,
                        }
                        for guardian in wanted["guardian_ids"]
                    ],
                }
                for wanted in call.data["requests"]
            ]
        }

    @rpc(takes=schemas.UnitIds, returns=schemas.UnitNames)
    def unit_names(self, call: Call) -> dict[str, Any]:
        return {
            "items": [
                {
                    "unit_id": unit,
                    "unit_kind": "institution",
                    "name": "Børnehuset Bakken",
                    "institution_id": unit,
                }
                for unit in call.data["unit_ids"]
            ]
        }
