"""Fælles drøftelse: own ratings side by side, what is agreed, and what will be sent before it is.

Three steps: the sheet, a summary of who will be written to, and the end. Until the end nothing is stored;
what was typed travels in the form itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as Answer

from services.chassis.errors import Conflict, Forbidden, Invalid, PreconditionFailed
from services.gateway.timeline import moment_of
from services.gateway.web import consequences, danish, joint_form, sheets
from services.gateway.web.acting import actor, ask
from services.gateway.web.joint_form import TEXTS, Agreed, agreed
from services.gateway.web.language import language
from services.gateway.web.rating_form import tidy
from services.gateway.web.words import TRACKS

blueprint = Blueprint("discussion", __name__)

PLACE = "/gruppe/<uuid:group_id>/runde/<uuid:round_id>/droeftelse"
CONCERNS = ("yellow", "red")
Faults = dict[str, dict[str, Any]]


# The sheet -------------------------------------------------------------------------------------------


@blueprint.get(PLACE)
def sheet(group_id: UUID, round_id: UUID) -> str:
    return _page(_read(group_id, round_id))


def _read(group_id: UUID, round_id: UUID) -> dict[str, Any]:
    return sheets.sheet("discussion_sheet", str(group_id), str(round_id))


def _page(
    given: dict[str, Any],
    typed: Mapping[str, Agreed] | None = None,
    faults: Faults | None = None,
    detail: str = "",
    chosen: list[str] | None = None,
) -> str:
    typed, faults = typed or {}, _differing(given["children"], typed or {}, faults or {})
    people = _people(given)
    signs = _signs(given)
    for row in given["children"]:
        _dress(
            row, people, signs, typed.get(row["child_assessment_id"]), faults.get(row["child_assessment_id"])
        )
    given["children"].sort(key=_urgency)
    ready = [row for row in given["children"] if row["state"] == "ready_for_dialogue"]
    for row in given["waiting"]:
        row["state_word"] = sheets.STATES[row["state"]]
        row["reason_word"] = row["reason"] or sheets.REASONS.get(row["reason_code"] or "", "")
    return render_template(
        "discussion/sheet.html",
        sheet=given,
        open=[row for row in ready if not row["all_green"]],
        green=[row for row in ready if row["all_green"]],
        overtaken=[row for row in given["children"] if row["state"] == "joint_final" and row["fault"]],
        done=sorted(
            (row for row in given["children"] if row["state"] == "joint_final"),
            key=lambda row: (not row["open_concerns"], row["name"]),
        ),
        **_around(given, people, faults, detail, chosen),
    )


def _differing(
    rows: Iterable[Mapping[str, Any]], typed: Mapping[str, Agreed], faults: Faults
) -> dict[str, dict[str, Any]]:
    """The faults without those where somebody else has ended a child just as it was to be ended here."""
    found = dict(faults)
    for row in rows:
        id_ = row["child_assessment_id"]
        mine = typed.get(id_)
        if mine is None or id_ not in found or not found[id_]["conflict"]:
            continue
        stored = next(
            (one for one in row["joint"] if one["current"] and one["track"] == mine.values["track"]), None
        )
        if stored and _says_the_same(mine.values, stored):
            del found[id_]
        else:
            found[id_] = {**found[id_], "detail": _("Barnet er ændret et andet sted imens.")}
    return found


def _says_the_same(mine: Mapping[str, Any], stored: Mapping[str, Any]) -> bool:
    return mine["position"] == stored["position"] and all(mine[name] in ("", stored[name]) for name in TEXTS)


def _urgency(row: Mapping[str, Any]) -> tuple[bool, bool, str]:
    """Disagreements first, then what somebody worries about, then by name."""
    return not row["disagreement"], bool(row["all_green"]), str(row["name"])


def _around(
    given: Mapping[str, Any],
    people: Mapping[str, str],
    faults: Faults,
    detail: str,
    chosen: list[str] | None,
) -> dict[str, Any]:
    raters = [id_ for id_ in people if id_ in given["raters"]]
    took_part = {one["rater_id"] for row in given["children"] for one in row.get("own_ratings", ())}
    return {
        "place": {"group_id": given["group_id"], "round_id": given["round_id"]},
        "person_id": actor().id,
        "deadline": sheets.deadline(given["window"]["to"]) if given.get("window") else None,
        "raters": raters,
        "others": [id_ for id_ in people if id_ not in raters],
        "people": people,
        "chosen": chosen if chosen is not None else [id_ for id_ in raters if id_ in took_part],
        "tracks": TRACKS,
        "faults": _summary(given["children"], faults),
        "detail": detail,
    }


def _people(given: Mapping[str, Any]) -> dict[str, str]:
    """Those who may take part by name: who rates in the group first, then the institution's other staff."""
    staff = sheets.quietly("registry.list_staff", institution_id=given["institution_id"], limit=1000)
    names = {one["staff_id"]: f"{one['first_name']} {one['last_name']}" for one in staff}
    wanted = {*given["raters"], actor().id}
    wanted |= {one["rater_id"] for row in given["children"] for one in row.get("own_ratings", ())}
    wanted |= {id_ for row in given["children"] for one in row["joint"] for id_ in one["participants"]}
    names |= sheets.staff_names(wanted - names.keys()) if wanted - names.keys() else {}
    first = [id_ for id_ in given["raters"] if id_ in names]
    rest = sorted((id_ for id_ in names if id_ not in first), key=lambda id_: names[id_])
    return {id_: names[id_] for id_ in (*first, *rest)}


