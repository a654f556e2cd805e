"""Rounds: planned, opened once it is clear how many children that lists, followed, and closed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from services.chassis.errors import Conflict, Invalid, PreconditionFailed, TrivselError
from services.gateway.timeline import day_of
from services.gateway.web import danish, sheets
from services.gateway.web.acting import ask
from services.gateway.web.administration import blueprint
from services.gateway.web.administration.differences import differences
from services.gateway.web.words import KINDS

STATES = {"planned": "Planlagt", "open": "Åben", "closed": "Lukket"}
TURNS = {"aabn": "open_round", "luk": "close_round", "slet": "drop_round"}
PATIENCE = 60.0
"""Seconds for listing every child of a municipality."""
_DAY = re.compile(r"(\d{1,2})\s*[-./]\s*(\d{1,2})\s*[-./]\s*(\d{4})")


@blueprint.get("/runder")
def rounds() -> str:
    return _rounds()


def _rounds(**more: Any) -> str:
    found = ask("assessment.list_rounds", limit=100)["items"]
    for one in found:
        _dress(one)
    return render_template(
        "administration/rounds.html", rounds=found, **{"name": "", "fields": {}, "detail": "", **more}
    )


@blueprint.post("/runder")
def plan_round() -> Answer | tuple[str, int]:
    """A planned round with each kind's next window, which the next page shows and lets one change."""
    name = request.form.get("name", "").strip()
    try:
        planned = ask("assessment.plan_round", name=name)
    except Invalid as error:
        fields = error.fields if name else {"name": _("Giv runden et navn, fx Forår 2027.")}
        return _rounds(name=name, fields=fields, detail=error.detail), 422
    flash(_("Runden er planlagt. Se vinduerne efter, og åbn den, når den skal begynde."), "success")
    return redirect(url_for("administration.one_round", round_id=planned["round_id"]), code=303)


@blueprint.get("/runder/<uuid:round_id>")
def one_round(round_id: UUID) -> str:
    return _round(str(round_id))


@blueprint.post("/runder/<uuid:round_id>")
def change_round(round_id: UUID) -> Answer | tuple[str, int]:
    """Another name or other windows; of an open round only the last days."""
    values = _typed()
    windows, places, faults = _windows(values)
    if faults:
        return _round(str(round_id), values=values, fields=faults), 422
    try:
        ask(
            "assessment.change_round",
            round_id=str(round_id),
            expected_version=values["version"],
            name=values["name"],
            windows=windows,
        )
    except Invalid as error:
        fields = {
            _place(path, places): mend.replace("from ", _("“fra” ")) for path, mend in error.fields.items()
        }
        return _round(str(round_id), values=values, fields=fields, detail=error.detail), 422
    except PreconditionFailed:
        return _conflict(str(round_id), values), 409
    except Conflict as error:
        return _round(str(round_id), values=values, detail=error.detail), 409
    flash(_("Runden er gemt."), "success")
    return redirect(url_for("administration.one_round", round_id=round_id), code=303)


def _typed() -> dict[str, Any]:
    form = request.form
    version = form.get("version", "")
    return {
        "version": int(version) if version.isdecimal() else 0,
        "name": form.get("name", "").strip(),
        "windows": {
            code: {
                "used": bool(form.get(f"use-{code}")),
                "from": form.get(f"from-{code}", "").strip(),
                "to": form.get(f"to-{code}", "").strip(),
            }
            for code in KINDS
        },
    }


def _windows(values: Mapping[str, Any]) -> tuple[list[dict[str, str]], list[str], dict[str, str]]:
    """The windows as the service takes them, the kinds in their order, and days that cannot be read."""
    found: list[dict[str, str]] = []
    faults: dict[str, str] = {}
    for code, window in values["windows"].items():
        if not window["used"]:
            continue
        row = {"kind": code}
        for part in ("from", "to"):
            read = _DAY.fullmatch(window[part])
            if read is None:
                faults[f"{part}-{code}"] = _("Skriv datoen som 15-03-2027.")
            else:
                row[part] = f"{read[3]}-{int(read[2]):02}-{int(read[1]):02}"
        found.append(row)
    if not found:
        faults[f"use-{next(iter(KINDS))}"] = _("Vælg mindst én slags institution.")
    return found, [row["kind"] for row in found], faults


def _place(path: str, kinds: list[str]) -> str:
    """Where on the page it stands what the service says of `windows.1.to`."""
    parts = path.split(".")
    if parts[0] == "windows" and len(parts) > 1 and parts[1].isdecimal() and int(parts[1]) < len(kinds):
        code = kinds[int(parts[1])]
        return f"{parts[2]}-{code}" if len(parts) > 2 and parts[2] in ("from", "to") else f"use-{code}"
    return "name"


