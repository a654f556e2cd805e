"""Overgange: a child with a concern changes institution. The form, its way past the parents, its release,
and its receipt by the new place.

The page shows each side what is hers: the sender what she has written and what stands in the way, the
receiver the form once she may read it. Who answers for the matter stands at the top.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from services.chassis import clock
from services.chassis.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed, TrivselError
from services.gateway.calls import Failure
from services.gateway.timeline import day_of, moment_of
from services.gateway.web import danish, meeting_read, meeting_times, sheets
from services.gateway.web.acting import ask, ask_together
from services.gateway.web.meeting_words import STATES as MEETING_STATES
from services.gateway.web.minutes_words import doubtful, without_cpr
from services.gateway.web.transition_words import (
    ASK_CONSENT,
    FIELDS,
    POLICIES,
    REASONS,
    RECEIVER_STATES,
    STATES,
    STEP_OF,
    STEPS,
)

blueprint = Blueprint("transitions", __name__)

PAGE = "/overgange/<uuid:transition_id>"
WRITABLE = ("open", "filled", "parent_reviewed", "blocked")
PASSED = ("released", "received")
ENDED = ("closed", "cancelled")
LONGEST = 4000

Faults = Mapping[str, str]


@blueprint.errorhandler(NotFound)
@blueprint.errorhandler(Forbidden)
def _closed(error: TrivselError) -> tuple[str, int]:
    """Another's transition, or none: the page says the same of both, and what one can do."""
    return render_template("transition/closed.html"), error.status


@blueprint.get("/overgange")
def index() -> str:
    """Those that leave from where the person works, and those that come."""
    items = ask("meetings.list_transitions")["items"]
    names = _names({one["child_id"] for one in items})
    units = sheets.unit_names(
        id_ for one in items for id_ in (one["from_institution_id"], one["to_institution_id"])
    )
    rows = [_row(one, names, units) for one in items]
    return render_template(
        "transition/index.html",
        leaving=[one for one in rows if one["side"] == "sender"],
        coming=[one for one in rows if one["side"] == "receiver"],
    )


def _row(one: Mapping[str, Any], names: Mapping[str, str], units: Mapping[str, str]) -> dict[str, Any]:
    words = STATES if one["side"] == "sender" else RECEIVER_STATES
    waits = one["state"] in (*WRITABLE, "blocked") if one["side"] == "sender" else one["state"] == "released"
    return {
        **one,
        "child_name": names.get(one["child_id"], _("Barnet")),
        "from_name": units.get(one["from_institution_id"], _("det gamle sted")),
        "to_name": units.get(one["to_institution_id"], _("det nye sted")),
        "starts": danish.day(day_of(one["starts_on"])),
        "state_word": words[one["state"]],
        "waits": waits,
    }


def _names(child_ids: set[str]) -> dict[str, str]:
    """Children's names; also of those who are still to come, or have already left."""
    found = sheets.quietly("registry.moving_children", child_ids=sorted(child_ids)) if child_ids else []
    return {one["child_id"]: meeting_read.full_name(one) for one in found}


# One transition ----------------------------------------------------------------------------------------


@blueprint.get(PAGE)
def show(transition_id: UUID) -> str:
    return _page(_read(transition_id))


def _read(transition_id: UUID | str) -> dict[str, Any]:
    found: dict[str, Any] = ask("meetings.get_transition", transition_id=str(transition_id))
    return found


