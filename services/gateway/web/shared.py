"""Delt med os: the children whose record a consent shares with a unit of this person, and what it opens.

Nothing is decided here. Registry says who the child is, assessment and meetings what they open, each on every
read; once a consent has been withdrawn the page says so kindly, and what one can do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template

from services.chassis.errors import Forbidden, NotFound, TrivselError
from services.gateway.calls import Failure
from services.gateway.timeline import day_of, moment_of
from services.gateway.web import consent_words as words
from services.gateway.web import danish, sheets
from services.gateway.web.acting import ask, ask_together
from services.gateway.web.language import language
from services.gateway.web.words import KINDS, TRACKS

blueprint = Blueprint("shared", __name__)

RATINGS, MINUTES = "wellbeing", "meeting_minutes"
"""The kinds of information that have a part of the page; the others are told by those who asked for them."""


@blueprint.errorhandler(NotFound)
@blueprint.errorhandler(Forbidden)
def _closed(error: TrivselError) -> tuple[str, int]:
    """A child who is not, or no longer, shared with this person."""
    return render_template("shared/closed.html"), error.status


@blueprint.get("/born/delt-med-os")
def index() -> str:
    """All the children who are shared, by name."""
    items = ask("registry.shared_children")["items"]
    units = _units(items)
    return render_template("shared/index.html", items=[_dressed(one, units) for one in items])


@blueprint.get("/barn/<uuid:child_id>/delt")
def child(child_id: UUID) -> str:
    """What is shared about one child: each part as its service gives it now."""
    found = ask("registry.shared_child", child_id=str(child_id))
    opened = {kind for share in found["shares"] for kind in share["information"]}
    wanted = {}
    if RATINGS in opened:
        wanted["ratings"] = ("assessment.shared_ratings", {"child_id": str(child_id)})
    if MINUTES in opened:
        wanted["minutes"] = ("meetings.shared_minutes", {"child_id": str(child_id)})
    parts = ask_together(**wanted) if wanted else {}
    ratings, meetings = _part(parts, "ratings", "ratings"), _part(parts, "minutes", "meetings")
    return render_template(
        "shared/child.html",
        child=_dressed(found, _units([found])),
        opens_ratings=RATINGS in opened,
        opens_minutes=MINUTES in opened,
        ratings=ratings,
        meetings=meetings,
        others=words.words(sorted(opened - {RATINGS, MINUTES}), words.INFORMATION),
        places=sheets.unit_names(one["institution_id"] for one in (*(ratings or []), *(meetings or []))),
        tracks=TRACKS,
        kinds=KINDS,
        day=_day,
        moment=lambda value: danish.moment(moment_of(value), language()),
    )


def _part(parts: Mapping[str, Any], name: str, of: str) -> list[dict[str, Any]] | None:
    """A part's items; None when its service cannot give them: the consent may still be on its way there."""
    part = parts.get(name)
    return None if part is None or isinstance(part, Failure) else list(part[of])


def _units(items: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return sheets.unit_names(unit for one in items for share in one["shares"] for unit in share["unit_ids"])


def _dressed(found: Mapping[str, Any], units: Mapping[str, str]) -> dict[str, Any]:
    """A child with her age, and each share in words."""
    return {
        **found,
        "name": f"{found['first_name']} {found['last_name']}",
        "age": sheets.age(found["born"]),
        "shares": [
            {
                "units": [units[unit] for unit in share["unit_ids"] if unit in units],
                "information": words.words(share["information"], words.INFORMATION),
                "until": _day(share["valid_to"]),
            }
            for share in found["shares"]
        ],
    }


def _day(value: str) -> str:
    """A day, or the day of a moment, in the page's language."""
    return danish.day(moment_of(value) if "T" in value else day_of(value), language())