def _conflict(round_id: str, values: dict[str, Any]) -> str:
    stored = ask("assessment.get_round", round_id=round_id)
    mine = _in_words(values["name"], values["windows"])
    changed = differences(_in_words(stored["name"], _shown(stored)), mine)
    return _round(round_id, values={**values, "version": stored["version"]}, conflict=changed)


def _shown(stored: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """A round's windows as the form has them."""
    known = {window["kind"]: window for window in stored["windows"]}
    return {
        code: {
            "used": code in known,
            "from": _day_shown(known[code]["from"]) if code in known else "",
            "to": _day_shown(known[code]["to"]) if code in known else "",
        }
        for code in KINDS
    }


def _day_shown(day: Any) -> str:
    return f"{day_of(day):%d-%m-%Y}"


def _in_words(name: str, windows: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {_("Navn"): name} | {
        KINDS[code].capitalize(): f"{window['from']} – {window['to']}"
        for code, window in windows.items()
        if window["used"]
    }


def _round(round_id: str, values: dict[str, Any] | None = None, **more: Any) -> str:
    stored = ask("assessment.get_round", round_id=round_id)
    _dress(stored)
    coverage: list[dict[str, Any]] = []
    if stored["state"] != "planned":
        coverage = sheets.quietly("assessment.coverage", round_id=round_id, level="institution")
        names = sheets.unit_names(one["institution_id"] for one in coverage)
        for one in coverage:
            one["name"] = names.get(one["institution_id"], _("Institutionen"))
            one["last_day"] = danish.day(day_of(one["last_day"])) if one["last_day"] else ""
        coverage.sort(key=lambda one: (-one["overdue"], one["name"]))
    values = values or {"version": stored["version"], "name": stored["name"], "windows": _shown(stored)}
    return render_template(
        "administration/round.html",
        round=stored,
        values=values,
        coverage=coverage,
        total=_total(coverage),
        kinds=KINDS,
        **{"fields": {}, "detail": "", "conflict": None, **more},
    )


def _total(coverage: list[dict[str, Any]]) -> dict[str, int]:
    return {name: sum(one[name] for one in coverage) for name in ("total", "assessed", "overdue")}


def _dress(one: dict[str, Any]) -> None:
    one["state_word"] = STATES[one["state"]]
    one["from_day"], one["to_day"] = danish.day(day_of(one["from"])), danish.day(day_of(one["to"]))


@blueprint.get("/runder/<uuid:round_id>/<any(aabn, luk, slet):turn>")
def ask_turn(round_id: UUID, turn: str) -> str:
    """What will happen, before it does."""
    return _ask(str(round_id), turn)


@blueprint.post("/runder/<uuid:round_id>/<any(aabn, luk, slet):turn>")
def turn_round(round_id: UUID, turn: str) -> Answer | tuple[str, int]:
    given = request.form.get("version", "")
    try:
        done = ask(
            f"assessment.{TURNS[turn]}",
            timeout=PATIENCE,
            round_id=str(round_id),
            expected_version=int(given) if given.isdecimal() else 0,
        )
    except Conflict as error:
        return _ask(str(round_id), turn, detail=error.detail), 409
    except PreconditionFailed:
        detail = _("En anden har ændret runden i mellemtiden. Se den efter, og prøv igen.")
        return _ask(str(round_id), turn, detail=detail), 409
    if turn == "slet":
        flash(_("Runden er slettet."), "success")
        return redirect(url_for("administration.rounds"), code=303)
    told = (
        _("Runden er åben for %(count)s børn.", count=done["children"])
        if turn == "aabn"
        else _("Runden er lukket.")
    )
    flash(told, "success")
    return redirect(url_for("administration.one_round", round_id=round_id), code=303)


def _ask(round_id: str, turn: str, detail: str = "") -> str:
    stored = ask("assessment.get_round", round_id=round_id)
    _dress(stored)
    children = None
    unrated = 0
    if turn == "aabn" and not detail:
        try:
            rehearsed = ask(
                "assessment.preview_opening",
                timeout=PATIENCE,
                round_id=round_id,
                expected_version=stored["version"],
            )
            children = rehearsed["children"]
        except (Conflict, Invalid) as error:
            detail = next(iter(error.fields.values()), error.detail)
        except TrivselError:
            detail = _("Det kan ikke ses lige nu, hvor mange børn det gælder. Prøv igen om lidt.")
    if turn == "luk":
        found = sheets.quietly("assessment.coverage", round_id=round_id, level="institution")
        total = _total(found)
        unrated = total["total"] - total["assessed"]
    return render_template(
        "administration/turn.html",
        round=stored,
        turn=turn,
        children=children,
        unrated=unrated,
        detail=detail,
        windows=[(KINDS[code], window) for code, window in _shown(stored).items() if window["used"]],
    )
