"""The signs to look for, by age: edited as a new version of the profile, and shown as raters see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from services.chassis.errors import Invalid, NotFound, PreconditionFailed
from services.gateway.web import sheets
from services.gateway.web.acting import ask
from services.gateway.web.administration import blueprint
from services.gateway.web.administration.differences import differences
from services.gateway.web.language import N_
from services.gateway.web.words import POSITIONS

Sign = dict[str, Any]


@blueprint.get("/tegn")
def signs() -> str:
    """One age at a time, as raters see it, with the form below."""
    current = ask("assessment.get_profile")
    found = ask("assessment.indicators", version=current["version"])["items"]
    return _page(current, found, _band(current))


@blueprint.post("/tegn")
def store_signs() -> Answer | str | tuple[str, int]:
    """A new version of the profile in which this age's signs are those in the form."""
    current = ask("assessment.get_profile")
    band = _band(current)
    stored = ask("assessment.indicators", version=current["version"])["items"]
    typed = _typed(band)
    note = request.form.get("note", "").strip()
    version = request.form.get("version", "")
    if version != str(current["version"]):
        before = [one for one in stored if one["age_band"] == band]
        changed = differences(_in_words(before), _in_words(typed))
        return _page(current, stored, band, typed=typed, note=note, conflict=changed), 409
    kept = _merged(stored, band, typed)
    try:
        new = ask(
            "assessment.store_profile",
            expected_version=current["version"],
            settings=current["settings"],
            indicators=kept,
            note=note,
        )
    except Invalid as error:
        fields = _at(error.fields, kept)
        if not note:
            fields["note"] = _("Skriv kort, hvad du ændrer, og hvorfor.")
        return _page(current, stored, band, typed=typed, note=note, fields=fields, detail=error.detail), 422
    except PreconditionFailed:  # between our look and our store
        return store_signs()
    flash(
        _("Version %(version)s er gemt. Den gælder for runder, der åbnes fra nu af.", version=new["version"]),
        "success",
    )
    return redirect(url_for("administration.signs", alder=band), code=303)


def _band(profile: Mapping[str, Any]) -> str:
    bands = [band["code"] for band in profile["settings"]["age_bands"]]
    chosen = request.values.get("alder") or bands[0]
    if chosen not in bands:
        raise NotFound(N_("Alderstrinnet findes ikke i profilen."))
    return chosen


def _typed(band: str) -> list[Sign]:
    """The form's signs in order; an emptied field is a sign that is gone."""
    found: list[Sign] = []
    for domain in sheets.DOMAINS:
        for position in POSITIONS:
            index = 0
            while (text := request.form.get(f"{domain}-{position}-{index}")) is not None:
                code = request.form.get(f"code-{domain}-{position}-{index}", "")
                if text.strip():
                    found.append(
                        {
                            "code": code,
                            "age_band": band,
                            "domain": domain,
                            "position": position,
                            "text": text.strip(),
                            "field": f"{domain}-{position}-{index}",
                        }
                    )
                index += 1
    return found


def _merged(stored: Sequence[Sign], band: str, typed: Sequence[Sign]) -> list[Sign]:
    """All ages' signs with this one's replaced. A sign keeps its code, since ratings refer to it; a new one
    gets a code that none has had in this version."""
    taken = {one["code"] for one in stored}
    mine: list[Sign] = []
    for one in typed:
        code = one["code"] if one["code"] in taken else ""
        number = 1
        while not code:
            proposed = f"{band}.{one['domain']}.{one['position']}.{number}"
            code = "" if proposed in taken else proposed
            number += 1
        taken.add(code)
        mine.append({**{name: one[name] for name in one if name != "field"}, "code": code})
    before = [one for one in stored if one["age_band"] != band]
    return [*before, *mine]


def _at(fields: Mapping[str, str], kept: Sequence[Sign]) -> dict[str, str]:
    """The service's mends by the ids of the page; this age's signs are the last of those sent."""
    typed = [one["field"] for one in _typed(request.form.get("alder", ""))]
    first = len(kept) - len(typed)
    found: dict[str, str] = {}
    for path, mend in fields.items():
        parts = path.split(".")
        index = int(parts[1]) - first if parts[0] == "indicators" and len(parts) > 1 else -1
        found.setdefault(typed[index] if 0 <= index < len(typed) else "note", mend)
    return found


def _in_words(found: Sequence[Sign]) -> dict[str, str]:
    words: dict[str, str] = {}
    for one in found:
        name = f"{sheets.DOMAINS[one['domain']]}, {POSITIONS[one['position']][1]}"
        words[name] = f"{words[name]} · {one['text']}" if name in words else one["text"]
    return words


def _page(
    profile: Mapping[str, Any],
    stored: Sequence[Sign],
    band: str,
    typed: Sequence[Sign] | None = None,
    **more: Any,
) -> str:
    mine = [one for one in stored if one["age_band"] == band]
    shown = mine if typed is None else typed
    return render_template(
        "administration/signs.html",
        bands=[each["code"] for each in profile["settings"]["age_bands"]],
        band=band,
        current=profile["version"],
        domains=_grouped(mine, drop_empty=True),
        form=_grouped(shown),
        open_form=typed is not None,
        **{"note": "", "fields": {}, "detail": "", "conflict": None, **more},
    )


def _grouped(found: Sequence[Sign], *, drop_empty: bool = False) -> list[dict[str, Any]]:
    """By domain and position, as `group/signs_part.html` shows them to those who rate."""
    domains = [
        {
            "code": domain,
            "name": name,
            "positions": [
                (position, [one for one in found if (one["domain"], one["position"]) == (domain, position)])
                for position in POSITIONS
            ],
        }
        for domain, name in sheets.DOMAINS.items()
    ]
    return [one for one in domains if not drop_empty or any(part for _code, part in one["positions"])]
