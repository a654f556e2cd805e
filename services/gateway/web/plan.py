"""Planlæg mødet: six steps, each of which is kept when one goes on, and none of which tells anybody.

The last step shows the invitation as each custody holder will get it, and sends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as Answer

from services.chassis.errors import Conflict, Invalid, NotFound, PreconditionFailed, TrivselError
from services.gateway.timeline import moment_of
from services.gateway.web import danish, meeting_read, meeting_times, plan_form
from services.gateway.web.acting import ask, ask_together
from services.gateway.web.meeting_words import PLACES, ROLES, language, language_options
from services.gateway.web.words import ROLES as STAFF_ROLES

blueprint = Blueprint("plan", __name__)

PAGE = "/moede/<uuid:meeting_id>/planlaeg"
STEPS: Mapping[str, str] = {
    "deltagere": _l("Deltagere"),
    "tider": _l("Tider"),
    "sted": _l("Sted og tolk"),
    "roller": _l("Roller"),
    "dagsorden": _l("Dagsorden"),
    "send": _l("Se og send"),
}
BEFORE_INVITING = ("deltagere", "tider", "send")
"""Steps that a meeting with a fixed time has behind it: that time is moved on the meeting's own page."""
AHEAD = ("required", "invited", "declined", "no_show", "confirmed")

Faults = Mapping[str, str]


@blueprint.get(PAGE)
def index(meeting_id: UUID) -> Answer:
    """To the first step there is."""
    found = ask("meetings.get_meeting", meeting_id=str(meeting_id))
    return redirect(_address(found, next(iter(_steps(found)))), code=303)


@blueprint.get(f"{PAGE}/<step>")
def step(meeting_id: UUID, step: str) -> str | Answer:
    found = ask("meetings.get_meeting", meeting_id=str(meeting_id))
    if found["state"] not in AHEAD:
        return redirect(url_for("meeting.show", meeting_id=meeting_id), code=303)
    if step not in _steps(found):
        return redirect(_address(found, next(iter(_steps(found)))), code=303)
    return _page(meeting_read.dressed(found), step)


@blueprint.post(f"{PAGE}/<step>")
def save(meeting_id: UUID, step: str) -> Answer | tuple[str, int]:
    """Keeps the step and goes on, or shows it again with what was typed and what to mend."""
    found = ask("meetings.get_meeting", meeting_id=str(meeting_id))
    if step not in _steps(found):
        raise NotFound(_("Mødet kan ikke planlægges om, som det står nu."))
    faults: Faults = {}
    detail, stale, status = "", False, 422
    try:
        faults = _SAVES[step](found)
    except PreconditionFailed as error:
        # What was typed stays; saving again then is a choice made with both in sight.
        stale, detail, status = True, error.detail, 412
    except (Invalid, Conflict) as error:
        faults, detail, status = error.fields, error.detail, error.status
        if step == "deltagere":
            faults = {("staff" if name == "staff_ids" else name): mend for name, mend in faults.items()}
        if step == "sted":
            faults = plan_form.interpreter_faults(faults, _holder_ids(found))
    if faults or detail:
        now = ask("meetings.get_meeting", meeting_id=str(meeting_id))
        return _page(
            meeting_read.dressed(now), step, form=True, faults=faults, detail=detail, stale=stale
        ), status
    if step == "send":
        flash(_("Invitationen er på vej til forældrene."), "success")
        return redirect(url_for("meeting.show", meeting_id=meeting_id), code=303)
    going = request.form.get("do", "on")
    names = list(_steps(found))
    place = names.index(step)
    goal = (
        step
        if going == "check"
        else names[max(place - 1, 0)]
        if going == "back"
        else names[min(place + 1, len(names) - 1)]
    )
    if goal == step and going == "on":
        flash(_("Det er gemt."), "success")
        return redirect(url_for("meeting.show", meeting_id=meeting_id), code=303)
    return redirect(_address(found, goal), code=303)


def _steps(found: Mapping[str, Any]) -> dict[str, str]:
    fixed = found["state"] == "confirmed"
    return {name: str(word) for name, word in STEPS.items() if not (fixed and name in BEFORE_INVITING)}


