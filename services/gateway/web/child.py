"""Barnets side: what this person may see of a child, and what comes next; one address for each tab.

Nothing is decided here: each part is what the service that owns it gives this person. A part that she may
not see is left out or said kindly; a child whom she may not see at all gets a page that says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, render_template, request, url_for

from services.chassis import clock
from services.chassis.errors import Forbidden, Invalid, NotFound, TrivselError
from services.gateway.calls import Failure
from services.gateway.timeline import day_of, moment_of
from services.gateway.web import access_log, danish, sheets, spreadsheets
from services.gateway.web.acting import actor, ask, ask_together
from services.gateway.web.consents.reading import in_short
from services.gateway.web.language import N_
from services.gateway.web.meeting_words import KINDS as MEETING_KINDS
from services.gateway.web.next_step import next_steps
from services.gateway.web.words import ABOUT, CHANNELS, KINDS, TRACKS

blueprint = Blueprint("child", __name__)

PLACE = "/barn/<uuid:child_id>"
TABS: Mapping[str, str] = {
    "child.show": "Overblik",
    "pages.child_timeline": "Tidslinje",
    "child.ratings": "Vurderinger",
    "child.meetings": "Møder",
    "consents.child": "Samtykker",
    "child.notices": "Beskeder",
    "child.log": "Adgangslog",
}
LEADING = frozenset({"leader", "administration"})
"""Roles that are shown the way to the CPR number and the access log; registry and the others decide."""
RATING = frozenset({"pedagogue", "childminder", "teacher", "health_visitor", "leader"})
LOG_PAGE = 60
EXTRACT = 1000

LANGUAGES = {
    "ar": "arabisk", "da": "dansk", "en": "engelsk", "pl": "polsk", "so": "somali",
    "tr": "tyrkisk", "uk": "ukrainsk", "fa": "farsi", "ur": "urdu",
}  # fmt: skip
CUSTODY = {
    "sole": "Har forældremyndigheden alene",
    "joint": "Deler forældremyndigheden",
    "none": "Har ikke forældremyndighed",
}
MEETING_STATES = {
    "required": "Skal inviteres til",
    "invited": "Afventer forældrenes svar",
    "confirmed": "Aftalt",
    "held": "Holdt",
    "follow_up_due": "Opfølgning aftalt",
    "closed": "Afsluttet",
    "declined": "Forældrene takkede nej",
    "no_show": "Forældrene kom ikke",
    "cancelled": "Aflyst",
}
NOTICE_STATES = {
    "intended": ("På vej", ""),
    "leased": ("På vej", ""),
    "sent": ("Sendt", "done"),
    "failed": ("Nåede ikke frem", "attention"),
    "suppressed": ("Standset", ""),
    "to_print": ("Klar til print", ""),
    "printed": ("Printet", "done"),
}
ASSESSMENT_STATES = {
    "not_started": "Ikke begyndt",
    "own_rating": "Egne vurderinger i gang",
    "ready_for_dialogue": "Klar til fælles drøftelse",
    "joint_final": "Fælles vurdering",
    "absent": "Fraværende i runden",
    "exempt": "Undtaget fra runden",
    "left": "Ikke længere med i runden",
}


@blueprint.errorhandler(NotFound)
@blueprint.errorhandler(Forbidden)
def _closed(error: TrivselError) -> tuple[str, int]:
    """A child of others, or no child: the page says the same of both, and what one can do."""
    return render_template("child/closed.html", error=error), error.status


# The child -------------------------------------------------------------------------------------------


@blueprint.get(PLACE)
def show(child_id: UUID) -> str:
    return _show(str(child_id))


@blueprint.post(f"{PLACE}/cpr")
def reveal_cpr(child_id: UUID) -> str | tuple[str, int]:
    """The CPR number on the page that answers, and nowhere else: no address, no cookie, no cache has it."""
    purpose = request.form.get("formaal", "").strip()
    try:
        found = ask("registry.reveal_cpr", child_id=str(child_id), purpose=purpose)
    except Invalid as error:
        mend = {"formaal": error.fields.get("purpose", error.detail)}
        return _show(str(child_id), cpr_fields=mend, cpr_purpose=purpose), 422
    return _show(str(child_id), cpr=found["cpr"] or "Intet cpr-nummer")


def _show(child_id: str, **more: Any) -> str:
    found = _together(
        child_id,
        history=("assessment.child_history", {"child_id": child_id}),
        meetings=("meetings.list_meetings", {"child_id": child_id, "limit": 50}),
        consents=("consent.list_by_child", {"child_id": child_id}),
        transitions=("meetings.list_transitions", {"child_id": child_id}),
    )
    history, meetings, consents = found["history"], found["meetings"], found["consents"]
    transitions = found["transitions"]
    assessments = [] if isinstance(history, Failure) else history["assessments"]
    steps = next_steps(
        assessments,
        [] if isinstance(history, Failure) else history["concerns"],
        [] if isinstance(meetings, Failure) else meetings["items"],
        clock.today(),
        [] if isinstance(transitions, Failure) else transitions["items"],
    )
    return _page(
        "child/show.html",
        found["child"],
        steps=steps,
        latest=_latest(assessments),
        consider=any(one["consider_notification"] for one in assessments[:1]),
        consents=[] if isinstance(consents, Failure) else in_short(consents["items"]),
        silent=_silent({"Vurdering": history, "Møder": meetings, "Samtykke": consents}),
        sees_ratings=not isinstance(history, Failure),
        sees_meetings=not isinstance(meetings, Failure),
        may_see_cpr=found["child"]["has_cpr"] and _leads(),
        **{"cpr": None, "cpr_fields": {}, "cpr_purpose": "", **more},
    )


def _latest(assessments: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The newest position on each track that is in force, with its context."""
    found: dict[str, dict[str, Any]] = {}
    for one in assessments:
        for rating in one["joint"]:
            if rating["current"]:
                found.setdefault(rating["track"], {**rating, "round_name": one["round_name"]})
    return sorted(found.values(), key=lambda rating: rating["track"] != "institution")