def _page(
    found: dict[str, Any],
    *,
    of: str = "",
    faults: Faults | None = None,
    detail: str = "",
    beside: Mapping[str, str] | None = None,
) -> str:
    """`of` names the form that was refused; what was typed in it stays. `beside` is what somebody else has
    saved meanwhile, by field."""
    around = _around(found)
    state, side = found["state"], found["side"]
    form = found["form"] or {}
    typed = request.form if of == "form" else {}
    reason = REASONS.get(found["reason"] or "") if state == "blocked" else None
    row = _row(found, around["names"], around["units"])
    return render_template(
        "transition/show.html",
        transition=row,
        place={"transition_id": found["transition_id"]},
        # How far the sender is with the parents is between them.
        way=[(str(word), None) for word in STEPS] if side == "sender" or state in PASSED else [],
        current=STEP_OF[state],
        responsible=row["from_name"]
        if found["responsible"] == found["from_institution_id"]
        else row["to_name"],
        sender=side == "sender",
        writable=side == "sender" and state in WRITABLE,
        fields=[
            (name, words[0], words[1], typed.get(f"form.{name}", form.get(name, "")))
            for name, words in FIELDS.items()
        ],
        doubtful=doubtful((str(FIELDS[name][0]), text) for name, text in form.items() if name in FIELDS)
        if side == "sender"
        else [],
        written=[(FIELDS[name][0], text) for name, text in form.items() if text and name in FIELDS],
        # To the receiver it matters what the parents have written, and not who has pressed what.
        looks=[one for one in _looks(found, around["holders"]) if side == "sender" or one["words"]],
        all_seen=bool(found["looks"]) and all(one["current"] for one in found["looks"]),
        objecting=any(one["objects"] for one in found["looks"]),
        shown_at=moment_of(found["shown_at"]) if found["shown_at"] else None,
        reviewed=danish.day(day_of(found["reviewed_on"])) if found["reviewed_on"] else "",
        reason=reason,
        consent_link=_consent_link(found),
        policy=POLICIES.get(found["policy"] or "", ""),
        released=danish.moment(moment_of(found["released_at"])) if found["released_at"] else "",
        received=danish.moment(moment_of(found["received_at"])) if found["received_at"] else "",
        meeting=around["meeting"],
        today=clock.today().isoformat(),
        of=of,
        faults=dict(faults or {}),
        detail=detail,
        beside=dict(beside or {}),
        given=request.form if of else {},
    )


def _around(found: Mapping[str, Any]) -> dict[str, Any]:
    """Names and the meeting; what cannot be had is left out, and the page is whole."""
    units = [found["from_institution_id"], found["to_institution_id"]]
    asked: dict[str, tuple[str, dict[str, Any]]] = {
        "child": ("registry.moving_children", {"child_ids": [found["child_id"]]}),
        "units": ("registry.unit_names", {"unit_ids": units}),
    }
    if found["side"] == "sender":
        asked["holders"] = ("registry.custody_holders", {"child_ids": [found["child_id"]]})
    if found["meeting_id"]:
        asked["meeting"] = ("meetings.get_meeting", {"meeting_id": found["meeting_id"]})
    given = ask_together(**asked)
    family = next(iter(meeting_read.items(given.get("holders"))), None)
    meeting = given.get("meeting")
    return {
        "names": {one["child_id"]: meeting_read.full_name(one) for one in meeting_read.items(given["child"])},
        "units": {one["unit_id"]: one["name"] for one in meeting_read.items(given["units"])},
        "holders": {
            one["guardian_id"]: meeting_read.full_name(one) for one in (family or {}).get("guardians", [])
        },
        "meeting": None if meeting is None or isinstance(meeting, Failure) else _meeting(meeting),
    }


def _meeting(found: Mapping[str, Any]) -> dict[str, Any]:
    starts = found["starts_at"]
    return {
        "meeting_id": found["meeting_id"],
        "ended": found["state"] in ENDED,
        "to_plan": found["state"] in ("required", "declined", "no_show"),
        "state_word": MEETING_STATES[found["state"]],
        "when": danish.moment(moment_of(starts)) if starts else "",
    }


def _looks(found: Mapping[str, Any], holders: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            **one,
            "name": holders.get(one["guardian_id"], _("Forælder")),
            "words": without_cpr(one["words"] or ""),
            "when": danish.moment(moment_of(one["seen_at"])) if one["seen_at"] else "",
        }
        for one in found["looks"]
    ]


def _consent_link(found: Mapping[str, Any]) -> str | None:
    """Where the sender asks for the consent that is missing."""
    if found["state"] != "blocked" or found["reason"] not in ASK_CONSENT:
        return None
    if "consents.new" not in current_app.view_functions:
        return None
    return url_for(
        "consents.new",
        child_id=found["child_id"],
        formaal="transition_release",
        modtager=found["to_institution_id"],
    )


# What is done with it ------------------------------------------------------------------------------------


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() and int(text) > 0 else 1


def _move(
    transition_id: UUID, of: str, method: str, said: str, anchor: str | None = None, **data: Any
) -> Answer | tuple[str, int]:
    """One step; a refusal is told at the form that asked for it."""
    try:
        ask(method, timeout=10.0, transition_id=str(transition_id), expected_version=_version(), **data)
    except (Invalid, Conflict, PreconditionFailed) as error:
        return _page(_read(transition_id), of=of, faults=error.fields, detail=error.detail), error.status
    flash(said, "success")
    return redirect(url_for("transitions.show", transition_id=transition_id, _anchor=anchor), code=303)


