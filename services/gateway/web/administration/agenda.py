"""The agenda template of each kind of meeting: its versions, a preview, and its form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
from services.gateway.web.meeting_words import KINDS

BLANK = 2
Item = dict[str, Any]


@blueprint.get("/dagsorden")
def agenda() -> str:
    kind = _kind(request.args)
    found = _versions(kind)
    return _page(found, found[0]["items"], kind)


def _kind(given: Mapping[str, str]) -> str:
    asked = given.get("moede", "")
    return asked if asked in KINDS else "focus"


@blueprint.post("/dagsorden")
def store_agenda() -> Answer | str | tuple[str, int]:
    kind, typed = _kind(request.form), _typed()
    given = request.form.get("version", "")
    version = int(given) if given.isdecimal() else 0
    try:
        stored = ask(
            "meetings.store_agenda",
            kind=kind,
            expected_version=version,
            items=[{name: one[name] for name in ("code", "heading", "hint")} for one in typed],
        )
    except Invalid as error:
        return _page(_versions(kind), typed, kind, version=version, fields=_at(error.fields, typed)), 422
    except PreconditionFailed:
        found = _versions(kind)
        changed = differences(_in_words(found[0]["items"]), _in_words(typed))
        return _page(found, typed, kind, conflict=changed), 409
    text = _("Version %(version)s er gemt og gælder fra næste møde.", version=stored["version"])
    flash(text, "success")
    return redirect(url_for("administration.agenda", moede=kind), code=303)


def _versions(kind: str) -> list[dict[str, Any]]:
    """Every version, the newest first, each with what it changed."""
    found: list[dict[str, Any]] = ask("meetings.list_agendas", kind=kind)["items"]
    names = sheets.staff_names(one["stored_by"] for one in found if one["stored_by"])
    for one, before in zip(found, [*found[1:], None], strict=True):
        one["at"] = moment_of(one["stored_at"]) if one["stored_at"] else None
        one["by"] = names.get(one["stored_by"] or "", "")
        one["changes"] = differences(_in_words(before["items"]), _in_words(one["items"])) if before else None
    return found


def _typed() -> list[Item]:
    """The points by the numbers they were given; one without a heading is gone. A new one gets a code of its
    own, by which minutes will know it."""
    rows: list[tuple[float, Item]] = []
    taken = {request.form.get(f"code-{row}", "") for row in range(_count())}
    for row in range(_count()):
        heading, hint = (request.form.get(f"{name}-{row}", "").strip() for name in ("heading", "hint"))
        if not heading and not (hint and not request.form.get(f"code-{row}")):
            continue
        code = request.form.get(f"code-{row}", "") or _new_code(heading, taken)
        taken.add(code)
        number = request.form.get(f"number-{row}", "").strip()
        place = float(number) if re.fullmatch(r"\d{1,3}", number) else row + 1.0
        if place != row + 1:  # moved to another's number: she stands there, and the other gives way
            place += 0.5 if place > row + 1 else -0.5
        rows.append((place, {"code": code, "heading": heading, "hint": hint, "row": row}))
    return [item for _place, item in sorted(rows, key=lambda pair: pair[0])]


def _count() -> int:
    row = 0
    while f"heading-{row}" in request.form:
        row += 1
    return row


def _new_code(heading: str, taken: set[str]) -> str:
    """A code from the heading's own letters, such as codes are made of."""
    plain = heading.lower().replace("æ", "ae").replace("ø", "oe").replace("å", "aa")
    code = re.sub(r"[^a-z]+", "_", plain).strip("_")[:30] or "point"
    while code in taken:
        code += "_x"
    return code


def _at(fields: Mapping[str, str], typed: Sequence[Item]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path, mend in fields.items():
        parts = path.split(".")
        if parts[0] == "items" and len(parts) == 3 and parts[1].isdecimal() and int(parts[1]) < len(typed):
            # The form is shown in the order of its numbers, so a point's row is its place.
            found[f"{'heading' if parts[2] == 'code' else parts[2]}-{parts[1]}"] = mend
        else:
            found["heading-0"] = _("Dagsordenen skal have mellem 1 og 30 punkter.")
    return found


def _in_words(items: Sequence[Item]) -> dict[str, str]:
    return {
        _("Punkt %(number)s", number=number): one["heading"] + (f" ({one['hint']})" if one["hint"] else "")
        for number, one in enumerate(items, 1)
    }


def _page(
    versions: list[dict[str, Any]], items: Sequence[Item], kind: str, version: int | None = None, **more: Any
) -> str:
    blank = {"code": "", "heading": "", "hint": ""}
    return render_template(
        "administration/agenda.html",
        versions=versions,
        kind=kind,
        kinds=KINDS,
        newest=versions[0],
        current=versions[0]["version"] if version is None else version,
        rows=[*items, *[blank] * BLANK],
        **{"fields": {}, "conflict": None, **more},
    )
