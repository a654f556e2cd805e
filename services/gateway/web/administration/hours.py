"""When meetings can be held and how early parents are told: the municipality's settings and each place's own.

A place's settings are those of the municipality except what it has set itself; an empty field follows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as Answer

from services.chassis.errors import Invalid, PreconditionFailed
from services.gateway.timeline import day_of
from services.gateway.web.acting import ask
from services.gateway.web.administration import MANY, blueprint
from services.gateway.web.administration.differences import differences
from services.gateway.web.words import KINDS

DAYS: Mapping[str, Any] = {
    "monday": _l("Mandag"),
    "tuesday": _l("Tirsdag"),
    "wednesday": _l("Onsdag"),
    "thursday": _l("Torsdag"),
    "friday": _l("Fredag"),
}
NUMBERS: Mapping[str, Any] = {
    "notice_days": _l("Varsel til forældrene (dage)"),
    "duration_minutes": _l("Mødets længde (minutter)"),
    "proposals": _l("Tider, der foreslås"),
    "answer_days": _l("Svarfrist (dage)"),
    "accept_lead_hours": _l("En tid kan vælges indtil (timer før)"),
    "staff_wanted": _l("Medarbejdere ved mødet"),
    "grace_minutes": _l("Ventetid før automatisk invitation (minutter)"),
    "automatic_invitations": _l("Automatiske invitationer, før personalet tager over"),
}
CHOICES: Mapping[str, tuple[Any, Mapping[str, Any]]] = {
    "invitation": (
        _l("Invitationer sendes"),
        {"automatic": _l("af systemet, straks"), "by_staff": _l("af personalet")},
    ),
    "place": (_l("Mødested"), {"institution": _l("institutionen"), "online": _l("online")}),
}
_CLOCK = r"(\d{1,2})(?:[.:](\d{2}))?"
_SPAN = re.compile(rf"{_CLOCK}\s*(?:-|–|til)\s*{_CLOCK}")
_DAY = re.compile(r"(\d{1,2})\s*[-./]\s*(\d{1,2})\s*[-./]\s*(\d{4})")


@blueprint.get("/moedetider")
def hours() -> str:
    """The municipality's settings, and the places that may have their own."""
    places = ask("registry.list_institutions", limit=MANY)["items"]
    for one in places:
        one["kind_name"] = KINDS.get(one["kind"], one["kind"])
    places.sort(key=lambda one: one["name"])
    return _page(None, places=places)


@blueprint.post("/moedetider")
def store_hours() -> Answer | str | tuple[str, int]:
    return _store(None)


@blueprint.get("/moedetider/<uuid:institution_id>")
def hours_of(institution_id: UUID) -> str:
    return _page(str(institution_id))


@blueprint.post("/moedetider/<uuid:institution_id>")
def store_hours_of(institution_id: UUID) -> Answer | str | tuple[str, int]:
    return _store(str(institution_id))


def _which(institution_id: str | None) -> dict[str, str]:
    return {"institution_id": institution_id} if institution_id else {}


def _store(institution_id: str | None) -> Answer | str | tuple[str, int]:
    typed = _typed()
    values, faults = _values(typed)
    if faults:
        return _page(institution_id, typed=typed, fields=faults), 422
    stored = ask("meetings.get_settings", **_which(institution_id))
    if "kinds" in stored["values"]:  # set by a program for kinds of institutions; this form leaves it be
        values["kinds"] = stored["values"]["kinds"]
    try:
        ask(
            "meetings.store_settings",
            expected_version=typed["version"],
            values=values,
            **_which(institution_id),
        )
    except Invalid as error:
        return _page(institution_id, typed=typed, fields=_at(error.fields), detail=error.detail), 422
    except PreconditionFailed:
        changed = differences(_in_words(_shown(stored)), _in_words(typed))
        typed["version"] = stored["version"]
        return _page(institution_id, typed=typed, conflict=changed), 409
    flash(_("Gemt. Det gælder for møder, der indkaldes til fra nu af."), "success")
    place = "administration.hours_of" if institution_id else "administration.hours"
    return redirect(url_for(place, **_which(institution_id)), code=303)  # type: ignore[arg-type]