def _signs(given: Mapping[str, Any]) -> dict[str, str]:
    """The words of the signs that somebody ticked; asked for only when somebody did."""
    if not any(one["indicators"] for row in given["children"] for one in row["own_ratings"]):
        return {}
    found = sheets.quietly("assessment.indicators", round_id=given["round_id"])
    return {one["code"]: one["text"] for one in found}


def _dress(
    row: dict[str, Any],
    people: Mapping[str, str],
    signs: Mapping[str, str],
    typed: Agreed | None = None,
    fault: Mapping[str, Any] | None = None,
) -> None:
    """What the card shows besides what assessment says of the child."""
    positions = {one["position"] for one in row["own_ratings"]}
    row["id"] = row["child_assessment_id"]
    row["all_green"] = (
        positions == {"green"} and not fault and not (typed and typed.values["position"] in CONCERNS)
    )
    row["before"] = [{**one, "month": sheets.month(one["decided_at"])} for one in row["last"]]
    row["agreed"] = [one for one in row["joint"] if one["current"]]
    row["values"] = (
        dict(typed.values) if typed else agreed({"position": "green"} if positions == {"green"} else None)
    )
    row["seen"] = typed.version if typed else row["version"]
    row["fault"] = dict(fault or {})
    for one in row["own_ratings"]:
        one["rater"] = people.get(one["rater_id"], _("En tidligere kollega"))
        one["signs"] = [signs[code] for code in one["indicators"] if code in signs]


def _summary(rows: Iterable[Mapping[str, Any]], faults: Faults) -> dict[str, str]:
    found = {}
    for row in rows:
        fault = faults.get(row["child_assessment_id"])
        if not fault:
            continue
        for name, mend in (fault["fields"] or {"position": fault["detail"]}).items():
            place = "participants" if name == "participants" else f"{name}-{row['child_assessment_id']}"
            found[place] = mend if name == "participants" else f"{row['first_name']}: {mend}"
    return found


# The summary -----------------------------------------------------------------------------------------


@blueprint.post(PLACE)
def preview(group_id: UUID, round_id: UUID) -> Answer | str | tuple[str, int]:
    """Who will be written to. Nothing is stored yet; `do=edit` leads back with all that was typed."""
    rows, took_part, faults = _read_form()
    if request.form.get("do") == "edit":
        return _page(_read(group_id, round_id), {one.id: one for one in rows}, None, "", took_part)
    decided = [one for one in rows if one.decided]
    detail = "" if decided or faults else _("Vælg en fælles position for mindst ét barn.")
    saved: list[dict[str, Any]] = []
    if decided and not faults:
        try:
            result = _ask("preview_group", group_id, round_id, decided, took_part)
            saved, faults = result["saved"], _faults(result["errors"])
        except (Conflict, Invalid) as error:
            detail = error.detail
    given = _read(group_id, round_id)
    if faults or detail:
        return _page(given, {one.id: one for one in rows}, faults, detail, took_part), 422
    return _closing(given, rows, took_part, saved)


def _read_form() -> tuple[list[Agreed], list[str], Faults]:
    rows = joint_form.read(request.form)
    faults = {one.id: {"fields": one.fault, "detail": "", "conflict": False} for one in rows if one.fault}
    return rows, joint_form.participants(request.form), faults


def _ask(
    method: str, group_id: UUID, round_id: UUID, decided: Iterable[Agreed], took_part: list[str]
) -> dict[str, Any]:
    found: dict[str, Any] = ask(
        f"assessment.{method}",
        timeout=15.0,
        group_id=str(group_id),
        round_id=str(round_id),
        items=[one.item(took_part) for one in decided],
    )
    return found


def _faults(errors: Iterable[Mapping[str, Any]]) -> Faults:
    return {
        one["child_assessment_id"]: {
            "fields": dict(one["fields"]),
            "detail": one["detail"],
            "conflict": one["code"] in ("version-mismatch", "conflict", "not-found"),
            "version": one["version"],
        }
        for one in errors
    }