def _leads() -> bool:
    return any(grant.role in LEADING for grant in actor().grants)


# Tabs ------------------------------------------------------------------------------------------------


@blueprint.get(f"{PLACE}/vurderinger")
def ratings(child_id: UUID) -> str:
    found = _together(str(child_id), history=("assessment.child_history", {"child_id": str(child_id)}))
    history = found["history"]
    assessments: list[dict[str, Any]] = [] if isinstance(history, Failure) else history["assessments"]
    people = sheets.staff_names(
        id_
        for one in assessments
        for id_ in (
            *(rating["rater_id"] for rating in one["own_ratings"]),
            *(id_ for rating in one["joint"] for id_ in rating["participants"]),
        )
    )
    places = sheets.unit_names(id_ for one in assessments for id_ in (one["institution_id"], one["group_id"]))
    return _page(
        "child/ratings.html",
        found["child"],
        refused=_refusal(history),
        assessments=assessments,
        people=people,
        places=places,
        states=ASSESSMENT_STATES,
    )


@blueprint.get(f"{PLACE}/moeder")
def meetings(child_id: UUID) -> str:
    found = _together(
        str(child_id), meetings=("meetings.list_meetings", {"child_id": str(child_id), "limit": 100})
    )
    part = found["meetings"]
    items = [] if isinstance(part, Failure) else part["items"]
    return _page(
        "child/meetings.html",
        found["child"],
        refused=_refusal(part),
        items=sorted(items, key=lambda one: one.get("starts_at") or one["hold_by"], reverse=True),
        states=MEETING_STATES,
        kinds=MEETING_KINDS,
    )


@blueprint.get(f"{PLACE}/beskeder")
def notices(child_id: UUID) -> str:
    found = _together(str(child_id), notices=("notifications.list_for_child", {"child_id": str(child_id)}))
    part = found["notices"]
    return _page(
        "child/notices.html",
        found["child"],
        refused=_refusal(part),
        items=[] if isinstance(part, Failure) else part["items"],
        whom=_adults(found["child"]),
        states=NOTICE_STATES,
    )


@blueprint.get(f"{PLACE}/beskeder/<uuid:notice_id>")
def notice(child_id: UUID, notice_id: UUID) -> str:
    """One notice as its recipient reads it, without her personal link."""
    found = _together(str(child_id), notice=("notifications.get_notice", {"notice_id": str(notice_id)}))
    part = found["notice"]
    if not isinstance(part, Failure) and part["child_id"] != str(child_id):
        raise NotFound(N_("Beskeden findes ikke, eller du har ikke adgang til den."))
    return _page(
        "child/notice.html",
        found["child"],
        refused=_refusal(part),
        notice=None if isinstance(part, Failure) else part,
        whom=_adults(found["child"]),
        states=NOTICE_STATES,
        tab="child.notices",
    )


def _adults(child: Mapping[str, Any]) -> dict[str, str]:
    return {one["guardian_id"]: f"{one['first_name']} {one['last_name']}" for one in child["guardians"]}


# The access log --------------------------------------------------------------------------------------