def _address(found: Mapping[str, Any], step: str) -> str:
    return url_for("plan.step", meeting_id=found["meeting_id"], step=step)


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() and int(text) > 0 else 1


# Saving a step -----------------------------------------------------------------------------------------


def _save_staff(found: Mapping[str, Any]) -> Faults:
    chosen = plan_form.staff(request.form)
    if not chosen:
        return {"staff": _("Vælg mindst én, der holder mødet.")}
    if len(chosen) > 6:
        return {"staff": _("Vælg højst seks.")}
    _plan(found, staff_ids=chosen)
    return {}


def _save_times(found: Mapping[str, Any]) -> Faults:
    chosen, faults = plan_form.times(request.form)
    if faults:
        return faults
    _plan(found, starts_at=[moment.isoformat() for moment in chosen])
    if request.form.get("do") in ("check", "back"):
        return {}
    if not chosen:
        return {"time": _("Vælg mindst én tid, eller skriv jeres egen.")}
    draft = ask("meetings.draft", meeting_id=found["meeting_id"])
    if any(one["engaged"] or one["passed"] for one in draft["times"]):
        return {"time": _("En af tiderne kan ikke bruges. Fjern den, eller vælg en anden.")}
    return {}


def _save_place(found: Mapping[str, Any]) -> Faults:
    place = request.form.get("place", "")
    if place not in PLACES:
        return {"place": _("Vælg, hvor mødet holdes.")}
    version = _plan(found, place=place)["version"] if place != found["place"] else _version()
    if ids := _holder_ids(found):
        lines = plan_form.interpreters(request.form, ids)
        ask(
            "meetings.set_interpreters", meeting_id=found["meeting_id"], expected_version=version, items=lines
        )
    return {}


def _save_roles(found: Mapping[str, Any]) -> Faults:
    roles = {role: request.form.get(role) or None for role in ROLES}
    ask("meetings.set_roles", meeting_id=found["meeting_id"], expected_version=_version(), roles=roles)
    return {}


def _save_agenda(found: Mapping[str, Any]) -> Faults:
    template = ask("meetings.get_agenda", kind=found["kind"])
    points = plan_form.agenda(request.form, template["items"])
    if not points:
        return {"point": _("Sæt mindst ét punkt på dagsordenen.")}
    _plan(found, agenda=points, agenda_version=template["version"])
    return {}


def _send(found: Mapping[str, Any]) -> Faults:
    draft = ask("meetings.draft", meeting_id=found["meeting_id"])
    if not draft["times"]:
        return {"times": _("Vælg tider, før invitationen kan sendes.")}
    ask(
        "meetings.invite",
        timeout=10.0,
        meeting_id=found["meeting_id"],
        expected_version=_version(),
        starts_at=[one["starts_at"] for one in draft["times"]],
        staff_ids=[one["staff_id"] for one in draft["staff"]],
    )
    return {}


def _plan(found: Mapping[str, Any], **chosen: Any) -> dict[str, Any]:
    saved: dict[str, Any] = ask(
        "meetings.save_plan", meeting_id=found["meeting_id"], expected_version=_version(), **chosen
    )
    return saved


def _holder_ids(found: Mapping[str, Any]) -> list[str]:
    """The custody holders of the form, in its order."""
    return [id_ for id_ in request.form.getlist("holder") if id_]


_SAVES = {
    "deltagere": _save_staff,
    "tider": _save_times,
    "sted": _save_place,
    "roller": _save_roles,
    "dagsorden": _save_agenda,
    "send": _send,
}


# Showing a step ----------------------------------------------------------------------------------------


def _page(
    found: dict[str, Any],
    step: str,
    *,
    form: bool = False,
    faults: Faults | None = None,
    detail: str = "",
    stale: bool = False,
) -> str:
    """`form`: what was sent is shown as it was typed; else what is stored."""
    names = _steps(found)
    draft = ask("meetings.draft", meeting_id=found["meeting_id"])
    current = list(names).index(step)
    return render_template(
        f"plan/{step}.html",
        meeting=found,
        draft=draft,
        step=step,
        way=[(word, _address(found, name)) for name, word in names.items()],
        current=current + 1,
        previous=_address(found, list(names)[current - 1]) if current else None,
        last=current + 1 == len(names),
        faults=dict(faults or {}),
        detail=detail,
        stale=stale,
        **_SHOWS[step](found, draft, form),
    )