def _closing(
    given: dict[str, Any],
    rows: list[Agreed],
    took_part: list[str],
    saved: list[dict[str, Any]],
    confirm_missing: bool = False,
) -> str:
    """The summary: what is agreed, and for each child about whom something happens, what."""
    children = {row["child_assessment_id"]: row for row in given["children"]}
    people = _people(given)
    told = consequences.of(
        saved,
        {row["child_id"]: row["name"] for row in given["children"]},
        {row["child_id"]: row["open_concerns"] for row in given["children"]},
        given["group_id"],
        given["institution_id"],
    )
    decided = [one for one in rows if one.decided]
    return render_template(
        "discussion/closing.html",
        sheet=given,
        place={"group_id": given["group_id"], "round_id": given["round_id"]},
        person_id=actor().id,
        told=told,
        quiet=len(decided) - len({one.child_id for one in told}),
        decided=[{"name": children[one.id]["name"], **one.values} for one in decided],
        fields=list(request.form.items(multi=True)),
        names=[people.get(id_, "") for id_ in took_part],
        withheld=[one for one in told if one.kind == "withheld"],
        confirm_missing=confirm_missing,
        tracks=TRACKS,
        concerns=CONCERNS,
    )


# The end ---------------------------------------------------------------------------------------------


@blueprint.post(f"{PLACE}/afslut")
def close(group_id: UUID, round_id: UUID) -> Answer | str | tuple[str, int]:
    """Stores what was agreed, and lets it have the effects that the summary named."""
    rows, took_part, faults = _read_form()
    decided = [one for one in rows if one.decided]
    detail = ""
    try:
        _same_person()
        if any(one.values["suspects_parents"] for one in decided) and not request.form.get("confirmed"):
            saved = _ask("preview_group", group_id, round_id, decided, took_part)["saved"]
            return _closing(_read(group_id, round_id), rows, took_part, saved, confirm_missing=True), 422
        result = _ask("finalise_group", group_id, round_id, decided, took_part)
        faults |= _faults(result["errors"])
        if result["saved"]:
            told = ngettext("Et barn er afsluttet.", "%(num)d børn er afsluttet.", len(result["saved"]))
            flash(told, "success")
    except (Conflict, Invalid) as error:
        detail = error.detail
    if faults or detail:
        stays = {one.id: one for one in rows if not faults or one.id in faults}
        return _page(_read(group_id, round_id), stays, faults, detail, took_part), 422
    return redirect(url_for("discussion.sheet", group_id=group_id, round_id=round_id), code=303)


def _same_person() -> None:
    if request.form.get("person") not in (None, "", actor().id):
        raise Conflict(
            _("En anden er nu logget ind på denne enhed. Log ind som dig selv igen for at gemme."),
            code="another-person",
        )


@blueprint.post(f"{PLACE}/begynd")
def start(group_id: UUID, round_id: UUID) -> Answer | tuple[str, int]:
    """A leader lets the discussion begin with the own ratings that are in, and says why."""
    picked = [value.partition(":") for value in request.form.getlist("barn")]
    reason = tidy(request.form.get("reason"))
    items = [
        {"child_assessment_id": id_, "expected_version": int(version), "reason": reason}
        for id_, _dot, version in picked
        if version.isdecimal()
    ]
    faults = {} if items else {"barn": _("Vælg mindst ét barn.")}
    faults |= {} if reason else {"start-reason": _("Skriv, hvorfor I begynder uden alle vurderinger.")}
    if not faults:
        result = ask(
            "assessment.start_dialogue_group", group_id=str(group_id), round_id=str(round_id), items=items
        )
        if result["errors"]:
            faults = {"barn": result["errors"][0]["detail"]}
    if faults:
        given = _read(group_id, round_id)
        given["start"] = {"faults": faults, "reason": reason, "picked": request.form.getlist("barn")}
        return _page(given), 422
    flash(_("Børnene er klar til drøftelse."), "success")
    return redirect(url_for("discussion.sheet", group_id=group_id, round_id=round_id), code=303)


# One child: what was agreed, and its revision --------------------------------------------------------


@blueprint.get(f"{PLACE}/<uuid:child_assessment_id>")
def child(group_id: UUID, round_id: UUID, child_assessment_id: UUID) -> str:
    """What was agreed about one child with every revision, and the form that revises it."""
    return _child_page(group_id, round_id, child_assessment_id)


