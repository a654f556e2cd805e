"""Consents: who is asked for one, reminded of it, and told that it has been withdrawn.

What a consent is about stands behind the link alone: a mail is read by others than its recipient.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, select

from services.chassis import clock
from services.chassis.database import UnitOfWork
from services.chassis.errors import NotYet
from services.chassis.received import Received
from services.notifications import events as published
from services.notifications import intents, projection
from services.notifications.domain import About, Guardian, Suppression
from services.notifications.models import Notice

YOUNG = "young"


def ask(uow: UnitOfWork, events: Sequence[Received]) -> None:
    """Each signatory gets a link of her own; a newer message takes the place of one not yet sent."""
    _write(uow, events, None)


def remind(uow: UnitOfWork, events: Sequence[Received]) -> None:
    """Those who have not answered are written to once more."""
    _write(uow, events, "reminded")


def tell_of_withdrawal(uow: UnitOfWork, events: Sequence[Received]) -> None:
    """Those who were asked for the consent are told that it no longer holds, and consent that we know.

    Who was never asked is told nothing: a young person's consent may be hers alone. What was not yet sent
    about it is held back. :class:`NotYet` when the request itself has not come here.
    """
    current = intents.newest(events)
    asked = _asked(uow, [event.subject for event in current])
    if any(event.subject not in asked for event in current):
        raise NotYet("consent-unknown")
    subjects = [event.subject for event in current]
    intents.suppress(
        uow, and_(Notice.about == About.CONSENT, Notice.subject_id.in_(subjects)), Suppression.SETTLED
    )
    at = clock.now()
    rows = []
    for event in current:
        uow.emit(
            published.WithdrawalAcknowledged,
            subject=event.subject,
            version=1,
            data={"consent_id": event.data["consent_id"], "child_id": event.data["child_id"]},
            context=event.context.caused_by(event.id),
        )
        for notice in asked[event.subject].values():
            row = intents.intent(
                event,
                about=About.WITHDRAWAL,
                edition=0,
                guardian=Guardian(notice.guardian_id, "joint"),
                facts={"link_until": notice.facts["link_until"], "language": notice.facts["language"]},
                at=at,
            )
            rows.append({**row, "institution_id": notice.institution_id, "channel": notice.channel})
    intents.intend(uow, rows)


def _write(uow: UnitOfWork, events: Sequence[Received], form: str | None) -> None:
    guardians = {
        child_id: {guardian.guardian_id: guardian for guardian in known}
        for child_id, known in projection.guardians_of(
            uow, (event.data["child_id"] for event in events)
        ).items()
    }
    at = clock.now()
    rows = []
    for event in events:
        for signatory in event.data["signatories"]:
            guardian = _recipient(signatory, guardians[event.data["child_id"]])
            _overtake(uow, event, guardian)
            facts = {
                "form": form or ("asked" if signatory["part"] == "signs" else "informed"),
                "answer_by": event.data["answer_by"].isoformat(),
                "link_until": event.data["link_until"].isoformat(),
                "language": signatory["language"],
            }
            rows.append(
                intents.intent(
                    event,
                    about=About.CONSENT,
                    edition=event.data["edition"],
                    guardian=guardian,
                    facts=facts,
                    at=at,
                )
            )
    intents.intend(uow, rows)


def _recipient(signatory: dict[str, Any], known: dict[str, Guardian]) -> Guardian:
    if signatory["kind"] == YOUNG:
        # Her own box and address are the registry's to know when the message is written.
        return Guardian(signatory["signatory_id"], "joint")
    if signatory["signatory_id"] not in known:
        raise NotYet("guardian-unknown")
    return known[signatory["signatory_id"]]


def _overtake(uow: UnitOfWork, event: Received, guardian: Guardian) -> None:
    earlier = and_(
        Notice.about == About.CONSENT,
        Notice.subject_id == event.subject,
        Notice.guardian_id == guardian.guardian_id,
        Notice.edition < event.data["edition"],
    )
    intents.suppress(uow, earlier, Suppression.REPLACED)


def _asked(uow: UnitOfWork, consent_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The newest notice that each signatory has had of each consent, by consent and signatory."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for notice in uow.session.execute(
        select(Notice.subject_id, Notice.guardian_id, Notice.institution_id, Notice.channel, Notice.facts)
        .where(Notice.about == About.CONSENT, Notice.subject_id.in_(consent_ids))
        .order_by(Notice.edition)
    ):
        found[notice.subject_id][notice.guardian_id] = notice
    return dict(found)
