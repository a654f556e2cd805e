"""Administration: how the municipality uses the model, its rounds, its meetings' hours, and its letters.

Everything that is set is stored as a new version by the service that owns it. Two who change the same at once
are shown each other's change; nothing is written over unseen, and nothing typed is lost.
"""

from __future__ import annotations

from flask import Blueprint, render_template

from services.gateway.calls import Failure
from services.gateway.web.acting import ask_together

blueprint = Blueprint("administration", __name__, url_prefix="/administration")

MANY = 1000


@blueprint.get("")
def index() -> str:
    """Where one goes from here, and how much waits there."""
    found = ask_together(
        letters=("notifications.print_queue", {"limit": MANY}),
        failed=("notifications.failed_notices", {"limit": MANY}),
        rounds=("assessment.list_rounds", {"state": "open", "limit": 10}),
        profile=("assessment.get_profile", {}),
        agenda=("meetings.get_agenda", {}),
    )
    known = {name: None if isinstance(part, Failure) else part for name, part in found.items()}
    return render_template(
        "administration/index.html",
        letters=_waiting(known["letters"]),
        failed=_waiting(known["failed"]),
        rounds=known["rounds"]["items"] if known["rounds"] else [],
        profile=known["profile"],
        agenda=known["agenda"],
    )


def _waiting(part: dict[str, list[object]] | None) -> int | None:
    return None if part is None else len(part["items"])


from services.gateway.web.administration import (  # noqa: E402,F401 - they add their views to the blueprint
    agenda,
    consent,
    consent_texts,
    hours,
    letters,
    profile,
    rounds,
    signs,
)
