"""Gruppevurdering: a whole group rated on one page.

The page is one form that works by itself; a script saves each row as it is typed (`autosave`). Both ways use
the same reading of rows (`rating_form`) and the same call, so neither can do what the other may not.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as Answer

from services.chassis import clock
from services.chassis.errors import Conflict, Invalid, TrivselError
from services.gateway.timeline import moment_of
from services.gateway.web import danish, sheets
from services.gateway.web.acting import actor, ask
from services.gateway.web.rating_form import BLANK, Entry, content, entries, mark, tidy, written

blueprint = Blueprint("group", __name__)

PLACE = "/gruppe/<uuid:group_id>/runde/<uuid:round_id>"
SHOWN = ("alle", "mangler", "bekymring")
UNDO = timedelta(minutes=30)
"""How long “Markér resten grøn” can be taken back."""


@blueprint.get("/gruppe")
def index() -> str:
    """The person's groups in open rounds."""
    return render_template("group/index.html", groups=groups())


def groups() -> list[dict[str, Any]]:
    """The person's groups in open rounds with their names, those with the nearest last day first."""
    found: list[dict[str, Any]] = ask("assessment.my_groups")["items"]
    names = sheets.unit_names(id_ for one in found for id_ in (one["group_id"], one["institution_id"]))
    for one in found:
        one["name"] = names.get(one["group_id"], _("Gruppen"))
        one["institution_name"] = names.get(one["institution_id"], "")
        one["days_left"] = sheets.days_left(one["last_day"])
        one["deadline"] = sheets.deadline(one["last_day"])
    return sorted(found, key=lambda one: (one["last_day"], one["institution_name"], one["name"]))


# The sheet -------------------------------------------------------------------------------------------


@blueprint.get(PLACE)
def sheet(group_id: UUID, round_id: UUID) -> str:
    return _page(_read(group_id, round_id))


def _read(group_id: UUID, round_id: UUID) -> dict[str, Any]:
    return sheets.sheet("group_sheet", str(group_id), str(round_id))


def _page(
    given: dict[str, Any],
    typed: Mapping[str, Entry] | None = None,
    faults: Mapping[str, Mapping[str, Any]] | None = None,
    detail: str = "",
) -> str:
    """The sheet; `typed` rows stand as they were typed, `faults` say what keeps each from being saved."""
    typed, faults = typed or {}, faults or {}
    rows = given["children"]
    for row in rows:
        _dress(row, typed.get(row["child_assessment_id"]), faults.get(row["child_assessment_id"]))
        row["open"] = row["rateable"] and given["may"]["rate"]
    mine = [row for row in rows if row["open"]]
    shown = request.args.get("vis", "alle")
    return render_template(
        "group/sheet.html",
        sheet=given,
        rows=rows,
        place={"group_id": given["group_id"], "round_id": given["round_id"]},
        person_id=actor().id,
        done=sum(row["rated"] for row in mine),
        total=len(mine),
        shown=shown if shown in SHOWN else "alle",
        deadline=sheets.deadline(given["window"]["to"]) if given["window"] else None,
        days_left=sheets.days_left(given["window"]["to"]) if given["window"] else None,
        saved_at=_last_saved(rows),
        faults=_summary(rows, faults),
        detail=detail,
        greened=_greened(given),
        absences=sheets.ABSENCES,
        ready=given["counts"]["ready_for_dialogue"],
    )


def _dress(row: dict[str, Any], typed: Entry | None = None, fault: Mapping[str, Any] | None = None) -> None:
    """What the row shows besides what assessment says of it."""
    own = row["own_rating"]
    row["id"] = row["child_assessment_id"]
    row["rateable"] = row["state"] in sheets.RATEABLE
    row["rated"] = own is not None
    row["values"] = dict(typed.values) if typed else content(own or BLANK)
    row["seen"] = typed.version if typed else row["version"]
    row["mark"] = typed.mark if typed else mark(own)
    row["state_word"] = sheets.STATES[row["state"]]
    row["reason_word"] = row["reason"] or sheets.REASONS.get(row["reason_code"] or "", "")
    row["fault"] = dict(fault or {})
    row["before"] = [{**one, "month": sheets.month(one["decided_at"])} for one in row["last"]]
    row["agreed"] = [one for one in row["joint"] if one["current"]]


