"""When meetings can be held and how early parents are told: the municipality's settings, those it has for a
kind of institution, and each place's own.

A place's settings are those of its kind, and a kind's those of the municipality, except what it has set
itself; an empty field follows. What is set for kinds is stored with the municipality's, as one version.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
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
HOURS = "administration.hours"
OF_KIND = f"/moedetider/slags/<any({', '.join(KINDS)}):kind>"
_CLOCK = r"(\d{1,2})(?:[.:](\d{2}))?"
_SPAN = re.compile(rf"{_CLOCK}\s*(?:-|–|til)\s*{_CLOCK}")
_DAY = re.compile(r"(\d{1,2})\s*[-./]\s*(\d{1,2})\s*[-./]\s*(\d{4})")


@dataclass(frozen=True)
class Whose:
    """The settings of an institution, of a kind of institution, or, with neither, of the municipality."""

    institution_id: str | None = None
    kind: str | None = None

    def stored(self) -> dict[str, Any]:
        """The stored version that holds them."""
        found: dict[str, Any] = ask("meetings.get_settings", **self.key)
        return found

    @property
    def key(self) -> dict[str, str]:
        return {"institution_id": self.institution_id} if self.institution_id else {}

    def own(self, stored: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is set for exactly these."""
        values: Mapping[str, Any] = stored["values"]
        return (values.get("kinds") or {}).get(self.kind, {}) if self.kind else values

    def within(self, stored: Mapping[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        """The whole to store when these are to have the values."""
        if self.institution_id:
            return values
        kinds = dict(stored["values"].get("kinds") or {})
        if self.kind is None:
            return {**values, "kinds": kinds} if kinds else values
        kinds.pop(self.kind, None)
        if values:
            kinds[self.kind] = values
        rest = {name: value for name, value in stored["values"].items() if name != "kinds"}
        return {**rest, "kinds": kinds} if kinds else rest

    @property
    def address(self) -> str:
        if self.institution_id:
            return url_for("administration.hours_of", institution_id=self.institution_id)
        return url_for("administration.hours_of_kind", kind=self.kind) if self.kind else url_for(HOURS)

    @property
    def name(self) -> str:
        if self.kind:
            return KINDS[self.kind]
        if not self.institution_id:
            return ""
        units = ask("registry.unit_names", unit_ids=[self.institution_id])["items"]
        return units[0]["name"] if units else ""


@blueprint.get("/moedetider")
def hours() -> str:
    """The municipality's settings, and the kinds and places that may have their own."""
    places = ask("registry.list_institutions", limit=MANY)["items"]
    for one in places:
        one["kind_name"] = KINDS.get(one["kind"], one["kind"])
    places.sort(key=lambda one: one["name"])
    return _page(Whose(), places=places)


@blueprint.post("/moedetider")
def store_hours() -> Answer | str | tuple[str, int]:
    return _store(Whose())


@blueprint.get(OF_KIND)
def hours_of_kind(kind: str) -> str:
    return _page(Whose(kind=kind))


@blueprint.post(OF_KIND)
def store_hours_of_kind(kind: str) -> Answer | str | tuple[str, int]:
    return _store(Whose(kind=kind))


@blueprint.get("/moedetider/<uuid:institution_id>")
def hours_of(institution_id: UUID) -> str:
    return _page(Whose(str(institution_id)))


@blueprint.post("/moedetider/<uuid:institution_id>")
def store_hours_of(institution_id: UUID) -> Answer | str | tuple[str, int]:
    return _store(Whose(str(institution_id)))


def _store(whose: Whose) -> Answer | str | tuple[str, int]:
    typed = _typed()
    values, faults = _values(typed)
    if faults:
        return _page(whose, typed=typed, fields=faults), 422
    stored = whose.stored()
    try:
        ask(
            "meetings.store_settings",
            expected_version=typed["version"],
            values=whose.within(stored, values),
            **whose.key,
        )
    except Invalid as error:
        return _page(whose, typed=typed, fields=_at(error.fields, whose), detail=error.detail), 422
    except PreconditionFailed:
        changed = differences(_in_words(_shown(stored, whose)), _in_words(typed))
        typed["version"] = stored["version"]
        return _page(whose, typed=typed, conflict=changed), 409
    flash(_("Gemt. Det gælder for møder, der indkaldes til fra nu af."), "success")
    return redirect(whose.address, code=303)


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


def _at(fields: Mapping[str, str], whose: Whose) -> dict[str, str]:
    """The service's mends by the ids of the page: `values.hours.monday.0` is Monday's field."""
    found: dict[str, str] = {}
    for path, mend in fields.items():
        around = ("values", "kinds", "value", "hours", whose.kind)
        parts = [part for part in path.split(".") if part not in around]
        found.setdefault(parts[0] if parts else "monday", mend)
    return found


def _shown(stored: Mapping[str, Any], whose: Whose) -> dict[str, Any]:
    """Stored settings as the form has them. Hours that follow are shown as they apply."""
    own = whose.own(stored)
    applies = {**stored["effective"], **own}
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


def _page(whose: Whose, typed: dict[str, Any] | None = None, **more: Any) -> str:
    stored = whose.stored()
    # What a kind follows is the municipality's own word; where it has none, each kind has built-in values.
    follows = stored["values"] if whose.kind else stored["effective"]
    return render_template(
        "administration/hours.html",
        whose=whose,
        form=typed or _shown(stored, whose),
        applies={code: follows.get(code) for code in (*NUMBERS, *CHOICES)},
        own=whose.own(stored),
        kinds=KINDS,
        days=DAYS,
        numbers=NUMBERS,
        choices=CHOICES,
        **{"fields": {}, "detail": "", "conflict": None, "places": [], **more},
    )
