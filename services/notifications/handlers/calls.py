"""What staff do with notices: look at one as it reads, try again, print letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.context import Context
from services.chassis.database import Database, UnitOfWork
from services.chassis.errors import Conflict, NotFound, Unavailable
from services.notifications import events, intents, policy, projection, queries
from services.notifications.contacts import Contacts
from services.notifications.domain import About, Channel, State, recipients
from services.notifications.mail import Undeliverable
from services.notifications.models import Notice
from services.notifications.writing import HIDDEN_LINKS, Desk, NoticeFacts, calendar, facts_of, message


def get_notice(
    db: Database, contacts: Contacts, desk: Desk, context: Context, actor: Actor, notice_id: str
) -> dict[str, Any]:
    """A notice and, word for word, its message; written anew with today's names, but a letter as kept.

    The recipient's link is hidden: whoever has it answers in her name.
    """
    with db.unit_of_work(context) as uow:
        row = queries.notice(uow, actor, notice_id)
    return {**queries.view(row), "message": _message(row, contacts, desk)}


def _message(row: Notice, contacts: Contacts, desk: Desk) -> dict[str, Any] | None:
    told = row.state in (State.SENT, State.PRINTED, State.TO_PRINT)
    if row.letter is not None:
        return {
            **row.letter,
            "notice_id": row.notice_id,
            "language": row.language,
            "calendar": None,
            "template_version": row.template_version,
            "as_sent": True,
        }
    child = contacts.cards({row.child_id: [row.guardian_id]}).get(row.child_id)
    guardian = child.guardians.get(row.guardian_id) if child else None
    if child is None or guardian is None:
        return None
    names = contacts.names([row.institution_id] if row.institution_id else [])
    institution = names.get(row.institution_id or "")
    notice = facts_of(row)
    try:
        written = message(
            notice,
            channel=Channel(row.channel),
            child=child,
            guardian=guardian,
            institution=institution,
            link=HIDDEN_LINKS.get(notice.about),
            written_on=row.created_at,
        )
    except Undeliverable as error:
        raise Unavailable("Beskeden kunne ikke dannes.", code="not-rendered") from error
    file = calendar(notice, language=written.language, institution=institution, attendee="…", desk=desk)
    return {
        "notice_id": row.notice_id,
        "language": written.language,
        "subject": written.subject,
        "text": written.text,
        "html": written.html,
        "calendar": file.decode() if file else None,
        "template_version": written.template_version,
        "as_sent": written.digest == row.content_digest if told else None,
    }


def preview_invitation(
    db: Database,
    contacts: Contacts,
    context: Context,
    actor: Actor,
    *,
    child_id: str,
    institution_id: str,
    proposals: Sequence[Mapping[str, Any]],
    answer_by: datetime,
    reason: str,
) -> dict[str, Any]:
    """What each custody holder would get if the invitation were sent now: her language, her channel.

    Nothing is sent or kept; the link is hidden, since there is none yet.
    """
    with db.unit_of_work(context) as uow:
        policy.require_child(uow, actor, child_id)
        uow.log_access(actor, action="read", kind="notices", subjects=[child_id])
        if intents.withheld_children(uow, [child_id]):
            raise Conflict("Forældrene må ikke kontaktes. Der kan ikke inviteres.", code="withheld")
        told = recipients(projection.guardians_of(uow, [child_id])[child_id])
    child = contacts.cards({child_id: [guardian.guardian_id for guardian in told]}).get(child_id)
    institution = contacts.names([institution_id]).get(institution_id)
    now = clock.now()
    facts = {
        "proposals": sorted(proposals, key=lambda each: each["starts_at"]),
        "answer_by": answer_by,
        "link_until": answer_by,
        "reason": reason,
        "several": len(told) > 1,
    }
    items = []
    for guardian in told:
        card = child.guardians.get(guardian.guardian_id) if child else None
        if child is None or card is None:
            continue
        channel = Channel.LETTER if card.digital_post_exempt else Channel.EMAIL
        notice = NoticeFacts("", About.INVITATION, "", 0, guardian.guardian_id, now, facts)
        try:
            written = message(
                notice,
                channel=channel,
                child=child,
                guardian=card,
                institution=institution,
                link=HIDDEN_LINKS[About.INVITATION],
                written_on=now,
            )
        except Undeliverable as error:
            raise Unavailable("Beskeden kunne ikke dannes.", code="not-rendered") from error
        items.append(
            {
                "guardian_id": guardian.guardian_id,
                "name": f"{card.first_name} {card.last_name}".strip(),
                "channel": channel.value,
                "reachable": channel is Channel.LETTER or card.email is not None,
                "language": written.language,
                "subject": written.subject,
                "text": written.text,
            }
        )
    return {"items": items}


def retry(uow: UnitOfWork, actor: Actor, notice_id: str) -> dict[str, Any]:
    """Sets a failed notice going anew, from the ladder's first rung."""
    policy.require_managing(actor)
    found = _managed(uow, actor, [notice_id])[0]
    if found.child_id in intents.withheld_children(uow, [found.child_id]):
        raise Conflict("Forældrene må ikke kontaktes. Beskeden kan ikke sendes.", code="withheld")
    if found.state != State.FAILED:
        raise Conflict("Kun beskeder, der ikke kunne sendes, kan prøves igen.", code="not-failed")
    found.state, found.code, found.tries = State.INTENDED.value, None, 0
    found.due_at, found.done_at = clock.now(), None
    uow.log_access(actor, action="change", kind="notice", subjects=[found.child_id])
    intents.wake_sending(uow)
    return queries.view(found)


def mark_printed(uow: UnitOfWork, actor: Actor, notice_ids: Sequence[str]) -> dict[str, Any]:
    """Notes that letters have been printed and sent off. Those already noted stay as they are."""
    policy.require_managing(actor)
    wanted = sorted(set(notice_ids))
    found = _managed(uow, actor, wanted)
    if any(each.channel != Channel.LETTER for each in found):
        raise Conflict("Kun breve kan markeres som printet.", code="not-a-letter")
    if any(each.state not in (State.TO_PRINT, State.PRINTED) for each in found):
        raise Conflict("Et af brevene skal ikke længere sendes. Hent listen igen.", code="not-to-print")
    at = clock.now()
    printed = [each for each in found if each.state == State.TO_PRINT]
    for each in printed:
        each.state, each.done_at, each.version = State.PRINTED.value, at, each.version + 1
        uow.emit(
            events.NoticeSent,
            subject=each.notice_id,
            version=each.version,
            data={
                "notice_id": each.notice_id,
                "child_id": each.child_id,
                "guardian_id": each.guardian_id,
                "about": each.about,
                "channel": each.channel,
            },
            context=Context(each.correlation_id, each.causation_id, each.traceparent, actor_id=actor.id),
        )
    uow.log_access(
        actor, action="change", kind="letter", subjects=sorted({each.child_id for each in printed})
    )
    return {"printed": len(printed)}


def _managed(uow: UnitOfWork, actor: Actor, notice_ids: Sequence[str]) -> Sequence[Notice]:
    """The notices, locked; :class:`NotFound` when one of them is not for the caller to handle."""
    found = uow.session.scalars(
        select(Notice)
        .where(Notice.notice_id.in_(notice_ids), policy.managed_by(actor))
        .order_by(Notice.notice_id)
        .with_for_update()
    ).all()
    if len(found) != len(notice_ids):
        raise NotFound("Beskeden findes ikke, eller du har ikke adgang til den.")
    return found
