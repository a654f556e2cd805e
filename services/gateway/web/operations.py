"""Operations: how the services are, and what to do with events that no retry could help.

Nothing here tells of a child: the services give counts, codes, times and ids cut short, and the role sees
nothing else anywhere.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as Answer

from services.chassis import clock
from services.chassis.errors import Invalid, NotFound, TrivselError
from services.gateway.timeline import moment_of
from services.gateway.web import danish
from services.gateway.web.acting import ask
from services.gateway.web.language import N_
from services.gateway.web.operations_read import FACTS, PARTS, REASONS, rows
from services.gateway.web.words import SERVICES

blueprint = Blueprint("operations", __name__, url_prefix="/drift")

SHOWN = 200
PATIENCE = 30.0
"""Seconds for a call that may move hundreds of messages."""
ACTIONS = {"genkoer": "replay_dead_letters", "kasser": "discard_dead_letters"}


@blueprint.get("")
def index() -> str:
    """Every service and queue. The page asks for itself again every ten seconds, unless told not to."""
    if request.headers.get("HX-Request"):
        g.by_itself = True
    found = rows()
    return render_template(
        "operations/index.html",
        rows=found,
        troubled=[row for row in found if row.troubles],
        parts=PARTS,
        at=clock.now(),
        follows=request.args.get("opdater") != "nej",
    )


@blueprint.get("/<service>/strandede")
def letters(service: str) -> str:
    return _list(service)


@blueprint.post("/<service>/strandede")
def choose(service: str) -> str:
    """What will happen to those chosen, before it does."""
    action = request.form.get("handling", "")
    marks = _marks(service) if request.form.get("alle") else request.form.getlist("mark")
    if action not in ACTIONS or not marks:
        return _list(service, fields={"mark": _("Vælg mindst én hændelse.")})
    return _confirm(service, action, marks)


@blueprint.post("/<service>/strandede/<any(genkoer, kasser):action>")
def settle(service: str, action: str) -> Answer | str:
    """Sends back or throws away; the service notes who did it and why."""
    marks = request.form.getlist("mark")
    reason = request.form.get("begrundelse", "").strip()
    data: dict[str, Any] = {"marks": marks}
    if action == "kasser":
        data["reason"] = reason
    elif reason:
        data["note"] = reason
    try:
        done = ask(f"{_known(service)}.{ACTIONS[action]}", timeout=PATIENCE, **data)
    except Invalid as error:
        mend = error.fields.get("reason") or error.fields.get("note") or error.detail
        return _confirm(service, action, marks, typed=reason, fields={"begrundelse": mend})
    _tell(action, done)
    return redirect(url_for("operations.letters", service=service), code=303)


def _tell(action: str, outcome: dict[str, int]) -> None:
    if outcome["done"]:
        flash(
            ngettext(
                "%(num)d hændelse er sendt tilbage til sin kø.",
                "%(num)d hændelser er sendt tilbage til deres kø.",
                outcome["done"],
            )
            if action == "genkoer"
            else ngettext("%(num)d hændelse er kasseret.", "%(num)d hændelser er kasseret.", outcome["done"]),
            "success",
        )
    if outcome["kept"]:
        text = _("%(num)d blev liggende, fordi deres kø ikke findes eller er fuld.", num=outcome["kept"])
        flash(text, "warning")
    if outcome["missing"]:
        text = _("%(num)d var der ikke længere: en anden kan have taget dem.", num=outcome["missing"])
        flash(text, "info")


def _known(service: str) -> str:
    if service not in SERVICES:
        raise NotFound(N_("Der er ingen tjeneste af det navn."))
    return service


def _found(service: str, marks: list[str]) -> list[dict[str, Any]]:
    name = f"{_known(service)}.dead_letters"
    found: list[dict[str, Any]] = ask(name, timeout=PATIENCE, marks=marks, limit=SHOWN)["items"]
    return found


def _marks(service: str) -> list[str]:
    return [letter["mark"] for letter in _found(service, [])]


def _list(service: str, fields: dict[str, str] | None = None) -> str:
    chosen = set(request.form.getlist("mark"))
    problem: TrivselError | None = None
    try:
        found = _found(service, [])
    except NotFound:
        raise
    except TrivselError as error:
        found, problem = [], error
    return render_template(
        "operations/letters.html",
        service=service,
        name=SERVICES[service][0],
        items=found,
        most=SHOWN,
        chosen=chosen,
        fields=fields or {},
        problem=problem,
        reasons=REASONS,
        facts=FACTS,
        when=_when,
    )


def _when(moment: str) -> str:
    """A message's own time as it stands in it, which may lack its zone or be no time at all."""
    try:
        return danish.moment(moment_of(moment))
    except ValueError:
        return "–"


def _confirm(
    service: str, action: str, marks: list[str], typed: str = "", fields: dict[str, str] | None = None
) -> str:
    found = _found(service, marks)
    queues: dict[str, int] = {}
    for letter in found:
        queues[letter["queue"]] = queues.get(letter["queue"], 0) + 1
    return render_template(
        "operations/confirm.html",
        service=service,
        name=SERVICES[service][0],
        action=action,
        marks=[letter["mark"] for letter in found],
        gone=len(set(marks)) - len(found),
        queues=sorted(queues.items()),
        typed=typed,
        fields=fields or {},
    )