def _child_page(
    group_id: UUID,
    round_id: UUID,
    child_assessment_id: UUID,
    typed: Agreed | None = None,
    faults: Mapping[str, str] | None = None,
    detail: str = "",
    told: list[consequences.Consequence] | None = None,
    rating_id: str | None = None,
) -> str:
    found = ask("assessment.get_assessment", child_assessment_id=str(child_assessment_id))
    if (found["group_id"], found["round_id"]) != (str(group_id), str(round_id)):
        raise Forbidden(_("Barnet hører ikke til denne gruppe og runde."))
    named = sheets.names([found["child_id"]]).get(found["child_id"], {})
    found["first_name"] = named.get("first_name") or _("Barnet")
    found["name"] = (
        f"{named.get('first_name', '')} {named.get('last_name', '')}".strip() or found["first_name"]
    )
    found["age"] = sheets.age(named.get("born"))
    given = {
        "group_id": str(group_id),
        "round_id": str(round_id),
        "institution_id": found["institution_id"],
        "raters": [one["rater_id"] for one in found["own_ratings"]],
        "children": [found],
    }
    people = _people(given)
    _dress(found, people, _signs(given))
    current = found["agreed"]
    wanted = next(
        (one for one in current if one["rating_id"] == (rating_id or request.args.get("spor"))), None
    )
    revised = wanted or (current[0] if current else None)
    free = [track for track in TRACKS if track not in {one["track"] for one in current}]
    adds = request.args.get("spor") in free and typed is None
    found["values"] = dict(typed.values) if typed else agreed(None if adds else revised)
    if adds:
        found["values"]["track"] = request.args["spor"]
    found["seen"] = typed.version if typed else found["version"]
    found["fault"] = {"fields": dict(faults or {}), "detail": detail, "conflict": False}
    for one in found["joint"]:
        one["names"] = [people.get(id_, _("En tidligere kollega")) for id_ in one["participants"]]
        one["on"] = danish.day(moment_of(one["decided_at"]), language())
    around = _around(given, people, {}, detail, None if adds or not revised else revised["participants"])
    return render_template(
        "discussion/child.html",
        sheet={**given, "group_name": sheets.unit_names([str(group_id)]).get(str(group_id), _("Gruppen"))},
        row=found,
        revised=None if adds else revised,
        adds=adds,
        free=free,
        told=told or [],
        previewed=told is not None,
        quiet=0 if told else 1,
        typed=request.form,
        fields=list(request.form.items(multi=True)),
        withheld=[one for one in told or [] if one.kind == "withheld"],
        **{**around, "faults": {_spot(name, found["id"]): mend for name, mend in (faults or {}).items()}},
    )


def _spot(name: str, id_: str) -> str:
    return name if name in ("participants", "revision_reason") else f"{name}-{id_}"


@blueprint.post(f"{PLACE}/<uuid:child_assessment_id>")
def revise(group_id: UUID, round_id: UUID, child_assessment_id: UUID) -> Answer | tuple[str, int] | str:
    """Revises a joint rating: first what it leads to is shown, then it is done."""
    typed = next((one for one in joint_form.read(request.form) if one.id == str(child_assessment_id)), None)
    rating_id = request.form.get("rating_id", "")
    if typed is None:
        raise Invalid(_("Formularen kan ikke læses. Hent siden igen."))
    here = (group_id, round_id, child_assessment_id)
    if request.form.get("do") == "edit":
        return _child_page(*here, typed, rating_id=rating_id)
    data = {
        "rating_id": rating_id,
        "expected_version": typed.version,
        **typed.values,
        "participants": joint_form.participants(request.form),
        "revision_reason": tidy(request.form.get("revision_reason")),
        "indicators": [],
    }
    faults: dict[str, str] = {} if typed.decided else {"position": _("Vælg en position.")}
    if not data["revision_reason"]:
        faults["revision_reason"] = _("Skriv, hvorfor vurderingen ændres.")
    done = request.form.get("do") == "done"
    if faults:
        return _child_page(*here, typed, faults, rating_id=rating_id), 422
    try:
        _same_person()
        unconfirmed = data["suspects_parents"] and not request.form.get("confirmed")
        if done and not unconfirmed:
            ask("assessment.revise", **data)
            flash(_("Vurderingen er ændret. Den tidligere er bevaret."), "success")
            return redirect(url_for("discussion.sheet", group_id=group_id, round_id=round_id), code=303)
        saved = ask("assessment.preview_revision", **data)
    except (Invalid, Conflict, PreconditionFailed) as error:
        return _child_page(
            *here, typed, error.fields, "" if error.fields else error.detail, rating_id=rating_id
        ), 422
    found = ask("assessment.get_assessment", child_assessment_id=str(child_assessment_id))
    named = sheets.names([found["child_id"]]).get(found["child_id"], {})
    told = consequences.of(
        [saved],
        {found["child_id"]: f"{named.get('first_name', '')} {named.get('last_name', '')}".strip()},
        {found["child_id"]: found["open_concerns"]},
        str(group_id),
        found["institution_id"],
    )
    page = _child_page(*here, typed, told=told, rating_id=rating_id)
    return (page, 422) if done else page
