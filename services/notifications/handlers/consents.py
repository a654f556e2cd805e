"""Consents: who is asked for one, reminded of it, and told that it has been withdrawn.

What a consent is about stands behind the link alone: a mail is read by others than its recipient.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import and_, select

from services.chassis import clock
from services.chassis.database import Database, UnitOfWork, outside_transaction
from services.chassis.errors import NotYet
from services.chassis.received import Received
from services.notifications import events as published
from services.notifications import intents, projection
from services.notifications.domain import About, Guardian, Suppression
from services.notifications.models import Base, Notice

YOUNG = "young"
WITHDRAWN = "dk.trivsel.consent.consent.withdrawn.v1"


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
    _take_back(uow, current, asked)


def reread_withdrawals(db: Database, call: Callable[[str, dict[str, Any]], Any]) -> int:
    """Acts on the withdrawals that consent still waits for us to know of; answers with how many they were.

    ``call`` makes a call to a service. Of one whose request never came here nobody has been told, and
    nobody need be.
    """
    outside_transaction()
    waiting = call("consent.pending_acknowledgements", {})["items"]
    awaited = {item["consent_id"] for item in waiting if item["subscriber"] == "notifications"}
    after: str | None = None
    count = 0
    while awaited:
        page = call("consent.snapshot", {"after": after, "limit": projection.PAGE})
        missed = [item for item in page["items"] if item["consent_id"] in awaited]
        if missed:
            with db.unit_of_work() as uow:
                current = intents.newest(_as_told(uow, item) for item in missed)
                _take_back(uow, current, _asked(uow, [event.subject for event in current]))
        count += len(missed)
        after = page["next"]
        if after is None:
            break
    return count


def _as_told(uow: UnitOfWork, item: dict[str, Any]) -> Received:
    """The withdrawal as its event would have told it."""
    return Received(
        str(uuid4()),
        WITHDRAWN,
        item["consent_id"],
        item["version"],
        clock.now(),
        {name: item[name] for name in ("consent_id", "child_id")},
        uow.context,
    )


def _take_back(uow: UnitOfWork, current: Sequence[Received], asked: Mapping[str, Mapping[str, Any]]) -> None:
    subjects = [event.subject for event in current]
    intents.suppress(
        uow, and_(Notice.about == About.CONSENT, Notice.subject_id.in_(subjects)), Suppression.SETTLED
    )
    at = clock.now()
    rows = []
    said = _acknowledged(uow, subjects)
    for event in current:
        if event.subject not in said:
            uow.emit(
                published.WithdrawalAcknowledged,
                subject=event.subject,
                version=1,
                data={"consent_id": event.data["consent_id"], "child_id": event.data["child_id"]},
                context=event.context.caused_by(event.id),
            )
        for notice in asked.get(event.subject, {}).values():
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


def _acknowledged(uow: UnitOfWork, consent_ids: Sequence[str]) -> set[str]:
    """Those that we have said: an event and a reading may both tell of one withdrawal."""
    outbox = Base.metadata.tables["outbox"].c
    found = uow.session.scalars(
        select(outbox.aggregate_id).where(
            outbox.aggregate_id.in_(consent_ids), outbox.type == published.WithdrawalAcknowledged.type
        )
    )
    return set(found)


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