@blueprint.get(f"{PLACE}/adgangslog")
def log(child_id: UUID) -> str:
    """Who has looked at the child and why, the newest first."""
    after = access_log.opened(request.args.get("efter", ""))
    child, parts = _log(str(child_id), after, LOG_PAGE, extract=False)
    known = {name: part for name, part in parts.items() if not isinstance(part, Failure)}
    page = access_log.merge(known, LOG_PAGE)
    following = {**{name: cursor for name, cursor in after.items() if name in known}, **page.after}
    return _page(
        "child/log.html",
        child,
        looks=page.looks,
        people=sheets.staff_names(
            look.actor_id for look in page.looks if look.actor_id and look.actor_kind == "staff"
        ),
        following=access_log.sealed(following) if page.after else None,
        silent=_silent({access_log.NAMES[name]: part for name, part in parts.items()}),
    )


@blueprint.get(f"{PLACE}/adgangslog/udtraek")
def log_extract(child_id: UUID) -> str | Response:
    """What the family may have: when, why and what, but not who looked. As a page to print, or as CSV."""
    child, parts = _log(str(child_id), {}, EXTRACT, extract=True)
    known = {name: part for name, part in parts.items() if not isinstance(part, Failure)}
    if len(known) < len(parts):
        raise next(part.error for part in parts.values() if isinstance(part, Failure))
    looks = access_log.merge(known, EXTRACT).looks
    if request.args.get("som") == "csv":
        rows = [
            (f"{danish.day(look.at)} kl. {danish.clock(look.at)}", look.done, ", ".join(look.what),
             look.purpose, look.who)
            for look in looks
        ]  # fmt: skip
        heads = ("Tidspunkt", "Hvad skete der", "Oplysninger", "Formål", "Af")
        return spreadsheets.download(spreadsheets.as_csv(heads, rows), spreadsheets.CSV, "adgangslog.csv")
    return _page("child/extract.html", child, looks=looks, tab="child.log", now=clock.now(), most=EXTRACT)


def _log(
    child_id: str, after: Mapping[str, str], limit: int, *, extract: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    page = {"child_id": child_id, "limit": limit, "extract": extract}
    found = _together(
        child_id,
        **{name: (f"{name}.access_log", {**page, "after": after.get(name)}) for name in access_log.SERVICES},
    )
    child = found.pop("child")
    refused = [part.error for part in found.values() if isinstance(part, Failure) and part.error.status < 500]
    if len(refused) == len(found):
        raise Forbidden(N_("Adgangsloggen kan læses af lederen og forvaltningen."))
    return child, found


# What all tabs share ---------------------------------------------------------------------------------


def _together(child_id: str, **wanted: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """The child and what else a tab shows, side by side; raises when the child cannot be seen."""
    found = ask_together(child=("registry.child", {"child_id": child_id}), **wanted)
    if isinstance(found["child"], Failure):
        raise found["child"].error
    return found


def frame(child: Mapping[str, Any], tab: str | None = None) -> dict[str, Any]:
    """What the head of every tab needs: name, age, places, and the tabs for this person."""
    return {
        "child": child,
        "child_id": child["child_id"],
        "tabs": _tabs(),
        "tab": tab or request.endpoint,
        "age": sheets.age(child.get("born")),
        "here": [place for place in child["enrolments"] if place["current"]],
    }


def _tabs() -> list[tuple[str, str]]:
    roles = {grant.role for grant in actor().grants}
    hidden = set() if roles & LEADING else {"child.log"}
    if not roles & RATING:  # administration sees no child's ratings or meetings
        hidden |= {"child.ratings", "child.meetings", "consents.child"}
    return [(endpoint, name) for endpoint, name in TABS.items() if endpoint not in hidden]


def _page(template: str, child: Mapping[str, Any], tab: str | None = None, **more: Any) -> str:
    return render_template(
        template,
        **frame(child, tab),
        tracks=TRACKS,
        about=ABOUT,
        channels=CHANNELS,
        unit_kinds=KINDS,
        custody=CUSTODY,
        languages=LANGUAGES,
        moment=lambda value: danish.moment(moment_of(value)),
        day=lambda value: danish.day(day_of(value)),
        meeting_link=meeting_link,
        **more,
    )


def _refusal(part: Any) -> str | None:
    """Why a tab is empty, in the service's words."""
    return part.error.detail if isinstance(part, Failure) else None


def _silent(parts: Mapping[str, Any]) -> list[str]:
    """The parts whose service does not answer; a refusal is an answer."""
    return [name for name, part in parts.items() if isinstance(part, Failure) and part.error.status >= 500]


def meeting_link(meeting_id: str, state: str) -> str | None:
    """Where a meeting is planned or held."""
    endpoint = "plan.index" if state in ("required", "declined", "no_show") else "meeting.show"
    known = endpoint in current_app.view_functions
    return url_for(endpoint, meeting_id=meeting_id) if known else None
