"""Giving the minutes to the parents. The words stay here: the event and the mail carry only a link."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Conflict, Forbidden, Invalid, LinkExpired, LinkForged
from services.chassis.links import open_link
from services.meetings import events, models, policy, tasks, telling
from services.meetings.domain.sharing import places_with_cpr
from services.meetings.domain.states import State
from services.meetings.queries import whole
from services.meetings.settings_store import agenda_of

PURPOSE = "meeting-minutes"
"""What the links are signed for. Subject: the meeting; audience: the custody holder; ``extra`` is
``{"edition": number}``."""

READABLE = timedelta(days=90)
"""How long the link shows the minutes; afterwards the institution gives them in another way."""

SHAREABLE = frozenset({State.HELD, State.FOLLOW_UP_DUE, State.CLOSED})

_FORGED = "Linket virker ikke. Brug linket i den nyeste besked, du har fået."
_EXPIRED = "Linket er udløbet. Kontakt institutionen, hvis du vil have referatet igen."
_SUPERSEDED = "Referatet er rettet. Brug linket i den nyeste besked."


def share_minutes(uow: UnitOfWork, actor: Actor, *, meeting_id: str, expected_version: int) -> dict[str, Any]:
    """Makes the minutes as they stand the parents' own, and tells each custody holder where to read them.

    Sharing the same once more sends nothing again; sharing after a change is a new edition.
    """
    meeting = policy.meeting(uow, actor, meeting_id, action="change", kind="minutes")
    if State(meeting.state) not in SHAREABLE:
        raise Conflict("Referatet kan sendes, når mødet er holdt.", code="not-now")
    minutes = uow.session.get(models.Minutes, meeting_id)
    policy.require_version(minutes.version if minutes else 0, expected_version)
    if minutes is None:
        raise Conflict("Der er ikke skrevet noget referat endnu.", code="no-minutes")
    policy.require_parents_may_be_told(uow.session, meeting.child_id)
    holders = telling.holders_of(uow.session, meeting)
    if not holders:
        raise Conflict("Barnet har ingen forældremyndighedsindehaver at sende til.", code="no-custody-holder")
    content = _content(uow, meeting, minutes)
    last = uow.session.scalar(
        select(models.SharedMinutes)
        .where(models.SharedMinutes.meeting_id == meeting_id)
        .order_by(models.SharedMinutes.edition.desc())
        .limit(1)
    )
    if last is not None and {name: getattr(last, name) for name in content} == content:
        return whole(uow, meeting)
    now = clock.now()
    shared = models.SharedMinutes(
        meeting_id=meeting_id,
        edition=(last.edition if last else 0) + 1,
        minutes_version=minutes.version,
        link_until=now + READABLE,
        shared_at=now,
        shared_by=actor.id,
        **content,
    )
    uow.session.add(shared)
    uow.emit(
        events.MinutesSent,
        subject=meeting_id,
        version=shared.edition,
        data={
            "meeting_id": meeting_id,
            "child_id": meeting.child_id,
            "institution_id": meeting.institution_id,
            "edition": shared.edition,
            "link_until": shared.link_until,
            "guardian_ids": holders,
        },
    )
    tasks.settle(uow, [meeting_id], ["send_minutes"])
    telling.add_steps(uow.session, [telling.step(meeting, "minutes_sent")])
    return whole(uow, meeting)


def minutes_view(uow: UnitOfWork, actor: Actor, *, token: str, link_key: str) -> dict[str, Any]:
    """What a custody holder reads behind her link: the edition that it was made for, if it is the newest."""
    if not actor.is_system:
        raise Forbidden("Referatet læses med linket i beskeden.")
    link = open_link(token, PURPOSE, link_key)
    meeting = uow.session.get(models.Meeting, link.subject)
    if meeting is None:
        raise LinkForged(_FORGED)
    holder = uow.session.get(models.Guardian, (meeting.child_id, link.audience))
    if (
        holder is None
        or holder.custody not in telling.CUSTODY
        or policy.is_withheld(uow.session, meeting.child_id)
    ):
        raise LinkExpired(_EXPIRED)
    newest = uow.session.scalar(
        select(func.max(models.SharedMinutes.edition)).where(
            models.SharedMinutes.meeting_id == meeting.meeting_id
        )
    )
    if newest is None:
        raise LinkForged(_FORGED)
    if link.extra.get("edition") != newest:
        raise LinkExpired(_SUPERSEDED, code="link-superseded")
    shared = uow.session.get_one(models.SharedMinutes, (meeting.meeting_id, newest))
    parent = Actor(link.audience, "guardian", purpose="link")
    uow.log_access(parent, action="read", kind="minutes", subjects=[meeting.child_id])
    return {
        "meeting_id": meeting.meeting_id,
        "child_id": meeting.child_id,
        "guardian_id": holder.guardian_id,
        "institution_id": meeting.institution_id,
        "language": holder.language,
        "edition": shared.edition,
        "starts_at": meeting.starts_at,
        "ends_at": meeting.ends_at,
        "place": meeting.place,
        "shared_at": shared.shared_at,
        "follow_up_on": shared.follow_up_on,
        "items": shared.items,
        "agreements": [
            {**row, "due": row["due"] and telling.day_from(row["due"])} for row in shared.agreements
        ],
    }


def _content(uow: UnitOfWork, meeting: models.Meeting, minutes: models.Minutes) -> dict[str, Any]:
    """What the parents are given: what was written, under its headings, and what was agreed."""
    headings = {item["code"]: item["heading"] for item in agenda_of(uow.session, meeting)["items"]}
    items = [
        {**item, "heading": item.get("heading") or headings.get(item["code"])}
        for item in minutes.items
        if item["text"].strip()
    ]
    agreements = [
        {"what": row.what, "who": row.who, "due": row.due.isoformat() if row.due else None}
        for row in uow.session.scalars(
            select(models.Agreement)
            .where(models.Agreement.meeting_id == meeting.meeting_id, models.Agreement.state != "dropped")
            .order_by(models.Agreement.due, models.Agreement.agreement_id)
        )
    ]
    texts = [(f"text_{item['code']}", item["text"]) for item in items]
    texts += [
        (f"agreements.{number}", f"{row['what']} {row['who']}") for number, row in enumerate(agreements)
    ]
    if found := places_with_cpr(texts):
        raise Invalid(
            "Der står noget, der ligner et CPR-nummer, i referatet. Det må ikke sendes.",
            code="cpr-in-minutes",
            fields=dict.fromkeys(found, "Slet det, der ligner et CPR-nummer."),
        )
    return {"items": items, "agreements": agreements, "follow_up_on": meeting.follow_up_on}
