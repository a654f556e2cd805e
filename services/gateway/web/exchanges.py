"""Udveksling uden samtykke: what was shared about a child by law, registered by staff, and what was before.

A right and never a duty (domain brief LR-7 and LR-8): once at a meeting, exceptionally one follow-up, and
the third is refused. Consent decides; the page says beforehand what it will say, and loses nothing typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from services.chassis import clock
from services.chassis.errors import Conflict, Forbidden, Invalid, NotFound, TrivselError
from services.gateway.calls import Failure
from services.gateway.timeline import day_of
from services.gateway.web import child as child_page
from services.gateway.web import consent_words as words
from services.gateway.web import sheets
from services.gateway.web.acting import ask, ask_together
from services.gateway.web.consents import reading

blueprint = Blueprint("exchanges", __name__)

PAGE = "/barn/<uuid:child_id>/udveksling"
ROWS, MOST_ROWS = 4, 10
LONGEST = 2000
SSD = "ssd"

PARTIES: Mapping[str, Any] = {
    "dagpleje": _l("Dagpleje"),
    "vuggestue": _l("Vuggestue"),
    "boernehave": _l("Børnehave"),
    "school": _l("Skole"),
    "health_visiting": _l("Sundhedspleje"),
    "family": _l("Familieafdelingen"),
    "ppr": _l("PPR"),
    "private": _l("Privat institution eller behandler"),
    "police": _l("Politiet"),
}
BASIS_HINTS: Mapping[str, Any] = {
    "ssd": _l(
        "Én gang på et møde og undtagelsesvis én opfølgning, når det er nødvendigt for at hjælpe tidligt."
    ),
    "ssp": _l(
        "Med politiet, for at forebygge kriminalitet (retsplejelovens § 115). Aldrig til efterforskning."
    ),
}
YES_NO = (("ja", _l("Ja")), ("nej", _l("Nej")))


@dataclass(frozen=True)
class Form:
    """What was filled in, as it was filled in."""

    basis: str = ""
    held_on: str = ""
    parties: tuple[tuple[str, str], ...] = ()
    information: tuple[str, ...] = ()
    necessity: str = ""
    exceptional_reason: str = ""
    consent_sought: str = ""
    parents_told: str = ""
    for_investigation: bool = False

    @classmethod
    def sent(cls, form: MultiDict[str, str]) -> Form:
        rows = [
            (form.get(f"party-{row}-kind", ""), form.get(f"party-{row}-name", "").strip())
            for row in range(MOST_ROWS)
        ]
        return cls(
            form.get("basis", ""),
            form.get("held_on", "").strip(),
            tuple(row for row in rows if any(row)),
            tuple(dict.fromkeys(form.getlist("information"))),
            form.get("necessity", ""),
            form.get("exceptional_reason", ""),
            form.get("consent_sought", ""),
            form.get("parents_told", ""),
            bool(form.get("for_investigation")),
        )


@blueprint.errorhandler(NotFound)
@blueprint.errorhandler(Forbidden)
def _closed(error: TrivselError) -> tuple[str, int]:
    return render_template("child/closed.html", error=error), error.status


@blueprint.get(PAGE)
def new(child_id: UUID) -> str:
    """An empty form, with the child's own place as the first party."""
    return _page(str(child_id), None)


@blueprint.post(PAGE)
def register(child_id: UUID) -> Answer | str | tuple[str, int]:
    form = Form.sent(request.form)
    faults = _faults(form)
    if faults:
        return _page(str(child_id), form, faults), 422
    try:
        ask(
            "consent.register_exchange",
            child_id=str(child_id),
            basis=form.basis,
            held_on=form.held_on,
            parties=[{"kind": kind, "name": name} for kind, name in form.parties],
            information=list(form.information),
            necessity=form.necessity,
            exceptional_reason=form.exceptional_reason,
            consent_sought=form.consent_sought == "ja",
            parents_told=form.parents_told == "ja",
            for_investigation=form.for_investigation,
        )
    except (Invalid, Conflict) as error:
        return _page(str(child_id), form, _mends(error), error.detail), error.status
    flash(_("Udvekslingen er noteret og står på barnets tidslinje."), "success")
    return redirect(url_for("exchanges.new", child_id=child_id), code=303)