def _show_staff(found: dict[str, Any], draft: dict[str, Any], form: bool) -> dict[str, Any]:
    chosen = plan_form.staff(request.form) if form else [one["staff_id"] for one in draft["staff"]]
    given = ask_together(
        here=("registry.list_staff", {"institution_id": found["institution_id"], "limit": 200}),
        group=("registry.list_staff", {"group_id": found["group_id"], "limit": 100}),
    )
    near = [one["staff_id"] for one in draft["candidates"]]
    cards = {
        one["staff_id"]: one
        for one in (*meeting_read.items(given["here"]), *meeting_read.items(given["group"]))
    }
    unknown = sorted({*near, *chosen} - set(cards))
    names = _names(unknown) if unknown else {}
    leaders = {one["staff_id"] for one in draft["candidates"] if one["capacity"] == "leader"}
    receivers = {one["staff_id"] for one in draft["candidates"] if one["capacity"] == "receiver"}

    def person(id_: str) -> dict[str, Any]:
        card = cards.get(id_)
        role = "leader" if id_ in leaders else (card or {}).get("role", "")
        return {
            "staff_id": id_,
            "name": meeting_read.full_name(card) if card else meeting_read.name_of(names, id_),
            "role": STAFF_ROLES.get(role, role),
            "chosen": id_ in chosen,
        }

    first = list(dict.fromkeys([*near, *chosen]))
    return {
        "near": [person(id_) for id_ in first if id_ not in receivers],
        "there": [person(id_) for id_ in first if id_ in receivers],
        "others": [person(id_) for id_ in cards if id_ not in first],
        "leader_chosen": bool(leaders & set(chosen)) or not leaders,
    }


def _show_times(found: dict[str, Any], draft: dict[str, Any], form: bool) -> dict[str, Any]:
    names = {one["staff_id"]: one for one in draft["staff"]}
    words = _names(sorted(names))

    def shown(one: Mapping[str, Any]) -> dict[str, Any]:
        time = meeting_times.shown(moment_of(one["starts_at"]), moment_of(one["ends_at"]))
        engaged = [meeting_read.name_of(words, id_) for id_ in one.get("engaged", [])]
        return {**time, "engaged": engaged, "passed": one.get("passed", False)}

    chosen = [shown(one) for one in draft["times"]]
    values = {one["value"] for one in chosen}
    suggested = [one for one in map(shown, draft["suggested"]) if one["value"] not in values]
    ticked = set(request.form.getlist("time")) if form else values
    own = [
        (request.form.get(f"day-{number}", ""), request.form.get(f"clock-{number}", "")) if form else ("", "")
        for number in range(1, plan_form.OWN_TIMES + 1)
    ]
    return {
        "chosen": chosen,
        "suggested": suggested,
        "ticked": ticked,
        "own": own,
        "people": [meeting_read.name_of(words, id_) for id_ in names],
        "hold_by": danish.day(_day(found["hold_by"])),
    }


def _show_place(found: dict[str, Any], draft: dict[str, Any], form: bool) -> dict[str, Any]:
    lines = (
        {one["guardian_id"]: one for one in plan_form.interpreters(request.form, _holder_ids(found))}
        if form
        else {}
    )
    for parent in found["parents"]:
        noted = lines.get(parent["guardian_id"])
        needed = parent["language"] if parent["needs_interpreter"] and not parent["asked"] else None
        parent["line"] = noted or {
            "language": parent["interpreter_language"] or needed,
            "ordered": parent["interpreter_ordered"],
            "age": parent["interpreter_age"],
        }
    return {
        "place": request.form.get("place", "") if form else draft["place"],
        "languages": language_options(*(parent["line"]["language"] for parent in found["parents"])),
    }


