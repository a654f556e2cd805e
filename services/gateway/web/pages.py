"""The start page, finding a child, and a child's timeline."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Blueprint, current_app, render_template, request

from services.chassis.actor import EVERYWHERE, Actor
from services.chassis.errors import NotFound, TrivselError
from services.gateway import timeline
from services.gateway.calls import Calls, Failure
from services.gateway.request import context
from services.gateway.web import danish
from services.gateway.web.acting import actor as acting
from services.gateway.web.child import frame
from services.gateway.web.roles import may_see
from services.gateway.web.words import KINDS, POSITIONS, SERVICES, TRACKS, details

blueprint = Blueprint("pages", __name__)

PROBER = Actor.system("gateway", purpose="drift")

SHOWN = {"alt": "Alt", "faglige": "Faglige hændelser", "system": "Systemets hændelser"}
PROBES: dict[str, tuple[str, dict[str, Any]]] = {
    "registry": ("registry.list_institutions", {"limit": 1}),
    "assessment": ("assessment.list_rounds", {"limit": 1}),
    "meetings": ("meetings.get_settings", {}),
    "notifications": ("notifications.failed_notices", {"limit": 1}),
}
"""A light question for each service: whatever it answers, it answers."""


def _calls() -> Calls:
    calls: Calls = current_app.extensions["calls"]
    return calls


@blueprint.get("/")
def start() -> str:
    local = current_app.config["DEMONSTRATION"]
    return render_template(
        "start.html", parts=_parts() if local else [], links=current_app.config["LINKS"] if local else []
    )


def _parts() -> list[dict[str, Any]]:
    found = _calls().side_by_side(PROBES, PROBER, context(), timeout=2.0)
    return [
        {
            "name": SERVICES[name][0],
            "does": SERVICES[name][1],
            "well": not (isinstance(part, Failure) and part.error.status >= 500),
        }
        for name, part in found.items()
    ]


# Finding a child -------------------------------------------------------------------------------------


@blueprint.get("/born")
def children() -> str:
    """The children of one of the person's units, and those with an open concern."""
    actor = acting()
    units = _units(actor)
    chosen = next((unit for unit in units if unit["unit_id"] == request.args.get("enhed")), None)
    chosen = chosen or (units[0] if len(units) == 1 else None)
    asked: dict[str, tuple[str, dict[str, Any]]] = {"concerns": ("assessment.list_concerns", {"limit": 50})}
    if chosen:
        asked["children"] = (
            "registry.list_children",
            {f"{chosen['unit_kind']}_id": chosen["unit_id"], "limit": 1000},
        )
    found = _calls().side_by_side(asked, actor, context())
    return _children_page(
        actor,
        units,
        chosen,
        _items(found.get("children")),
        concerned=_names(actor, _items(found["concerns"])),
    )


@blueprint.post("/born")
def search() -> str:
    """Search by name or day of birth; by POST, so that what is looked for stands in no address or log."""
    actor = acting()
    text = request.form.get("text", "").strip()
    problem, items = None, []
    try:
        items = _calls().one("registry.search_children", {"text": text}, actor, context())["items"]
        if not items:
            problem = "Ingen børn, som du må se, svarer til søgningen."
    except TrivselError as error:
        problem = next(iter(error.fields.values()), error.detail)
    return _children_page(actor, _units(actor), None, items, problem=problem, text=text)


def _children_page(
    actor: Actor,
    units: list[dict[str, Any]],
    chosen: dict[str, Any] | None,
    items: list[dict[str, Any]],
    **more: Any,
) -> str:
    return render_template(
        "children.html",
        units=units,
        chosen=chosen,
        items=items,
        may_read_shared=may_see(actor, "shared.index"),
        age=lambda born: danish.day(timeline.day_of(born)) if born else "",
        **{"concerned": [], "problem": None, "text": "", **more},
    )


def _units(actor: Actor) -> list[dict[str, Any]]:
    """The groups and institutions she may choose among; in a district or everywhere, the institutions."""
    own = sorted({grant.unit for grant in actor.grants} - {EVERYWHERE})
    asked: dict[str, tuple[str, dict[str, Any]]] = {}
    if own:
        asked["own"] = ("registry.unit_names", {"unit_ids": own})
    everywhere = any(grant.unit == EVERYWHERE for grant in actor.grants)
    asked["institutions"] = ("registry.list_institutions", {"limit": 1000})
    found = _calls().side_by_side(asked, actor, context())
    institutions = [
        {
            "unit_id": item["institution_id"],
            "unit_kind": "institution",
            "district_id": item.get("district_id"),
            "name": f"{item['name']} ({KINDS.get(item['kind'], item['kind'])})",
        }
        for item in _items(found["institutions"])
    ]
    if everywhere:
        return institutions
    mine = _items(found.get("own"))
    districts = {unit["unit_id"] for unit in mine if unit["unit_kind"] == "district"}
    return [unit for unit in mine if unit["unit_kind"] in ("group", "institution")] + [
        unit for unit in institutions if unit["district_id"] in districts
    ]


def _items(part: Any) -> list[dict[str, Any]]:
    return [] if part is None or isinstance(part, Failure) else part["items"]


def _names(actor: Actor, concerns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The children of the concerns, each once, by name."""
    ids = list(dict.fromkeys(concern["child_id"] for concern in concerns))
    if not ids:
        return []
    try:
        return list(_calls().one("registry.children", {"child_ids": ids}, actor, context())["items"])
    except TrivselError:
        return []


# The timeline ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Day:
    """The events of one day."""

    title: str
    weekday: str
    week: int
    entries: list[timeline.Entry]


@blueprint.get("/barn/<uuid:child_id>/tidslinje")
def child_timeline(child_id: Any) -> str:
    actor = acting()
    story = timeline.read(_calls(), str(child_id), actor, context(), timeline.TELLERS)
    try:
        child = _calls().one("registry.child", {"child_id": str(child_id)}, actor, context())
    except NotFound:
        raise
    except TrivselError:  # the name is a courtesy; the events are what was asked for
        child = None
    shown = request.args.get("vis", "alt") if request.args.get("vis") in SHOWN else "alt"
    entries = [entry for entry in story.entries if shown == "alt" or entry.word.system == (shown == "system")]
    return render_template(
        "timeline.html",
        chains=timeline.chains(story.entries),
        days=_days(timeline.collapse(entries)),
        silent=[SERVICES[name][0] for name in story.silent],
        shown=shown,
        shown_names=SHOWN,
        positions=POSITIONS,
        tracks=TRACKS,
        details=details,
        danish=danish,
        **(frame(child) if child else {"child": None, "child_id": str(child_id)}),
    )


def _days(entries: list[timeline.Entry]) -> list[Day]:
    return [
        Day(danish.day(day), danish.weekday(day), danish.week(day), list(some))
        for day, some in groupby(entries, key=lambda entry: danish.local(entry.at).date())
    ]