def _faults(form: Form) -> dict[str, str]:
    """What the page can tell itself, so that all of it is told at once."""
    found: dict[str, str] = {}
    if form.basis not in words.BASES:
        found["basis"] = _("Vælg det retlige grundlag.")
    try:
        date.fromisoformat(form.held_on)
    except ValueError:
        found["held_on"] = _("Skriv dagen, hvor oplysningerne blev udvekslet.")
    for row, (kind, name) in enumerate(form.parties):
        if kind not in PARTIES:
            found[f"party-{row}-kind"] = _("Vælg, hvad part %(number)s er.", number=row + 1)
        if not 0 < len(name) <= 120:
            found[f"party-{row}-name"] = _("Skriv navnet på part %(number)s.", number=row + 1)
    if len(form.parties) < 2:
        found.setdefault(f"party-{len(form.parties)}-kind", _("Nævn mindst to parter."))
    if not form.information or any(one not in words.INFORMATION for one in form.information):
        found["information"] = _("Vælg mindst én slags oplysninger.")
    if not form.necessity.strip():
        found["necessity"] = _("Skriv, hvorfor det er nødvendigt at udveksle oplysningerne.")
    for name in ("necessity", "exceptional_reason"):
        if len(getattr(form, name)) > LONGEST:
            found[name] = _("Skriv højst %(count)s tegn.", count=LONGEST)
    if form.consent_sought not in ("ja", "nej"):
        found["consent_sought"] = _("Svar på, om der blev søgt samtykke først.")
    if form.parents_told not in ("ja", "nej"):
        found["parents_told"] = _("Svar på, om forældrene har fået det at vide.")
    return found


def _mends(error: TrivselError) -> dict[str, str]:
    """The service's faults at the fields of this form."""
    found: dict[str, str] = {}
    for path, mend in error.fields.items():
        parts = path.split(".")
        if parts[0] == "parties":
            known = len(parts) == 3 and parts[1].isdecimal() and parts[2] in ("kind", "name")
            found.setdefault(f"party-{parts[1]}-{parts[2]}" if known else "party-0-kind", mend)
        else:
            found.setdefault(parts[0], mend)
    return found


# The page --------------------------------------------------------------------------------------------


def _page(child_id: str, form: Form | None, faults: Mapping[str, str] | None = None, detail: str = "") -> str:
    found = ask_together(
        child=("registry.child", {"child_id": child_id}),
        exchanges=("consent.list_exchanges", {"child_id": child_id}),
        settings=("consent.get_settings", {}),
    )
    for part in ("child", "exchanges", "settings"):
        if isinstance(found[part], Failure):
            raise found[part].error
    child: dict[str, Any] = found["child"]
    earlier = found["exchanges"]["items"]
    shown = form or Form(held_on=clock.today().isoformat(), parties=_own_place(child))
    rows = [*shown.parties, *[("", "")] * MOST_ROWS][: min(MOST_ROWS, max(ROWS, len(shown.parties) + 1))]
    return render_template(
        "exchanges/new.html",
        **child_page.frame(child, "consents.child"),
        form=shown,
        rows=rows,
        faults=dict(faults or {}),
        detail=detail,
        words=words,
        basis_hints=BASIS_HINTS,
        kinds=PARTIES,
        yes_no=YES_NO,
        longest=LONGEST,
        today=clock.today().isoformat(),
        matter=_matter(earlier, found["settings"]["effective"]["exchange_matter_days"]),
        earlier=[_shown(one) for one in earlier],
        people=sheets.staff_names(one["registered_by"] for one in earlier),
        day=reading.day,
    )


def _own_place(child: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    here = [one for one in child["enrolments"] if one["current"] and one["kind"] in PARTIES]
    return tuple((one["kind"], one["institution_name"]) for one in here[:1])


def _matter(earlier: Sequence[Mapping[str, Any]], days: int) -> dict[str, Any] | None:
    """How far the matter that is running has come, by SSD: its first day, how many there were, its end."""
    today = clock.today()
    running = [
        one
        for one in earlier
        if one["basis"] == SSD and today <= day_of(one["first_on"]) + timedelta(days=days)
    ]
    if not running:
        return None
    first = max(day_of(one["first_on"]) for one in running)
    used = max(one["sequence"] for one in running if day_of(one["first_on"]) == first)
    return {"first": first, "used": used, "until": first + timedelta(days=days)}


def _shown(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **one,
        "basis_word": words.BASES.get(one["basis"], one["basis"]),
        "information_words": words.words(one["information"], words.INFORMATION),
        "party_names": [party["name"] for party in one["parties"]],
    }
