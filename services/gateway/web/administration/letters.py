"""Letters that are to be printed, and notices that did not arrive."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as Answer

from services.chassis.errors import Conflict, NotFound, TrivselError
from services.gateway.timeline import moment_of
from services.gateway.web import sheets
from services.gateway.web.acting import ask
from services.gateway.web.administration import blueprint
from services.gateway.web.words import ABOUT

SHOWN = 200
AT_ONCE = 50
"""Letters printed together; each is a call of its own, which notes that it was taken out."""


@blueprint.get("/breve")
def letters() -> str:
    return _letters()


def _letters(**more: Any) -> str:
    printed = request.args.get("vis") == "sendte"
    found = ask("notifications.print_queue", limit=SHOWN, state="printed" if printed else "to_print")
    return render_template(
        "administration/letters.html",
        items=_named(found["items"]),
        printed=printed,
        more=found["next"] is not None,
        **{"fields": {}, **more},
    )


@blueprint.post("/breve")
def take_letters() -> Answer | str | tuple[str, int]:
    """Shows the chosen letters for printing, or notes that they have been sent."""
    chosen = list(dict.fromkeys(request.form.getlist("brev")))
    if not chosen:
        return _letters(fields={"brev": _("Vælg mindst ét brev.")}), 422
    if request.form.get("handling") == "sendt":
        count = ask("notifications.mark_printed", notice_ids=chosen)["printed"]
        flash(
            ngettext("Et brev er noteret som sendt.", "%(num)d breve er noteret som sendt.", count), "success"
        )
        return redirect(url_for("administration.letters"), code=303)
    return _print(chosen)


def _print(chosen: list[str]) -> str:
    found, missing = [], 0
    for id_ in chosen[:AT_ONCE]:
        try:
            found.append(ask("notifications.letter", notice_id=id_))
        except (NotFound, Conflict):
            missing += 1
    return render_template(
        "administration/print.html",
        letters=found,
        missing=missing,
        left=max(0, len(chosen) - AT_ONCE),
    )


@blueprint.get("/beskeder")
def failed() -> str:
    found = ask("notifications.failed_notices", limit=SHOWN)
    return render_template(
        "administration/failed.html", items=_named(found["items"]), more=found["next"] is not None
    )


@blueprint.post("/beskeder/<uuid:notice_id>")
def retry(notice_id: Any) -> Answer:
    """Tries once more, with the addresses that the register has today."""
    try:
        ask("notifications.retry", notice_id=str(notice_id))
        flash(_("Beskeden prøves igen nu."), "success")
    except TrivselError as error:
        flash(error.detail, "error")
    return redirect(url_for("administration.failed"), code=303)


def _named(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The notices with the child's name and the institution's."""
    children = sheets.names(one["child_id"] for one in items)
    units = sheets.unit_names(one["institution_id"] for one in items if one["institution_id"])
    for one in items:
        child = children.get(one["child_id"])
        one["child"] = f"{child['first_name']} {child['last_name']}" if child else _("Navnet kan ikke vises")
        one["institution"] = units.get(one["institution_id"] or "", "")
        one["about_word"] = ABOUT.get(one["about"], one["about"])
        one["at"] = moment_of(one["done_at"] or one["created_at"])
    return items
