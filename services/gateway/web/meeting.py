"""Mødet: agenda and minutes side by side, agreements, the next date, and the minutes sent to the parents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from services.chassis import clock
from services.chassis.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed, TrivselError
from services.gateway.timeline import moment_of
from services.gateway.web import danish, meeting_read, meeting_times, minutes_form, minutes_paper, sheets
from services.gateway.web.acting import actor, ask
from services.gateway.web.meeting_words import (
    AGREEMENT_STATES,
    CANCEL_REASONS,
    OUTCOMES,
    PLACES,
    ROLES,
    language,
)
from services.gateway.web.minutes_words import doubtful, without_cpr
from services.gateway.web.roles import RATERS

blueprint = Blueprint("meeting", __name__)

PAGE = "/moede/<uuid:meeting_id>"
WRITABLE = ("confirmed", "held", "follow_up_due")
ENDED = ("closed", "cancelled")
FURTHER = ("follow_up", "specialist")
SHAREABLE = ("held", "follow_up_due", "closed")
PARENTS, OTHERS = "parents", "other"

Faults = Mapping[str, str]


@blueprint.errorhandler(NotFound)
@blueprint.errorhandler(Forbidden)
def _closed(error: TrivselError) -> tuple[str, int]:
    """No meeting, another's, or one whose consent is gone: the page says the same of all, and what to do."""
    return render_template("meeting/closed.html"), error.status


@blueprint.get(PAGE)
def show(meeting_id: UUID) -> str:
    return _page(meeting_read.meeting(meeting_id))


def _page(
    found: dict[str, Any],
    *,
    of: str = "",
    faults: Faults | None = None,
    detail: str = "",
    typed: Mapping[str, str] | None = None,
    conflicts: Mapping[str, str] | None = None,
) -> str:
    """`of` names the form that was refused; what was typed in it stays (`typed`)."""
    minutes = found["minutes"]
    points = _points(found)
    # A specialist reads; the same page without its forms.
    holds = any(grant.role in RATERS for grant in actor().grants)
    if not holds:
        found["moves"] = []
    for point in points:
        point["shown"] = (typed or {}).get(minutes_form.TEXT + point["code"], point["text"])
        if conflicts is not None and point["code"] in conflicts:
            point["stored"] = conflicts[point["code"]]
    return render_template(
        "meeting/show.html",
        meeting=found,
        points=points,
        minutes_version=minutes["version"] if minutes else 0,
        saved_at=moment_of(minutes["written_at"]) if minutes else None,
        written_by=_writer(found),
        agreements=[_agreement(found, row) for row in found["agreements"]],
        people=[(f"staff:{one['staff_id']}", one["name"]) for one in _around(found)],
        writable=holds and found["state"] in WRITABLE,
        shareable=holds and found["state"] in SHAREABLE,
        holds=holds,
        shut=found["consent"] in ("waiting", "suspended") and found["state"] not in ENDED,
        consent_link=_consent_link(found) if holds else None,
        specialists=_specialists() if holds and found["state"] in SHAREABLE else [],
        begun="starts_at" in found and found["starts_at"] is not None and _begun(found["starts_at"]),
        behind=_changed_since_shared(found),
        shared_at=moment_of(found["shared"]["shared_at"]) if found["shared"] else None,
        follow_up=danish.day(_day(found["follow_up_on"])) if found["follow_up_on"] else "",
        invite_by=danish.day(_day(found["invite_by"])),
        role_words=ROLES,
        places=PLACES,
        reasons=CANCEL_REASONS,
        outcomes=OUTCOMES,
        agreement_states=AGREEMENT_STATES,
        language=None,
        language_word=language,
        of=of,
        faults=dict(faults or {}),
        detail=detail,
        form=request.form if of else {},
        today=clock.today().isoformat(),
    )


