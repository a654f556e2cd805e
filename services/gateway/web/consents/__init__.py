"""Staff's consent pages: what is open to whom, asking for a consent, following it up, and what waits.

tab: the child's page. asking: a request and its preview. following: one consent and what is done about it.
paper: a signature on paper and its scan. waiting: the list of what waits, and the todos in Mine opgaver.
reading: a consent as pages show it. recipients: whom it can open for.
"""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response as Answer

from services.chassis.actor import Actor
from services.chassis.errors import TrivselError
from services.gateway.request import about_child, context
from services.gateway.web.acting import calls
from services.gateway.web.purpose import asked_first

blueprint = Blueprint("consents", __name__)

CHILD = "/barn/<uuid:child_id>"
"""Where a child's pages begin."""

RESOLVER = Actor.system("gateway", purpose="consent-page")


@blueprint.before_request
def _about_whom() -> Answer | None:
    """A consent's address names no child, but why somebody looks is asked by child as everywhere else."""
    consent_id = (request.view_args or {}).get("consent_id")
    if consent_id is None:
        return None
    try:
        found = calls().one("consent.child_of", {"consent_id": str(consent_id)}, RESOLVER, context(), 5.0)
    except TrivselError:
        return None  # unknown, or away: the page itself answers for that
    about_child(found["child_id"])
    return asked_first(found["child_id"]) if request.method in ("GET", "HEAD") else None


from services.gateway.web.consents import (  # noqa: E402,F401 - they add their views to the blueprint
    asking,
    following,
    paper,
    tab,
    waiting,
)
