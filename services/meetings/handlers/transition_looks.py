"""The parents' look at a transition form: a link to each custody holder, and what she answers behind it.

Looking changes nothing; only her answer does. What she writes stays here, and goes with the form.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Conflict, Forbidden, LinkExpired, LinkForged
from services.chassis.links import Link, open_link
from services.meetings import events, models, policy, tasks, telling
from services.meetings.domain.transitions import Passage, Step
from services.meetings.handlers import transitions

PURPOSE = "transition-look"
"""What the links are signed for. Subject: the transition; audience: the custody holder; ``extra`` is
``{"edition": number}``."""

READABLE = timedelta(days=60)
"""How long a link shows the form; afterwards the institution shows it in another way."""

OPT_OUT = "opt_out"

_SHOWN_IN = frozenset({Passage.FILLED, Passage.PARENT_REVIEWED, Passage.BLOCKED})

_FORGED = "Linket virker ikke. Brug linket i den nyeste besked, du har fået."
_EXPIRED = "Linket er udløbet. Kontakt institutionen, hvis du vil læse skemaet igen."
_SUPERSEDED = "Skemaet er rettet. Du får en ny besked, når det er klar."


def show_transition(
    uow: UnitOfWork, actor: Actor, *, transition_id: str, expected_version: int
) -> dict[str, Any]:
    """The sender shows the form as it stands to each custody holder. Once more makes a new link for each."""
    found = transitions.changed(uow, actor, transition_id, expected_version, "sender")
    if Passage(found.state) not in _SHOWN_IN:
        transitions.refuse(found)
    policy.require_parents_may_be_told(uow.session, found.child_id)
    _, holders = transitions.looks_at(uow, found)
    if not holders:
        raise Conflict("Barnet har ingen forældremyndighedsindehaver at sende til.", code="no-custody-holder")
    now = clock.now()
    found.edition += 1
    found.version += 1
    found.shown_at, found.link_until = now, now + READABLE
    uow.emit(
        events.TransitionShown,
        subject=transition_id,
        version=found.version,
        data={
            "transition_id": transition_id,
            "child_id": found.child_id,
            "institution_id": found.from_institution_id,
            "edition": found.edition,
            "link_until": found.link_until,
            "guardian_ids": holders,
        },
    )
    transitions.note(uow, found, "transition_shown")
    return transitions.with_form(uow, found, "sender")


def transition_view(uow: UnitOfWork, actor: Actor, *, token: str, link_key: str) -> dict[str, Any]:
    """The form as a custody holder reads it behind her link."""
    found, holder, _link = _opened(uow, actor, token, link_key)
    parent = Actor(holder.guardian_id, "guardian", purpose="link")
    uow.log_access(parent, action="read", kind="transition", subjects=[found.child_id])
    return _seen_by(uow, found, holder)


def answer_transition(
    uow: UnitOfWork, actor: Actor, *, token: str, link_key: str, objects: bool, words: str | None
) -> dict[str, Any]:
    """That she has seen it, whether she objects to its being passed on, and what she wants added.

    She may answer again while it has not been received: her last answer counts. An objection takes back
    what was passed on because nobody had objected.
    """
    found, holder, link = _opened(uow, actor, token, link_key, change=True)
    state = Passage(found.state)
    if state is Passage.CANCELLED:
        raise Conflict(
            "Barnet skal ikke skifte sted alligevel. Der er ikke noget at svare på.", code="not-now"
        )
    if state is Passage.RECEIVED:
        raise Conflict(
            "Det nye sted har taget imod skemaet. Tal med dem, hvis der er noget, du vil have rettet.",
            code="not-now",
        )
    row = uow.session.get(models.TransitionLook, (found.transition_id, holder.guardian_id))
    if row is None:
        row = models.TransitionLook(transition_id=found.transition_id, guardian_id=holder.guardian_id)
        uow.session.add(row)
    row.edition, row.seen_at = int(link.extra["edition"]), clock.now()
    row.objects, row.words = objects, (words or "").strip() or None
    parent = Actor(holder.guardian_id, "guardian", purpose="link")
    uow.log_access(parent, action="change", kind="transition", subjects=[found.child_id])
    transitions.note(uow, found, "transition_seen", detail="objects" if objects else None)
    kind = "transition_reviewed"
    if state is not Passage.RELEASED:
        transitions.step(found, Step.REVIEW)
    elif objects and found.policy == OPT_OUT:
        transitions.step(found, Step.BLOCK)
        found.reason, kind = "objection", "transition_blocked"
        transitions.note(uow, found, "transition_blocked", detail="objection")
        tasks.settle_about(uow, found.transition_id, ["receive_transition"])
    else:
        found.version += 1
    tasks.settle_about(uow, found.transition_id, ["transition_reviewed"])
    tasks.give(uow, [transitions.task(kind, transitions.facts(found), once=found.version)])
    return _seen_by(uow, found, holder)


def _opened(
    uow: UnitOfWork, actor: Actor, token: str, link_key: str, *, change: bool = False
) -> tuple[models.Transition, models.Guardian, Link]:
    if not actor.is_system:
        raise Forbidden("Skemaet læses med linket i beskeden.")
    link = open_link(token, PURPOSE, link_key)
    found = uow.session.get(models.Transition, link.subject, with_for_update=change or None)
    if found is None:
        raise LinkForged(_FORGED)
    holder = uow.session.get(models.Guardian, (found.child_id, link.audience))
    if (
        holder is None
        or holder.custody not in telling.CUSTODY
        or policy.is_withheld(uow.session, found.child_id)
    ):
        raise LinkExpired(_EXPIRED)
    if link.extra.get("edition") != found.edition or found.shown_at is None:
        raise LinkExpired(_SUPERSEDED, code="link-superseded")
    return found, holder, link


def _seen_by(uow: UnitOfWork, found: models.Transition, holder: models.Guardian) -> dict[str, Any]:
    """Only what is hers: the form, and her own answer to it as it stands or stood."""
    uow.session.flush()
    own = uow.session.get(models.TransitionLook, (found.transition_id, holder.guardian_id))
    return {
        "transition_id": found.transition_id,
        "child_id": found.child_id,
        "guardian_id": holder.guardian_id,
        "language": holder.language,
        "from_institution_id": found.from_institution_id,
        "to_institution_id": found.to_institution_id,
        "starts_on": found.starts_on,
        "state": _STATES.get(Passage(found.state), "open"),
        "form": found.form,
        "seen": own is not None and own.edition == found.edition,
        "objects": own is not None and own.objects,
        "words": own.words if own else None,
    }


_STATES = {
    Passage.RELEASED: "released",
    Passage.RECEIVED: "received",
    Passage.CANCELLED: "cancelled",
}
