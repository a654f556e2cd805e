"""Why somebody looks a child up: asked once a session and child, where it does not speak for itself.

What she answers goes into her token whenever she acts on that child, and from there into the services' access
logs, of which the family may ask for an extract.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from services.chassis.actor import Actor
from services.chassis.errors import TrivselError
from services.gateway.request import keep_session, session
from services.gateway.web.acting import ask
from services.gateway.web.paths import local_path

blueprint = Blueprint("purpose", __name__)

CHOICES: Mapping[str, str] = {
    "follow_up": "Opfølgning på barnets trivsel",
    "meeting": "Forberedelse af et møde",
    "enquiry": "Henvendelse fra forældre eller en fagperson",
    "supervision": "Ledelse og tilsyn",
    "other": "Andet",
}
"""The words are what the log holds, in Danish whatever language the page is in."""
LONGEST = 200
EVIDENT_SECONDS = 600


class Evident:
    """Who lately was found to work with which child, so that each page of hers does not ask anew."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def knows(self, actor: Actor, child_id: str) -> bool:
        return self._until.get((actor.id, child_id), 0.0) > time.monotonic()

    def note(self, actor: Actor, child_id: str) -> None:
        now = time.monotonic()
        with self._lock:
            if len(self._until) > 10_000:
                self._until = {pair: until for pair, until in self._until.items() if until > now}
            self._until[actor.id, child_id] = now + EVIDENT_SECONDS


_evident = Evident()


def asked_first(child_id: str) -> Answer | None:
    """The question, when it must be asked before this page of the child is shown."""
    held = session()
    if held is None or child_id in held.purposes or _evident.knows(held.actor, child_id):
        return None
    try:
        evident = ask("registry.closeness", child_id=child_id)["evident"]
    except TrivselError:
        return None  # unknown here, or away: the page itself answers for that
    if evident:
        _evident.note(held.actor, child_id)
        return None
    place = url_for("purpose.question", child_id=child_id, videre=request.full_path.rstrip("?"))
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": place})
    return redirect(place, code=303)


@blueprint.get("/barn/<uuid:child_id>/formaal")
def question(child_id: UUID) -> str:
    return _page(child_id, local_path(request.args.get("videre")))


def _page(child_id: UUID, place: str, values: Mapping[str, Any] | None = None, errors: Any = None) -> str:
    return render_template(
        "purpose/question.html",
        child_id=child_id,
        place=place,
        values=values or {},
        errors=errors or {},
        choices=CHOICES,
        longest=LONGEST,
    )


@blueprint.post("/barn/<uuid:child_id>/formaal")
def answer(child_id: UUID) -> Answer:
    place = local_path(request.form.get("videre"))
    purpose, errors = _stated(request.form.get("formaal", ""), request.form.get("uddyb", "").strip())
    if errors:
        return Response(_page(child_id, place, request.form, errors), status=422)
    held = session()
    if held is not None:
        keep_session(held.looking_for(str(child_id), purpose))
    return redirect(place, code=303)


def _stated(choice: str, words: str) -> tuple[str, dict[str, str]]:
    """The purpose as it is logged, or what to mend."""
    words = " ".join(words.split())
    if choice not in CHOICES:
        return "", {"formaal": _("Vælg, hvorfor du slår barnet op.")}
    if len(words) > LONGEST:
        return "", {"uddyb": _("Skriv højst %(count)s tegn.", count=LONGEST)}
    if not words.isprintable():
        return "", {"uddyb": _("Skriv almindelig tekst.")}
    if choice == "other" and len(words) < 4:
        return "", {"uddyb": _("Skriv kort, hvad formålet er.")}
    if choice == "other":
        return words, {}
    return (f"{CHOICES[choice]}: {words}" if words else CHOICES[choice])[:LONGEST], {}
