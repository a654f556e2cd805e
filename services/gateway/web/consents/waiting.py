"""What waits: consents that are not answered yet, that are soon over, or that were refused or taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import render_template, request
from flask_babel import gettext as _

from services.chassis import clock
from services.gateway.timeline import day_of
from services.gateway.web import consent_words as words
from services.gateway.web import sheets
from services.gateway.web.acting import actor, ask
from services.gateway.web.consents import blueprint, reading

LOOK_AFTER = timedelta(days=7)
"""How long a refusal or a withdrawal asks the one who had asked to see to it."""
PAGE_LENGTH = 50


@dataclass(frozen=True)
class Waiting:
    """A consent that somebody should look at: what to do, why, and by when."""

    consent_id: str
    child_id: str
    attention: str
    what: str
    why: str
    due: date


def waiting(items: Iterable[Mapping[str, Any]]) -> list[Waiting]:
    """The consents of the list `consent.follow_up` that still ask for something."""
    found = []
    for one in items:
        if one["attention"] not in words.ATTENTION:
            continue
        due = due_of(one)
        if one["ended_at"] and due < clock.today():
            continue
        what, why = words.ATTENTION[one["attention"]]
        purpose = words.PURPOSES.get(one["purpose"], one["purpose"])
        found.append(
            Waiting(one["consent_id"], one["child_id"], one["attention"], str(what), f"{why} {purpose}.", due)
        )
    return found


def due_of(one: Mapping[str, Any]) -> date:
    """By when somebody should have looked: before it ends by itself, or within days after it was ended."""
    if one["attention"] == "waiting":
        return min(reading.local_day(one["answer_by"]), day_of(one["valid_to"]))
    if one["ended_at"]:
        return reading.local_day(one["ended_at"]) + LOOK_AFTER
    return day_of(one["valid_to"])


@blueprint.get("/samtykker")
def index() -> str:
    """One's own, or all where one works; by the day they wait for."""
    leads = any(grant.role == "leader" for grant in actor().grants)
    shown = request.args.get("vis") if request.args.get("vis") in ("mine", "alle") else None
    mine = (shown or ("alle" if leads else "mine")) == "mine"
    page = ask("consent.follow_up", mine=mine, after=request.args.get("efter") or None, limit=PAGE_LENGTH)
    items = [reading.summary(one) for one in page["items"]]
    return render_template(
        "consents/index.html",
        items=items,
        mine=mine,
        after=page["next"],
        names=sheets.names(one["child_id"] for one in items),
        places=sheets.unit_names(one["institution_id"] for one in items),
        why={code: why for code, (_what, why) in words.ATTENTION.items()},
        day=reading.day,
        unknown=_("Et barn"),
    )
