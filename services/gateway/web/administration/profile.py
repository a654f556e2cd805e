"""The model profile: its form, its versions, and what differs between them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from services.chassis.errors import Invalid, PreconditionFailed
from services.gateway.timeline import moment_of
from services.gateway.web import sheets
from services.gateway.web.acting import ask
from services.gateway.web.administration import blueprint
from services.gateway.web.administration.differences import differences
from services.gateway.web.administration.profile_form import (
    GRADES,
    Typed,
    in_words,
    renamed,
    settings_of,
    values_in,
    values_of,
)

VERSIONS = 100


@blueprint.get("/profil")
def profile() -> str:
    current = ask("assessment.get_profile")
    return _form(values_of(current["settings"]), current["version"])


@blueprint.post("/profil")
def store_profile() -> Answer | str | tuple[str, int]:
    more = request.form.get("flere", "")
    values = values_in(request.form, request.form.getlist("grade"), more)
    version = int(request.form.get("version", "0") or 0) if request.form.get("version", "").isdecimal() else 0
    if more:
        return _form(values, version)
    typed = settings_of(values)
    if typed.faults:
        return _form(values, version, fields=typed.faults), 422
    try:
        kept = _indicators(values, typed)
        stored = ask(
            "assessment.store_profile",
            expected_version=version,
            settings=typed.settings,
            note=values["note"],
            **({"indicators": kept} if kept is not None else {}),
        )
    except Invalid as error:
        return _form(values, version, fields=_at(error.fields, typed), detail=error.detail), 422
    except PreconditionFailed:
        return _conflict(values, typed), 409
    flash(
        _(
            "Version %(version)s er gemt. Den gælder for runder, der åbnes fra nu af.",
            version=stored["version"],
        ),
        "success",
    )
    return redirect(url_for("administration.profile"), code=303)


def _indicators(values: Mapping[str, Any], typed: Typed) -> list[dict[str, Any]] | None:
    """The indicators once bands have other names or are gone; None when they stay as they are."""
    became = {was: code for was, code in renamed(values).items() if was != code}
    if not became:
        return None
    found: list[dict[str, Any]] = ask("assessment.indicators")["items"]
    dropped = sum(1 for one in found if became.get(one["age_band"], "") is None)
    if dropped and not values["drop"]:
        row = next(row for row, band in enumerate(values["bands"]) if band["was"] and not band["code"])
        typed.places["indicators"] = f"band-{row}-code"
        raise Invalid(
            fields={
                "indicators": _(
                    "%(count)s tegn hører til det alderstrin, du har tømt. Sæt hak i “Slet også tegnene”, "
                    "eller skriv alderstrinnet igen.",
                    count=dropped,
                )
            }
        )
    return [
        {**one, "age_band": became.get(one["age_band"], one["age_band"])}
        for one in found
        if became.get(one["age_band"], "") is not None
    ]


def _at(fields: Mapping[str, str], typed: Typed) -> dict[str, str]:
    """The service's mends by the ids of the page."""
    found: dict[str, str] = {}
    for path, mend in fields.items():
        found.setdefault(typed.where(path), mend.replace("from.", _("“fra”.")))
    return found


def _conflict(values: dict[str, Any], typed: Typed) -> str:
    """Somebody stored a version in the meantime: both are shown, and what was typed stays in the form."""
    newest = ask("assessment.get_profile")
    changed = differences(in_words(newest["settings"]), in_words(typed.settings))
    return _form(values, newest["version"], conflict=changed)


def _form(values: dict[str, Any], version: int, **more: Any) -> str:
    rounds = ask("assessment.list_rounds", state="open", limit=20)["items"]
    return render_template(
        "administration/profile.html",
        values=values,
        current=version,
        rounds=rounds,
        grades=GRADES,
        **{"fields": {}, "detail": "", "conflict": None, **more},
    )


@blueprint.get("/profil/versioner")
def profile_versions() -> str:
    """Every version with what it changed, the newest first, and the rounds that follow it."""
    found = ask("assessment.list_profiles", limit=VERSIONS)["items"]
    rounds = ask("assessment.list_rounds", limit=VERSIONS)["items"]
    names = sheets.staff_names(one["stored_by"] for one in found if one["version"] > 1)
    changes = {
        newer["version"]: differences(in_words(older["settings"]), in_words(newer["settings"]))
        for newer, older in pairwise(found)
    }
    versions = [
        {
            **one,
            "at": moment_of(one["stored_at"]),
            "by": names.get(one["stored_by"], ""),
            "changes": changes.get(one["version"]),
            "indicators_before": before["indicators"] if before else None,
            "rounds": [each for each in rounds if each["profile_version"] == one["version"]],
        }
        for one, before in zip(found, [*found[1:], None], strict=True)
    ]
    return render_template("administration/profile_versions.html", versions=versions)