def _points(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The agenda with what is written to each point; what was written to a point that is gone comes last."""
    written = {item["code"]: item for item in (found["minutes"] or {}).get("items", [])}
    points = [
        {**item, "text": written.pop(item["code"], {}).get("text", "")} for item in found["agenda"]["items"]
    ]
    points += [
        {
            "code": code,
            "heading": item.get("heading") or _("Tidligere punkt"),
            "hint": "",
            "text": item["text"],
        }
        for code, item in written.items()
        if item["text"].strip()
    ]
    for point in points:
        point["base"] = minutes_form.mark(point["text"])
    return points


def _around(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """Everybody of the staff who has a part in the meeting, once."""
    ids = dict.fromkeys(
        [one["staff_id"] for one in found["staff"]] + [id_ for id_ in found["roles"].values() if id_]
    )
    return [{"staff_id": id_, "name": meeting_read.name_of(found["names"], id_)} for id_ in ids]


def _writer(found: Mapping[str, Any]) -> str:
    return found["names"].get(found["minutes"]["written_by"], "") if found["minutes"] else ""


def _agreement(found: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    due = row["due"]
    return {
        **row,
        "day": danish.day(_day(due)) if due else "",
        "state_word": AGREEMENT_STATES[row["state"]],
        "overdue": bool(due) and row["state"] == "open" and _day(due) < clock.today(),
    }


def _begun(starts_at: datetime) -> bool:
    return (starts_at - clock.now()).total_seconds() <= 3600


def _changed_since_shared(found: Mapping[str, Any]) -> bool:
    shared, minutes = found["shared"], found["minutes"]
    return bool(shared and minutes and shared["minutes_version"] != minutes["version"])


# Minutes ---------------------------------------------------------------------------------------------


@blueprint.post(f"{PAGE}/referat")
def save_minutes(meeting_id: UUID) -> Answer | tuple[str, int]:
    """The whole form, without script."""
    merged, _version, _at = _store(meeting_id)
    if merged.conflicts:
        found = meeting_read.meeting(meeting_id)
        return _page(found, of="minutes", typed=request.form, conflicts=merged.conflicts), 409
    flash(_("Referatet er gemt."), "success")
    return redirect(url_for("meeting.show", meeting_id=meeting_id, _anchor="referat"), code=303)


@blueprint.post(f"{PAGE}/referat/gem")
def autosave(meeting_id: UUID) -> tuple[Response, int]:
    """The form as it is typed, from the script: what is saved, or what somebody else has written."""
    try:
        merged, version, at = _store(meeting_id)
    except TrivselError as error:
        return jsonify(code=error.code, detail=error.detail), error.status
    said: dict[str, Any] = {"version": version, "at": at}
    if merged.conflicts:
        said["conflicts"] = {
            code: {
                "mark": minutes_form.mark(text),
                "text": text,
                "html": render_template("meeting/beside.html", code=code, stored=text, script=True),
            }
            for code, text in merged.conflicts.items()
        }
        return jsonify(said), 409
    said["points"] = {
        item["code"]: {"mark": minutes_form.mark(item["text"]), "text": item["text"]} for item in merged.items
    }
    return jsonify(said), 200


def _store(meeting_id: UUID) -> tuple[minutes_form.Merged, int, str]:
    """Saves what was typed; laid together with what others have saved, unless both changed one point."""
    codes = [
        name.removeprefix(minutes_form.TEXT) for name in request.form if name.startswith(minutes_form.TEXT)
    ]
    points = minutes_form.typed(request.form, codes)
    text = request.form.get("minutes_version", "")
    version = int(text) if text.isdecimal() else 0
    merged = minutes_form.Merged(minutes_form.items(points), {})
    for _attempt in range(3):
        try:
            saved = ask(
                "meetings.save_minutes",
                meeting_id=str(meeting_id),
                expected_version=version,
                items=merged.items,
            )
            return merged, saved["version"], danish.clock(moment_of(saved["written_at"]))
        except PreconditionFailed:
            minutes = ask("meetings.get_meeting", meeting_id=str(meeting_id))["minutes"]
            version = minutes["version"] if minutes else 0
            merged = minutes_form.merge(points, minutes["items"] if minutes else [])
            if merged.conflicts:
                return merged, version, ""
    raise Conflict(_("Flere skriver på en gang. Prøv igen."))


# Agreements ------------------------------------------------------------------------------------------


@blueprint.post(f"{PAGE}/aftaler")
def add_agreement(meeting_id: UUID) -> Answer | tuple[str, int]:
    form = request.form
    who, staff_id, fault = _who(meeting_id)
    faults: dict[str, str] = dict(fault)
    if not form.get("what", "").strip():
        faults["what"] = _("Skriv, hvad der er aftalt.")
    due = _due(faults)
    if not faults:
        try:
            ask(
                "meetings.add_agreement",
                meeting_id=str(meeting_id),
                what=form["what"].strip()[:4000],
                who=who,
                staff_id=staff_id,
                due=due,
            )
        except (Invalid, Conflict) as error:
            return _page(
                meeting_read.meeting(meeting_id), of="agreement", faults=error.fields, detail=error.detail
            ), 422
        flash(_("Aftalen er noteret."), "success")
        return redirect(url_for("meeting.show", meeting_id=meeting_id, _anchor="aftaler"), code=303)
    return _page(meeting_read.meeting(meeting_id), of="agreement", faults=faults), 422


def _who(meeting_id: UUID) -> tuple[str, str | None, Faults]:
    """Whom the form names: one of the staff, the parents, or somebody else by name."""
    chosen, other = request.form.get("who", ""), request.form.get("who_other", "").strip()
    if chosen.startswith("staff:"):
        found = meeting_read.meeting(meeting_id)
        id_ = chosen.removeprefix("staff:")
        known = {one["staff_id"]: one["name"] for one in _around(found)}
        return (known[id_], id_, {}) if id_ in known else ("", None, {"who": _("Vælg, hvem der gør det.")})
    if chosen == PARENTS:
        return _("Forældrene"), None, {}
    if chosen == OTHERS and other:
        return other[:200], None, {}
    return (
        "",
        None,
        {"who_other": _("Skriv, hvem der gør det.")}
        if chosen == OTHERS
        else {"who": _("Vælg, hvem der gør det.")},
    )


def _due(faults: dict[str, str], name: str = "due") -> str | None:
    try:
        day = meeting_times.day_from_form(request.form.get(name, ""))
    except meeting_times.NotATime:
        faults[name] = _("Skriv en dato som 30.11.2026.")
        return None
    return day.isoformat() if day else None


@blueprint.post(f"{PAGE}/aftaler/<uuid:agreement_id>")
def change_agreement(meeting_id: UUID, agreement_id: UUID) -> Answer | tuple[str, int]:
    faults: dict[str, str] = {}
    due = _due(faults)
    state = request.form.get("state", "")
    if state not in AGREEMENT_STATES:
        faults["state"] = _("Vælg, hvordan det går.")
    if not request.form.get("what", "").strip():
        faults["what"] = _("Skriv, hvad der er aftalt.")
    of = f"agreement-{agreement_id}"
    if faults:
        return _page(meeting_read.meeting(meeting_id), of=of, faults=faults), 422
    try:
        ask(
            "meetings.change_agreement",
            agreement_id=str(agreement_id),
            expected_version=_version(),
            what=request.form["what"].strip()[:4000],
            due=due,
            state=state,
        )
    except (Invalid, Conflict, PreconditionFailed) as error:
        return _page(
            meeting_read.meeting(meeting_id), of=of, faults=error.fields, detail=error.detail
        ), error.status
    flash(_("Aftalen er ændret."), "success")
    return redirect(url_for("meeting.show", meeting_id=meeting_id, _anchor="aftaler"), code=303)


# The meeting's course --------------------------------------------------------------------------------


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() and int(text) > 0 else 1


def _move(meeting_id: UUID, of: str, method: str, said: str, **data: Any) -> Answer | tuple[str, int]:
    """One move of the meeting; a refusal is told at the form that asked for it."""
    try:
        ask(method, timeout=10.0, meeting_id=str(meeting_id), expected_version=_version(), **data)
    except (Invalid, Conflict, PreconditionFailed) as error:
        found = meeting_read.meeting(meeting_id)
        return _page(found, of=of, faults=error.fields, detail=error.detail), error.status
    flash(said, "success")
    return redirect(url_for("meeting.show", meeting_id=meeting_id), code=303)


@blueprint.post(f"{PAGE}/begynd")
def start(meeting_id: UUID) -> Answer | tuple[str, int]:
    return _move(
        meeting_id, "start", "meetings.start", _("Mødet er begyndt. Referatet gemmes, mens I skriver.")
    )


@blueprint.post(f"{PAGE}/holdt")
def hold(meeting_id: UUID) -> Answer | tuple[str, int]:
    return _move(
        meeting_id, "start", "meetings.hold", _("Mødet er noteret som holdt. Aftal nu, hvornår I følger op.")
    )


@blueprint.post(f"{PAGE}/udeblev")
def no_show(meeting_id: UUID) -> Answer | tuple[str, int]:
    return _move(meeting_id, "no_show", "meetings.no_show", _("Det er noteret, at forældrene ikke kom."))


@blueprint.post(f"{PAGE}/aftal-tid")
def confirm(meeting_id: UUID) -> Answer | tuple[str, int]:
    """A time agreed by telephone: one of the proposals or another."""
    chosen = request.form.get("proposal", "")
    data: dict[str, Any] = {"proposal_id": chosen} if chosen and chosen != OTHERS else {}
    if not data:
        data, faults = _other_time()
        if faults:
            return _page(meeting_read.meeting(meeting_id), of="confirm", faults=faults), 422
    if request.form.get("place") in PLACES:
        data["place"] = request.form["place"]
    return _move(
        meeting_id,
        "confirm",
        "meetings.confirm",
        _("Mødet er aftalt. Forældrene får en bekræftelse."),
        **data,
    )


@blueprint.post(f"{PAGE}/flyt")
def reschedule(meeting_id: UUID) -> Answer | tuple[str, int]:
    data, faults = _other_time()
    if faults:
        return _page(meeting_read.meeting(meeting_id), of="reschedule", faults=faults), 422
    if request.form.get("place") in PLACES:
        data["place"] = request.form["place"]
    return _move(
        meeting_id, "reschedule", "meetings.reschedule", _("Mødet er flyttet. Forældrene får besked."), **data
    )


def _other_time() -> tuple[dict[str, Any], Faults]:
    try:
        moment = meeting_times.from_form(request.form.get("day", ""), request.form.get("clock", ""))
    except meeting_times.NotATime:
        moment = None
    if moment is None:
        return {}, {"day": _("Skriv både dag og klokkeslæt, fx 30.11.2026 og 13.30.")}
    return {"starts_at": moment.isoformat()}, {}


@blueprint.post(f"{PAGE}/aflys")
def cancel(meeting_id: UUID) -> Answer | tuple[str, int]:
    reason = request.form.get("reason", "")
    if reason not in CANCEL_REASONS:
        faults = {"reason": _("Vælg, hvorfor mødet aflyses.")}
        return _page(meeting_read.meeting(meeting_id), of="cancel", faults=faults), 422
    note = request.form.get("note", "").strip()[:4000] or None
    data = {"reason": reason} | ({"note": note} if note else {})
    return _move(meeting_id, "cancel", "meetings.cancel", _("Mødet er aflyst."), **data)


@blueprint.post(f"{PAGE}/opfoelgning")
def follow_up(meeting_id: UUID) -> Answer | tuple[str, int]:
    faults: dict[str, str] = {}
    day = _due(faults, "follow_up_on")
    if day is None:
        faults.setdefault("follow_up_on", _("Vælg den dag, I følger op, eller afslut med en grund herunder."))
        return _page(meeting_read.meeting(meeting_id), of="follow_up", faults=faults), 422
    return _move(
        meeting_id, "follow_up", "meetings.set_follow_up", _("Næste dato er aftalt."), follow_up_on=day
    )


@blueprint.post(f"{PAGE}/afslut")
def close(meeting_id: UUID) -> Answer | tuple[str, int]:
    outcome = request.form.get("outcome", "")
    if outcome not in OUTCOMES:
        faults = {"outcome": _("Vælg, hvad mødet endte med.")}
        return _page(meeting_read.meeting(meeting_id), of="close", faults=faults), 422
    note = request.form.get("close_note", "").strip()[:4000]
    return _move(
        meeting_id,
        "close",
        "meetings.close",
        _("Mødet er afsluttet."),
        **({"outcome": outcome} | ({"note": note} if note else {})),
    )


# Further meetings --------------------------------------------------------------------------------------


@blueprint.post(f"{PAGE}/yderligere")
def further(meeting_id: UUID) -> Answer | tuple[str, int]:
    """A follow-up, or a meeting with specialists, which waits for consent."""
    kind = request.form.get("kind", "")
    if kind not in FURTHER:
        raise NotFound(_("Den slags møde kender vi ikke."))
    of = f"further-{kind}"
    faults: dict[str, str] = {}
    day = _due(faults, "hold_by")
    if day is None:
        faults.setdefault("hold_by", _("Skriv den sidste dag, fx 30.11.2026."))
    chosen = list(dict.fromkeys(request.form.getlist("specialist_ids"))) if kind == "specialist" else []
    if kind == "specialist" and not chosen:
        faults["specialist_ids"] = _("Vælg mindst én specialist.")
    if faults:
        return _page(meeting_read.meeting(meeting_id), of=of, faults=faults), 422
    try:
        made = ask(
            "meetings.further_meeting",
            timeout=10.0,
            meeting_id=str(meeting_id),
            expected_version=_version(),
            kind=kind,
            hold_by=day,
            specialist_ids=chosen,
        )
    except (Invalid, Conflict, PreconditionFailed) as error:
        found = meeting_read.meeting(meeting_id)
        return _page(found, of=of, faults=error.fields, detail=error.detail), error.status
    if made["consent"] == "waiting":
        flash(_("Mødet er oprettet og venter på samtykke. Bed om det nu."), "success")
        return redirect(url_for("meeting.show", meeting_id=made["meeting_id"]), code=303)
    flash(_("Mødet er oprettet. Foreslå forældrene tider."), "success")
    return redirect(url_for("plan.index", meeting_id=made["meeting_id"]), code=303)


def _specialists() -> list[dict[str, str]]:
    """Who can be asked, with names and where they work; empty when that cannot be had."""
    items = sheets.quietly("meetings.specialists")
    names = sheets.staff_names(one["staff_id"] for one in items)
    units = sheets.unit_names(id_ for one in items for id_ in one["unit_ids"])
    found = [
        {
            "staff_id": one["staff_id"],
            "name": names[one["staff_id"]],
            "units": ", ".join(units[id_] for id_ in one["unit_ids"] if id_ in units),
        }
        for one in items
        if one["staff_id"] in names
    ]
    return sorted(found, key=lambda one: (one["units"], one["name"]))


def _consent_link(found: Mapping[str, Any]) -> str | None:
    """Where the consent is asked for that the meeting waits for, with its specialists' units."""
    if found["consent"] not in ("waiting", "suspended") or found["state"] in ENDED:
        return None
    if "consents.new" not in current_app.view_functions:
        return None
    guests = {one["staff_id"] for one in found["specialists"]}
    units = {
        one["unit_ids"][0]: None
        for one in sheets.quietly("meetings.specialists")
        if one["staff_id"] in guests and one["unit_ids"]
    }
    return url_for(
        "consents.new",
        child_id=found["child_id"],
        formaal="specialist_meeting",
        modtager=list(units),
        moede=found["meeting_id"],
    )


# The minutes to the parents and on paper -----------------------------------------------------------------


@blueprint.get(f"{PAGE}/referat/send")
def sharing(meeting_id: UUID) -> str:
    return _sharing_page(meeting_read.meeting(meeting_id))


def _sharing_page(found: dict[str, Any], faults: Faults | None = None, detail: str = "") -> str:
    points = [(point["heading"], point["text"]) for point in _points(found) if point["text"].strip()]
    agreements = [_agreement(found, row) for row in found["agreements"] if row["state"] != "dropped"]
    texts = [*points, *[(_("Aftaler"), f"{row['what']} {row['who']}") for row in agreements]]
    return render_template(
        "meeting/sharing.html",
        meeting=found,
        points=points,
        agreements=agreements,
        doubtful=doubtful(texts),
        follow_up=danish.day(_day(found["follow_up_on"])) if found["follow_up_on"] else "",
        shareable=found["state"] in SHAREABLE and found["minutes"] is not None,
        behind=_changed_since_shared(found),
        faults=dict(faults or {}),
        detail=detail,
    )


@blueprint.post(f"{PAGE}/referat/send")
def share(meeting_id: UUID) -> Answer | tuple[str, int]:
    try:
        ask(
            "meetings.share_minutes",
            timeout=10.0,
            meeting_id=str(meeting_id),
            expected_version=_version(),
        )
    except (Invalid, Conflict, PreconditionFailed) as error:
        return _sharing_page(meeting_read.meeting(meeting_id), error.fields, error.detail), error.status
    flash(_("Forældrene får en besked med et link til referatet."), "success")
    return redirect(url_for("meeting.show", meeting_id=meeting_id), code=303)


@blueprint.get(f"{PAGE}/referat/print")
def print_view(meeting_id: UUID) -> str:
    """The minutes alone, for reading and for the browser's own print."""
    paper = _paper(meeting_read.meeting(meeting_id))
    return render_template("meeting/print.html", paper=paper, meeting_id=meeting_id, clean=without_cpr)


@blueprint.get(f"{PAGE}/referat.pdf")
def pdf(meeting_id: UUID) -> Response:
    found = meeting_read.meeting(meeting_id)
    response = Response(minutes_paper.pdf(_paper(found)), mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'inline; filename="referat.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _paper(found: dict[str, Any]) -> minutes_paper.Paper:
    if found["minutes"] is None:
        raise NotFound(_("Der er ikke skrevet noget referat endnu."))
    roles = [
        f"{word}: {meeting_read.name_of(found['names'], found['roles'][role])}"
        for role, (word, _hint) in ROLES.items()
        if found["roles"].get(role)
    ]
    when = found["when"]
    facts = [
        (_("Barn"), found["child_name"]),
        (_("Tid"), f"{when['day']} kl. {when['clock']}" if when else "–"),
        (_("Sted"), str(PLACES[found["place"]]) if found["place"] else "–"),
        (_("Institution"), found["institution"]),
        (_("Fra institutionen"), ", ".join(one["name"] for one in _around(found))),
        (_("Inviteret fra familien"), ", ".join(one["name"] for one in found["parents"])),
        (_("Roller"), "; ".join(roles)),
    ]
    next_date = danish.day(_day(found["follow_up_on"])) if found["follow_up_on"] else ""
    return minutes_paper.Paper(
        language="da",
        title=_("Referat: %(kind)s", kind=found["kind_word"].lower())
        if found["kind"] != "focus"
        else _("Referat af fokusmøde"),
        facts=[(str(name), text) for name, text in facts if text],
        points=[(point["heading"], point["text"]) for point in _points(found) if point["text"].strip()],
        agreements_title=_("Aftaler"),
        agreements=[
            minutes_paper.Agreed(
                row["what"], row["who"], _("senest %(day)s", day=row["day"]) if row["day"] else ""
            )
            for row in (_agreement(found, one) for one in found["agreements"])
            if row["state"] != "dropped"
        ],
        page_word=_("Side"),
        closing=[(_("Vi følger op"), next_date)] if next_date else [],
    )


def _day(text: str) -> Any:
    return meeting_times.day_from_form(text)