def _typed() -> dict[str, Any]:
    form = request.form
    get = lambda name: form.get(name, "").strip()  # noqa: E731
    version = get("version")
    return {
        "version": int(version) if version.isdecimal() else 0,
        "own_hours": bool(form.get("own_hours")),
        "hours": {day: get(day) for day in DAYS},
        "closed_days": get("closed_days"),
        **{name: get(name) for name in (*NUMBERS, *CHOICES)},
    }


def _values(typed: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """What the form sets, and what cannot be read. What is empty is not set, and follows."""
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    if typed["own_hours"]:
        values["hours"] = {}
        for day, text in typed["hours"].items():
            spans = _spans(text)
            if spans is None:
                faults[day] = _("Skriv tiderne som 08.00-16.00, med komma imellem. Tomt betyder ingen møder.")
            else:
                values["hours"][day] = spans
    if typed["closed_days"]:
        days = [part.strip() for part in re.split(r"[,;\n]", typed["closed_days"]) if part.strip()]
        read = [_DAY.fullmatch(day) for day in days]
        if all(read):
            values["closed_days"] = [f"{m[3]}-{int(m[2]):02}-{int(m[1]):02}" for m in read if m]
        else:
            faults["closed_days"] = _("Skriv dagene som 24-12-2026 med komma imellem.")
    for name in NUMBERS:
        if typed[name]:
            values[name] = int(typed[name]) if re.fullmatch(r"\d{1,6}", typed[name]) else typed[name]
    values |= {name: typed[name] for name in CHOICES if typed[name]}
    return values, faults


def _spans(text: str) -> list[list[str]] | None:
    """“8-12, 13.30-16” as the service takes it; None when it cannot be read."""
    found: list[list[str]] = []
    for part in (each.strip() for each in text.split(",")):
        if not part:
            continue
        read = _SPAN.fullmatch(part)
        if read is None:
            return None
        found.append([f"{int(read[1]):02}:{read[2] or '00'}", f"{int(read[3]):02}:{read[4] or '00'}"])
    return found


def _at(fields: Mapping[str, str]) -> dict[str, str]:
    """The service's mends by the ids of the page: `values.hours.monday.0` is Monday's field."""
    found: dict[str, str] = {}
    for path, mend in fields.items():
        parts = [part for part in path.split(".") if part not in ("values", "hours")]
        found.setdefault(parts[0] if parts else "monday", mend)
    return found


def _shown(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Stored settings as the form has them. Hours that follow are shown as they apply."""
    own, applies = stored["values"], stored["effective"]
    closed = [f"{day_of(day):%d-%m-%Y}" for day in own.get("closed_days", ())]
    return {
        "version": stored["version"],
        "own_hours": "hours" in own,
        "hours": {day: _span_text(applies["hours"].get(day, ())) for day in DAYS},
        "closed_days": ", ".join(closed),
        **{name: str(own.get(name, "")) for name in (*NUMBERS, *CHOICES)},
    }


def _span_text(spans: Any) -> str:
    return ", ".join(f"{opens}-{closes}".replace(":", ".") for opens, closes in spans)


def _in_words(form: Mapping[str, Any]) -> dict[str, str]:
    words = {str(name): form["hours"][day] for day, name in DAYS.items() if form["own_hours"]}
    words |= {str(name): form[code] for code, name in NUMBERS.items() if form[code]}
    for code, (name, options) in CHOICES.items():
        if form[code]:
            words[str(name)] = str(options.get(form[code], form[code]))
    if form["closed_days"]:
        words[_("Lukkedage")] = form["closed_days"]
    return words


def _page(institution_id: str | None, typed: dict[str, Any] | None = None, **more: Any) -> str:
    stored = ask("meetings.get_settings", **_which(institution_id))
    name = ""
    if institution_id:
        units = ask("registry.unit_names", unit_ids=[institution_id])["items"]
        name = units[0]["name"] if units else ""
    own = stored["values"]
    return render_template(
        "administration/hours.html",
        institution_id=institution_id,
        name=name,
        form=typed or _shown(stored),
        applies={code: stored["effective"].get(code) for code in (*NUMBERS, *CHOICES)},
        own=own,
        days=DAYS,
        numbers=NUMBERS,
        choices=CHOICES,
        **{"fields": {}, "detail": "", "conflict": None, "places": [], **more},
    )
