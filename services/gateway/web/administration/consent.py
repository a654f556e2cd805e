"""The municipality's settings of consent: how long, how soon, who signs, and when a form is released.

An empty field follows what is built in. A stored version applies to what is asked for from then on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as Answer

from services.chassis.errors import Invalid, PreconditionFailed
from services.gateway.web.acting import ask
from services.gateway.web.administration import blueprint
from services.gateway.web.administration.differences import differences
from services.gateway.web.exchanges import PARTIES

PAGE = "/samtykke"
NUMBERS: Mapping[str, tuple[Any, Any]] = {
    "validity_days": (_l("Foreslået varighed (dage)"), _l("Ingen lov sætter en varighed.")),
    "longest_days": (_l("Længste varighed (dage)"), ""),
    "answer_days": (_l("Svarfrist (dage)"), _l("Derefter udløber anmodningen ubesvaret.")),
    "expiry_warning_days": (_l("Personalet mindes om fornyelse (dage før udløb)"), ""),
    "exchange_matter_days": (
        _l("Udvekslinger uden samtykke hører til samme sag i (dage)"),
        _l("I den tid er der én udveksling og højst én opfølgning."),
    ),
    "acknowledge_minutes": (
        _l("En tilbagetrækning skal være fulgt inden for (minutter)"),
        _l("Ellers får driften besked."),
    ),
}
CHOICES: Mapping[str, tuple[Any, Mapping[str, Any]]] = {
    "parents_part": (
        _l("Forældrenes del, når den unge er fyldt 15 og selv svarer"),
        {
            "none": _l("De spørges ikke og får ikke besked"),
            "informed": _l("De får besked, men svarer ikke"),
            "required": _l("De skal også sige ja"),
        },
    ),
    "assurance": (
        _l("Hvad en underskrift bygger på"),
        {
            "link": _l("Det personlige link"),
            "oidc": _l("Bekræftet identitet, fx MitID. En tilbagetrækning kræver det aldrig"),
        },
    ),
    "release_policy": (
        _l("Hvornår et overgangsskema må gives videre"),
        {
            "never": _l("Aldrig"),
            "written_consent": _l("Med samtykke"),
            "statutory": _l("Efter dagtilbudsloven § 3 a; ellers med samtykke"),
            "opt_out": _l("Når forældrene har set det, og ingen har sagt fra"),
        },
    ),
}
REMINDERS = "reminder_days"
AUTHORITIES: Mapping[str, Any] = {
    "children": _l("Børneområdet"),
    "school": _l("Skoleområdet"),
    "police": _l("Politiet"),
    "private": _l("Private"),
}
BUILT_IN_AUTHORITY: Mapping[str, str] = {
    "dagpleje": "children",
    "vuggestue": "children",
    "boernehave": "children",
    "health_visiting": "children",
    "family": "children",
    "school": "school",
    "ppr": "school",
    "police": "police",
    "private": "private",
}
"""As consent has it built in; a test holds the two together."""

Typed = dict[str, Any]


@blueprint.get(PAGE)
def consent() -> str:
    return _page()


@blueprint.post(PAGE)
def store_consent() -> Answer | str | tuple[str, int]:
    typed = _typed()
    values, faults = _values(typed)
    if faults:
        return _page(typed, fields=faults), 422
    stored = ask("consent.get_settings")
    try:
        ask("consent.store_settings", expected_version=typed["version"], values=values)
    except Invalid as error:
        return _page(typed, fields=_at(error.fields), detail=error.detail), 422
    except PreconditionFailed:
        changed = differences(_in_words(_shown(stored)), _in_words(typed))
        typed["version"] = stored["version"]
        return _page(typed, conflict=changed), 409
    flash(_("Gemt. Det gælder for det, der bedes om fra nu af."), "success")
    return redirect(url_for("administration.consent"), code=303)


def _typed() -> Typed:
    form = request.form
    version = form.get("version", "")
    return {
        "version": int(version) if version.isdecimal() else 0,
        **{name: form.get(name, "").strip() for name in (*NUMBERS, REMINDERS, *CHOICES)},
        "authorities": {kind: form.get(f"authority-{kind}", "") for kind in PARTIES},
    }


def _values(typed: Typed) -> tuple[dict[str, Any], dict[str, str]]:
    """What the form sets, and what cannot be read. What is empty follows what is built in."""
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name in NUMBERS:
        if re.fullmatch(r"\d{1,5}", typed[name]):
            values[name] = int(typed[name])
        elif typed[name]:
            faults[name] = _("Skriv et helt tal.")
    if typed[REMINDERS]:
        days = [part.strip() for part in re.split(r"[,;]", typed[REMINDERS]) if part.strip()]
        if all(re.fullmatch(r"\d{1,3}", day) for day in days):
            values[REMINDERS] = sorted({int(day) for day in days})
        else:
            faults[REMINDERS] = _("Skriv dagene som hele tal med komma imellem, fx 4, 9.")
    values |= {name: typed[name] for name in CHOICES if typed[name]}
    moved = {kind: code for kind, code in typed["authorities"].items() if code}
    if moved:
        values["authorities"] = moved
    if not faults and values.get("validity_days", 0) > values.get("longest_days", 10**6):
        faults["validity_days"] = _("Den foreslåede varighed kan ikke være længere end den længste.")
    return values, faults


def _at(fields: Mapping[str, str]) -> dict[str, str]:
    """The service's mends by the ids of the page."""
    found: dict[str, str] = {}
    for path, mend in fields.items():
        parts = [part for part in path.split(".") if part != "values"]
        name = f"authority-{parts[1]}" if parts[0] == "authorities" and len(parts) > 1 else parts[0]
        found.setdefault(name, mend)
    return found


def _shown(stored: Mapping[str, Any]) -> Typed:
    own = stored["values"]
    return {
        "version": stored["version"],
        **{name: str(own.get(name, "")) for name in (*NUMBERS, *CHOICES)},
        REMINDERS: ", ".join(str(day) for day in own.get(REMINDERS, ())),
        "authorities": {kind: own.get("authorities", {}).get(kind, "") for kind in PARTIES},
    }


def _in_words(form: Typed) -> dict[str, str]:
    found = {str(label): form[name] for name, (label, _hint) in NUMBERS.items() if form[name]}
    if form[REMINDERS]:
        found[_("Påmindelser")] = form[REMINDERS]
    for name, (label, options) in CHOICES.items():
        if form[name]:
            found[str(label)] = str(options.get(form[name], form[name]))
    for kind, code in form["authorities"].items():
        if code:
            found[str(PARTIES[kind])] = str(AUTHORITIES.get(code, code))
    return found


def _page(typed: Typed | None = None, **more: Any) -> str:
    stored = ask("consent.get_settings")
    form = typed or _shown(stored)
    own, applies = stored["values"], stored["effective"]
    codes = {code: str(word) for code, word in AUTHORITIES.items()}
    codes |= {code: code for code in form["authorities"].values() if code and code not in codes}
    return render_template(
        "administration/consent.html",
        form=form,
        own=own,
        applies=applies,
        numbers=NUMBERS,
        choices=CHOICES,
        reminders=", ".join(str(day) for day in applies[REMINDERS]),
        kinds=PARTIES,
        authorities=codes,
        usual={kind: AUTHORITIES[code] for kind, code in BUILT_IN_AUTHORITY.items()},
        **{"fields": {}, "detail": "", "conflict": None, **more},
    )
