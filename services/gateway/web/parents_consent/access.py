"""Who may read about the child, now and before, and what was exchanged without consent: in her own words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response

from services.gateway.web.by_link import call, places
from services.gateway.web.parents_consent.frame import blueprint, language_of, page
from services.gateway.web.parents_consent.words import day, filled, words


@blueprint.get("/samtykke/<token>/adgang")
def who_has_access(token: str) -> Response:
    view = call("consent.parent_view", {"token": token})
    found = call("consent.who_has_access", {"token": token})
    language = language_of(view)
    texts = words(language)["access"]
    return page(
        "access",
        language,
        token=token,
        intro=texts["intro"].get(view["kind"], texts["intro"]["guardian"]),
        places=list(places(*found["institution_ids"]).values()),
        now=[
            _opening(one, texts, filled(texts["until"], day=day(one["valid_to"], language)))
            for one in found["open"]
        ],
        before=[
            _opening(one, texts, filled(texts["ended"], day=day(one["ended_at"], language)))
            for one in found["closed"]
        ],
        exchanges=[
            {
                "day": day(one["held_on"], language),
                "basis": texts["bases"].get(one["basis"], one["basis"]),
                "parties": [each["name"] for each in one["parties"]],
                "information": _listed(one["information"], texts),
            }
            for one in found["exchanges"]
        ],
    )


def _opening(one: dict[str, Any], texts: Any, until: str) -> dict[str, Any]:
    return {
        "names": [each["name"] for each in one["recipients"]],
        "purpose": texts["purposes"].get(one["purpose"], one["purpose"]),
        "information": _listed(one["information"], texts),
        "until": until,
    }


def _listed(codes: Sequence[str], texts: Any) -> list[str]:
    return [texts["information"].get(code, code) for code in codes]