@blueprint.post(f"{PAGE}/skema")
def fill(transition_id: UUID) -> Answer | tuple[str, int]:
    """Saves the form. What somebody else has saved meanwhile is shown beside what was typed."""
    typed = {name: _plain(request.form.get(f"form.{name}", "")) for name in FIELDS}
    try:
        ask(
            "meetings.fill_transition",
            transition_id=str(transition_id),
            expected_version=_version(),
            form=typed,
        )
    except PreconditionFailed:
        found = _read(transition_id)
        stored = found["form"] or {}
        beside = {name: stored.get(name, "") for name in FIELDS if stored.get(name, "") != typed[name]}
        detail = _("En anden har ændret overgangen imens. Dit er ikke gemt endnu; det står her stadig.")
        return _page(found, of="form", detail=detail, beside=beside), 412
    except (Invalid, Conflict) as error:
        faults = {(_FIRST if name == "form" else name): mend for name, mend in error.fields.items()}
        return _page(_read(transition_id), of="form", faults=faults, detail=error.detail), error.status
    flash(_("Skemaet er gemt."), "success")
    return redirect(url_for("transitions.show", transition_id=transition_id), code=303)


_FIRST = f"form.{next(iter(FIELDS))}"


def _plain(text: str) -> str:
    """Browsers part lines by CR LF; what is stored and compared has LF alone."""
    return text.replace("\r\n", "\n").strip()[:LONGEST]


@blueprint.post(f"{PAGE}/vis")
def show_parents(transition_id: UUID) -> Answer | tuple[str, int]:
    return _move(
        transition_id,
        "parents",
        "meetings.show_transition",
        _("Forældrene får hver en besked med et link til skemaet."),
    )


@blueprint.post(f"{PAGE}/laest")
def reviewed(transition_id: UUID) -> Answer | tuple[str, int]:
    """The parents have read it with staff, on paper or at a meeting."""
    faults: Faults = {"reviewed_on": _("Skriv dagen som 30.11.2026.")}
    try:
        day = meeting_times.day_from_form(request.form.get("reviewed_on", ""))
    except meeting_times.NotATime:
        day = None
    if day is None:
        return _page(_read(transition_id), of="reviewed", faults=faults), 422
    return _move(
        transition_id,
        "reviewed",
        "meetings.review_transition",
        _("Det er noteret, at forældrene har læst skemaet."),
        reviewed_on=day.isoformat(),
        remarks=request.form.get("remarks", "").strip()[:LONGEST] or None,
    )


@blueprint.post(f"{PAGE}/giv-videre")
def release(transition_id: UUID) -> Answer | tuple[str, int]:
    """Whether it may be is decided by the municipality's policy; the page tells what stands in the way."""
    try:
        found = ask(
            "meetings.release_transition",
            timeout=10.0,
            transition_id=str(transition_id),
            expected_version=_version(),
        )
    except (Invalid, Conflict, PreconditionFailed) as error:
        return _page(
            _read(transition_id), of="release", faults=error.fields, detail=error.detail
        ), error.status
    if found["state"] == "released":
        flash(_("Skemaet er givet videre. I har ansvaret, til det nye sted har taget imod."), "success")
    else:
        flash(_("Skemaet må ikke gives videre endnu. Se hvorfor herunder."), "warning")
    return redirect(url_for("transitions.show", transition_id=transition_id), code=303)


@blueprint.post(f"{PAGE}/tag-imod")
def receive(transition_id: UUID) -> Answer | tuple[str, int]:
    return _move(
        transition_id, "receive", "meetings.receive_transition", _("I har taget imod. Ansvaret er nu jeres.")
    )


@blueprint.post(f"{PAGE}/moede")
def offer_meeting(transition_id: UUID) -> Answer | tuple[str, int]:
    """Makes the meeting with parents and both places, and goes on to planning it."""
    try:
        day = meeting_times.day_from_form(request.form.get("hold_by", ""))
    except meeting_times.NotATime:
        day = None
    if day is None:
        faults = {"hold_by": _("Skriv den sidste dag, fx 30.11.2026.")}
        return _page(_read(transition_id), of="meeting", faults=faults), 422
    try:
        made = ask(
            "meetings.transition_meeting",
            transition_id=str(transition_id),
            expected_version=_version(),
            hold_by=day.isoformat(),
        )
    except (Invalid, Conflict, PreconditionFailed) as error:
        return _page(
            _read(transition_id), of="meeting", faults=error.fields, detail=error.detail
        ), error.status
    flash(_("Mødet er oprettet. Vælg, hvem fra begge steder der er med, og foreslå tider."), "success")
    return redirect(url_for("plan.index", meeting_id=made["meeting_id"]), code=303)