def _show_roles(found: dict[str, Any], draft: dict[str, Any], form: bool) -> dict[str, Any]:
    given = {role: request.form.get(role, "") if form else found["roles"].get(role) or "" for role in ROLES}
    ids = list(
        dict.fromkeys([one["staff_id"] for one in draft["staff"]] + [id_ for id_ in given.values() if id_])
    )
    names = _names(ids)
    return {
        "given": given,
        "people": [(id_, meeting_read.name_of(names, id_)) for id_ in ids],
        "role_words": ROLES,
    }


def _show_agenda(found: dict[str, Any], draft: dict[str, Any], form: bool) -> dict[str, Any]:
    template = ask("meetings.get_agenda", kind=found["kind"])
    stored = found["agenda"]["items"]
    kept = set(request.form.getlist("point")) if form else {item["code"] for item in stored}
    own = (
        [request.form.get(f"own-{number}", "") for number in range(1, plan_form.OWN_POINTS + 1)]
        if form
        else plan_form.own_points(stored)
    )
    return {"template": template, "kept": kept, "own": own}


def _show_sending(found: dict[str, Any], draft: dict[str, Any], form: bool) -> dict[str, Any]:
    missing = []
    if found["consent"] in ("waiting", "suspended"):
        missing.append(
            (
                _("Mødet venter på samtykke til, at specialisten er med."),
                url_for("meeting.show", meeting_id=found["meeting_id"]),
            )
        )
    if not draft["staff"]:
        missing.append((_("Vælg, hvem der holder mødet."), _address(found, "deltagere")))
    if not draft["times"]:
        missing.append((_("Vælg tider at foreslå."), _address(found, "tider")))
    elif any(one["engaged"] or one["passed"] for one in draft["times"]):
        missing.append((_("En af tiderne kan ikke længere bruges."), _address(found, "tider")))
    if not draft["guardian_ids"]:
        missing.append((_("Barnet har ingen forældremyndighedsindehaver at invitere."), ""))
    previews, problem = [], ""
    if draft["times"] and not draft["withheld"] and draft["guardian_ids"]:
        try:
            previews = ask(
                "notifications.preview_invitation",
                timeout=10.0,
                child_id=found["child_id"],
                institution_id=found["institution_id"],
                proposals=[{name: one[name] for name in ("starts_at", "ends_at")} for one in draft["times"]],
                answer_by=draft["answer_by"],
                reason=draft["reason"],
            )["items"]
        except TrivselError as error:
            problem = error.detail
    names = _names([one["staff_id"] for one in draft["staff"]])
    return {
        "missing": missing,
        "previews": previews,
        "problem": problem,
        "people": [meeting_read.name_of(names, one["staff_id"]) for one in draft["staff"]],
        "times": [
            meeting_times.shown(moment_of(one["starts_at"]), moment_of(one["ends_at"]))
            for one in draft["times"]
        ],
        "place": PLACES[draft["place"]],
        "language_word": language,
        "answer_by": danish.moment(moment_of(draft["answer_by"])) if draft["answer_by"] else "",
    }


_SHOWS = {
    "deltagere": _show_staff,
    "tider": _show_times,
    "sted": _show_place,
    "roller": _show_roles,
    "dagsorden": _show_agenda,
    "send": _show_sending,
}


@blueprint.app_template_filter("flowing")
def flowing(text: str) -> str:
    """A mail's text without the line breaks that mail programs need, for a page that breaks lines itself."""
    lines: list[str] = []
    for line in text.split("\n"):
        follows = lines and lines[-1] and line and not line.startswith("- ") and not lines[-1].endswith(":")
        if follows:
            lines[-1] = f"{lines[-1]} {line.strip()}"
        else:
            lines.append(line)
    return "\n".join(lines)


def _names(ids: list[str]) -> dict[str, str]:
    """Names of staff, as far as registry answers."""
    if not ids:
        return {}
    given = ask_together(staff=("registry.staff_names", {"staff_ids": sorted(set(ids))}))
    return {one["staff_id"]: meeting_read.full_name(one) for one in meeting_read.items(given["staff"])}


def _day(text: str) -> Any:
    return meeting_times.day_from_form(text)