def _last_saved(rows: Iterable[Mapping[str, Any]]) -> datetime | None:
    saved = [moment_of(row["own_rating"]["updated_at"]) for row in rows if row["own_rating"]]
    return max(saved, default=None)


def _summary(rows: Iterable[Mapping[str, Any]], faults: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """One line a child for the summary at the top, by the id of the field to mend."""
    found = {}
    for row in rows:
        fault = faults.get(row["id"])
        if fault:
            field = next(iter(fault["fields"]), "conflict")
            said = next(iter(fault["fields"].values()), fault["detail"])
            found[f"{field}-{row['id']}"] = f"{row['first_name']}: {said}"
    return found


# Saving ----------------------------------------------------------------------------------------------


@blueprint.post(PLACE)
def save(group_id: UUID, round_id: UUID) -> Answer | tuple[str, int]:
    """The whole form. Rows that are right are saved; the others come back as they were typed."""
    used = request.form.get("brug", "")
    kept = request.form.get("behold", "")
    rows = [entry for entry in entries(request.form) if entry.id != used]
    faults: dict[str, dict[str, Any]] = {}
    typed = {entry.id: entry for entry in rows if entry.touched}
    wanted = []
    for entry in typed.values():
        if not entry.values["position"]:
            faults[entry.id] = _fault({"position": _("Vælg grøn, gul eller rød, eller slet det skrevne.")})
        elif entry.id == kept:
            current = request.form.get(f"current-{entry.id}", "")
            wanted.append({**entry.item, "expected_version": int(current) if current.isdecimal() else 0})
        else:
            wanted.append(entry.item)
    detail = ""
    try:
        _same_person(request.form.get("person", ""))
        faults |= _rate(group_id, round_id, wanted)["errors"] if wanted else {}
    except (Conflict, Invalid) as error:
        detail = error.detail
        faults |= {id_: _fault({}, error.detail) for id_ in typed}
    if faults:
        given = _read(group_id, round_id)
        _show_conflicts(given, faults)
        stays = {id_: entry for id_, entry in typed.items() if id_ in faults}
        return _page(given, stays, faults, detail), 422
    if request.form.get("do") == "rest":
        return redirect(url_for("group.rest", group_id=group_id, round_id=round_id), code=303)
    if not wanted:
        _read(group_id, round_id)  # who may not see the group is told so, also when she changed nothing
    else:
        flash(ngettext("Et barn er gemt.", "%(num)d børn er gemt.", len(typed)), "success")
    return redirect(_here(group_id, round_id, request.form.get("vis", "")), code=303)


def _fault(fields: Mapping[str, str], detail: str = "") -> dict[str, Any]:
    return {"fields": dict(fields), "detail": detail, "conflict": False}


def _rate(group_id: UUID, round_id: UUID, wanted: list[dict[str, Any]]) -> dict[str, Any]:
    """Saves; gives what was saved by child and what was not, with why, by child."""
    result = ask(
        "assessment.rate_group", timeout=15.0, group_id=str(group_id), round_id=str(round_id), items=wanted
    )
    return {
        "saved": {one["child_assessment_id"]: one for one in result["saved"]},
        "errors": {
            one["child_assessment_id"]: {
                **_fault(one["fields"], one["detail"]),
                "conflict": one["code"] in ("version-mismatch", "conflict", "not-found"),
                "stale": one["code"] == "version-mismatch",
            }
            for one in result["errors"]
        },
    }


def _same_person(typed_by: str) -> None:
    """Tablets are shared: what one has typed must not be saved as the next one's rating."""
    if typed_by and typed_by != actor().id:
        raise Conflict(
            _("En anden er nu logget ind på denne enhed. Log ind som dig selv igen for at gemme."),
            code="another-person",
        )


def _show_conflicts(given: Mapping[str, Any], faults: Mapping[str, dict[str, Any]]) -> None:
    """Puts what is stored now beside what could not be saved."""
    rows = {row["child_assessment_id"]: row for row in given["children"]}
    for id_, fault in faults.items():
        row = rows.get(id_)
        if not fault["conflict"] or row is None:
            continue
        fault["stored"] = content(row["own_rating"]) if row["own_rating"] else None
        fault["version"] = row["version"]
        if fault["stale"]:
            fault["detail"] = _("Det er ændret et andet sted imens. Vælg, hvad der skal gælde.")
        fault["state_word"] = sheets.STATES[row["state"]]
        fault["rateable"] = row["state"] in sheets.RATEABLE
        fault["mark"] = mark(row["own_rating"])


@blueprint.post(f"{PLACE}/gem")
def autosave(group_id: UUID, round_id: UUID) -> Answer | tuple[Response, int]:
    """Rows as they are typed, from the script. Answers in JSON what was saved, and what was not and why."""
    body = request.get_json(silent=True) or {}
    try:
        if not isinstance(body, dict) or not (wanted := written(body.get("items") or [])):
            raise Invalid(_("Der var intet at gemme."))
        _same_person(str(body.get("person", "")))
        result = _rate(group_id, round_id, wanted)
    except TrivselError as error:
        return jsonify(code=error.code, detail=error.detail), error.status
    sent = {one["child_assessment_id"]: one for one in wanted}
    if any(fault["conflict"] for fault in result["errors"].values()):
        given = _read(group_id, round_id)
        _show_conflicts(given, result["errors"])
        for id_, fault in result["errors"].items():
            if fault["conflict"]:
                fault["html"] = render_template(
                    "group/conflict.html", id=id_, fault=fault, typed=sent.get(id_)
                )
    return jsonify(
        saved=[
            {
                "id": id_,
                "version": one["version"],
                "mark": mark(sent[id_]),
                "state": one["state"],
                "state_word": str(sheets.STATES[one["state"]]),
            }
            for id_, one in result["saved"].items()
        ],
        errors=[{"id": id_, **fault} for id_, fault in result["errors"].items()],
        at=danish.clock(clock.now()),
    )


def _here(group_id: UUID | str, round_id: UUID | str, shown: str = "") -> str:
    return url_for(
        "group.sheet",
        group_id=group_id,
        round_id=round_id,
        vis=shown if shown in SHOWN and shown != "alle" else None,
    )


# The rest is green -----------------------------------------------------------------------------------


@blueprint.get(f"{PLACE}/resten")
def rest(group_id: UUID, round_id: UUID) -> Answer | str:
    """A step of its own before many are rated with one press: who they are."""
    given = _read(group_id, round_id)
    rows = _unrated(given)
    if not rows:
        flash(_("Der mangler ingen."), "info")
        return redirect(_here(group_id, round_id), code=303)
    return render_template(
        "group/rest.html",
        sheet=given,
        rows=rows,
        place={"group_id": group_id, "round_id": round_id},
        person_id=actor().id,
    )


def _unrated(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    if not given["may"]["rate"]:
        return []
    return [row for row in given["children"] if row["state"] in sheets.RATEABLE and row["own_rating"] is None]


@blueprint.post(f"{PLACE}/resten")
def mark_rest(group_id: UUID, round_id: UUID) -> Answer:
    """Rates those who were listed green. One whom somebody has moved in between is left as she is."""
    listed = {entry.id: entry for entry in entries(request.form)}
    _same_person(request.form.get("person", ""))
    wanted = [{**entry.item, "position": "green"} for entry in listed.values()]
    if not wanted:
        raise Invalid(_("Der var intet at gemme."))
    result = _rate(group_id, round_id, wanted)
    saved = list(result["saved"])
    session["greened"] = {
        "group": str(group_id),
        "round": str(round_id),
        "person": actor().id,
        "at": clock.now().isoformat(),
        "ids": base64.b85encode(b"".join(UUID(id_).bytes for id_ in saved)).decode(),
    }
    if result["errors"]:
        flash(
            ngettext(
                "Et barn blev ændret af en anden imens og er ikke markeret. Se listen igennem.",
                "%(num)d børn blev ændret af andre imens og er ikke markeret. Se listen igennem.",
                len(result["errors"]),
            ),
            "warning",
        )
    return redirect(_here(group_id, round_id), code=303)


def _greened(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows that the person marked green together a short while ago and has not touched since."""
    noted = session.get("greened")
    if not isinstance(noted, dict) or (noted.get("group"), noted.get("round"), noted.get("person")) != (
        given["group_id"],
        given["round_id"],
        actor().id,
    ):
        return []
    at = moment_of(noted["at"])
    if clock.now() - at > UNDO:
        return []
    packed = base64.b85decode(noted["ids"])
    ids = {str(UUID(bytes=packed[start : start + 16])) for start in range(0, len(packed), 16)}
    return [
        row
        for row in given["children"]
        if row["child_assessment_id"] in ids
        and row["state"] in sheets.RATEABLE
        and row["own_rating"]
        and moment_of(row["own_rating"]["updated_at"]) <= at
    ]


@blueprint.post(f"{PLACE}/fortryd")
def undo(group_id: UUID, round_id: UUID) -> Answer:
    """Takes “Markér resten grøn” back. What has been changed since stays."""
    greened = _greened(_read(group_id, round_id))
    session.pop("greened", None)
    if greened:
        back = [
            {"child_assessment_id": row["child_assessment_id"], "expected_version": row["version"]}
            for row in greened
        ]
        result = ask("assessment.withdraw_group", group_id=str(group_id), round_id=str(round_id), items=back)
        flash(
            ngettext(
                "Et barn er taget tilbage og mangler igen.",
                "%(num)d børn er taget tilbage og mangler igen.",
                len(result["saved"]),
            ),
            "success",
        )
    else:
        flash(_("Der er intet at fortryde længere."), "info")
    return redirect(_here(group_id, round_id), code=303)


# Absence ---------------------------------------------------------------------------------------------


@blueprint.post(f"{PLACE}/fravaer")
def absence(group_id: UUID, round_id: UUID) -> Answer | tuple[str, int]:
    """Marks a child as absent or exempt with a reason, or takes the mark away."""
    id_, _dot, version = request.form.get("barn", "").partition(":")
    state, _dot, code = request.form.get("aarsag", "").partition(":")
    item = {
        "child_assessment_id": id_,
        "expected_version": int(version) if version.isdecimal() else 0,
        "state": state,
        "reason_code": code or None,
        "reason": tidy(request.form.get("bemaerkning")),
    }
    faults: dict[str, str] = {}
    if not id_:
        faults["barn"] = _("Vælg et barn.")
    if state not in ("absent", "exempt", "present"):
        faults["aarsag"] = _("Vælg en årsag.")
    if not faults:
        result = ask(
            "assessment.set_absence_group", group_id=str(group_id), round_id=str(round_id), items=[item]
        )
        for error in result["errors"]:
            named = {"reason": "bemaerkning", "reason_code": "aarsag"}
            faults = {named.get(name, "barn"): mend for name, mend in error["fields"].items()}
            faults = faults or {"barn": error["detail"]}
    if faults:
        given = _read(group_id, round_id)
        given["absence"] = {"faults": faults, "values": request.form}
        return _page(given), 422
    flash(_("Gemt. Du kan altid sætte barnet tilbage på listen."), "success")
    return redirect(_here(group_id, round_id), code=303)


# Signs to look for -----------------------------------------------------------------------------------


@blueprint.get(f"{PLACE}/tegn")
def signs(group_id: UUID, round_id: UUID) -> str:
    """What professionals look for at an age, to look up: a page, or a part of one for the script."""
    band = request.args.get("alder", "")
    found = ask("assessment.indicators", round_id=str(round_id), age_band=band or None)["items"]
    domains = [
        {
            "name": name,
            "positions": [
                (position, [one for one in found if one["domain"] == code and one["position"] == position])
                for position in ("green", "yellow", "red")
            ],
        }
        for code, name in sheets.DOMAINS.items()
        if any(one["domain"] == code for one in found)
    ]
    part = request.args.get("del") == "1"
    return render_template(
        "group/signs_part.html" if part else "group/signs.html",
        domains=domains,
        band=band,
        here=_here(group_id, round_id),
    )
