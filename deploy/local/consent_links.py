"""Consents for the pictures: asked of a family that reads Danish and of one that reads Arabic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from deploy.local.api import Api
from deploy.local.house import House
from services.chassis import clock
from services.chassis.links import sign_link

PURPOSE = "consent-answer"
"""What the links in those mails are signed for."""
KINDS = ("boernehave", "vuggestue", "school")


def asked(house: House, language: str) -> str:
    """The path of a parent's page on a consent that she is asked for, as her mail carries it."""
    api = Api.as_role(house, "leader")
    place, child, parent = next(_families(Api.as_role(house, "administration"), language))
    consent = api.post(
        f"/children/{child['child_id']}/consents",
        {
            "purpose": "specialist_meeting",
            "information": ["wellbeing", "language", "meeting_minutes"],
            "recipients": [{"unit_id": place["district_id"], "kind": "ppr", "name": "PPR, Prøvedistriktet"}],
            "legal_basis": "fvl_28",
            "valid_to": (clock.today() + timedelta(days=180)).isoformat(),
        },
    )
    # The link in the mail itself runs out with the consent; for a picture any day after today will do.
    ends = datetime.fromisoformat(consent["answer_by"])
    key = house.environment["LINK_TOKEN_KEY"]
    return f"/samtykke/{sign_link(PURPOSE, consent['consent_id'], parent, {}, ends, key)}"


def _families(admin: Api, language: str) -> Iterator[tuple[Any, Any, str]]:
    """Places, their children and a parent with custody who reads the language."""
    for kind in KINDS:
        for place in admin.all("/institutions", kind=kind):
            for row in admin.all("/children", institution_id=place["institution_id"]):
                child = admin.get(f"/children/{row['child_id']}")
                for adult in child["guardians"]:
                    if adult["custody"] == "joint" and adult["language"] == language:
                        yield place, child, adult["guardian_id"]
