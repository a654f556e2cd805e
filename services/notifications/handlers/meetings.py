"""Meetings: the invitation, the confirmation with a calendar file, the cancellation, the minutes.

As with concerns the newest event of a meeting decides, and the meeting's row is the lock. What a newer
event has overtaken is not sent any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select

from services.chassis import clock
from services.chassis.database import UnitOfWork, upsert
from services.chassis.errors import NotYet
from services.chassis.received import Received
from services.notifications import intents, projection
from services.notifications.domain import (
    About,
    CancellationForm,
    Guardian,
    State,
    Suppression,
    calendar_sequence,
    cancellation_form,
    recipients,
)
from services.notifications.models import Meeting, Notice

_ON_ITS_WAY = (State.SENT, State.PRINTED, State.LEASED)


def invite(uow: UnitOfWork, events: Sequence[Received]) -> None:
    """Each custody holder gets the proposals; a new invitation takes the place of the one before."""
    current = _take(uow, events, "invited")
    if not current:
        return
    told = _recipients(uow, current)
    _overtake(uow, current, About.INVITATION, "invitation")
    at = clock.now()
    intents.intend(
        uow,
        [
            intents.intent(
                event,
                about=About.INVITATION,
                edition=event.data["invitation"],
                guardian=guardian,
                facts={
                    "proposals": [
                        {"starts_at": _text(each["starts_at"]), "ends_at": _text(each["ends_at"])}
                        for each in sorted(event.data["proposals"], key=lambda each: each["starts_at"])
                    ],
                    "answer_by": _text(event.data["answer_by"]),
                    "link_until": _text(event.data["link_until"] or event.data["answer_by"]),
                    "reason": event.data["reason"],
                    "several": len(told[event.subject]) > 1,
                },
                at=at,
            )
            for event in current
            for guardian in told[event.subject]
        ],
    )


def confirm(uow: UnitOfWork, events: Sequence[Received]) -> None:
    """All custody holders get the time and a calendar file, also those who did not choose it."""
    current = _take(uow, events, "confirmed")
    if not current:
        return
    told = _recipients(uow, current)
    before = _history(uow, current)
    _overtake(uow, current, About.CONFIRMATION, "sequence")
    at = clock.now()
    rows = []
    for event in current:
        for guardian in told[event.subject]:
            moved = any(
                notice.about == About.CONFIRMATION and notice.state in _ON_ITS_WAY
                for notice in before[event.subject, guardian.guardian_id]
            )
            facts = {
                "starts_at": _text(event.data["starts_at"]),
                "ends_at": _text(event.data["ends_at"]),
                "place": event.data["place"],
                "sequence": event.data["sequence"],
                "accepted": event.data["accepted_by"] == guardian.guardian_id,
                "moved": moved,
                "several": len(told[event.subject]) > 1,
            }
            rows.append(
                intents.intent(
                    event,
                    about=About.CONFIRMATION,
                    edition=event.data["sequence"],
                    guardian=guardian,
                    facts=facts,
                    at=at,
                )
            )
    intents.intend(uow, rows)


def cancel(uow: UnitOfWork, events: Sequence[Received]) -> None:
    """Who knows of the meeting is told that it will not be held; who does not is told nothing."""
    current = _take(uow, events, "cancelled")
    if not current:
        return
    before = _history(uow, current)
    intents.suppress(uow, Notice.subject_id.in_([event.subject for event in current]), Suppression.CANCELLED)
    spoken = [
        event
        for event in current
        if not (event.data["silent"] or event.data["reason"] == "withheld")
        and any(meeting_id == event.subject for meeting_id, _ in before)
    ]
    if not spoken:
        return
    told = _recipients(uow, spoken)
    at = clock.now()
    rows = []
    for event in spoken:
        for guardian in told[event.subject]:
            facts = _cancellation(event, before[event.subject, guardian.guardian_id])
            if facts is not None:
                facts["several"] = len(told[event.subject]) > 1
                rows.append(
                    intents.intent(
                        event,
                        about=About.CANCELLATION,
                        # A meeting that is moved twice is called off twice with one SEQUENCE in between.
                        edition=event.version,
                        guardian=guardian,
                        facts=facts,
                        at=at,
                    )
                )
    intents.intend(uow, rows)


def tell_of_minutes(uow: UnitOfWork, events: Sequence[Received]) -> None:
    """Each custody holder is told where to read the minutes; of several editions the newest is told of."""
    current = intents.newest(events)
    told = _recipients(uow, current)
    for event in current:
        intents.suppress(
            uow,
            and_(
                Notice.about == About.MINUTES,
                Notice.subject_id == event.subject,
                Notice.edition < event.data["edition"],
            ),
            Suppression.REPLACED,
        )
    later = _editions(uow, current)
    at = clock.now()
    intents.intend(
        uow,
        [
            intents.intent(
                event,
                about=About.MINUTES,
                edition=event.data["edition"],
                guardian=guardian,
                facts={
                    "link_until": _text(event.data["link_until"]),
                    "again": event.data["edition"] > 1,
                    "several": len(told[event.subject]) > 1,
                },
                at=at,
            )
            for event in current
            if later.get(event.subject, 0) < event.data["edition"]
            for guardian in told[event.subject]
        ],
    )


def _editions(uow: UnitOfWork, events: Sequence[Received]) -> dict[str, int]:
    """The newest edition of each meeting's minutes that a notice has been put down for."""
    newest = (
        select(Notice.subject_id, func.max(Notice.edition))
        .where(Notice.about == About.MINUTES, Notice.subject_id.in_([event.subject for event in events]))
        .group_by(Notice.subject_id)
    )
    return {row[0]: row[1] for row in uow.session.execute(newest)}


def _cancellation(event: Received, before: Sequence[Any]) -> dict[str, Any] | None:
    """What to tell one recipient of a cancellation, who has had ``before``; ``None``: nothing."""
    states: dict[About, list[State]] = defaultdict(list)
    for notice in before:
        states[About(notice.about)].append(State(notice.state))
    form = cancellation_form(states, silent=False)
    if form is None:
        return None
    held = [notice for notice in before if notice.about == About.CONFIRMATION and notice.state in _ON_ITS_WAY]
    last: Mapping[str, Any] = max(held, key=lambda notice: notice.edition).facts if held else {}
    starts, ends = _text(event.data["starts_at"]), _text(event.data["ends_at"])
    facts: dict[str, Any] = {
        "reason": event.data["reason"],
        "form": form.value,
        "starts_at": starts or last.get("starts_at"),
        "ends_at": ends or last.get("ends_at"),
    }
    if form is CancellationForm.CALENDAR:
        facts["place"] = last.get("place", "institution")
        facts["sequence"] = calendar_sequence(
            event.data["sequence"],
            [
                notice.facts["sequence"]
                for notice in before
                if "sequence" in notice.facts and notice.state in _ON_ITS_WAY
            ],
        )
    return facts


def _take(uow: UnitOfWork, events: Sequence[Received], state: str) -> list[Received]:
    """Notes the meetings' new state and returns the events that are the newest of their meeting."""
    latest = intents.newest(events)
    rows = [
        {
            "meeting_id": event.subject,
            "version": event.version,
            "child_id": event.data["child_id"],
            "state": state,
        }
        for event in latest
    ]
    upsert(uow.session, Meeting, rows, key=["meeting_id"], newer="version")
    known = {
        row.meeting_id: row.version
        for row in uow.session.execute(
            select(Meeting.meeting_id, Meeting.version).where(
                Meeting.meeting_id.in_([event.subject for event in latest])
            )
        )
    }
    return [event for event in latest if known[event.subject] == event.version]


def _recipients(uow: UnitOfWork, events: Sequence[Received]) -> dict[str, list[Guardian]]:
    """Who is told of each meeting: those the event names, as far as they have custody.

    :class:`NotYet` when it names somebody the registry has not yet told us of.
    """
    guardians = projection.guardians_of(uow, (event.data["child_id"] for event in events))
    found = {}
    for event in events:
        known = guardians[event.data["child_id"]]
        named = set(event.data["guardian_ids"])
        if named - {guardian.guardian_id for guardian in known}:
            raise NotYet("guardian-unknown")
        found[event.subject] = recipients(known, named)
    return found


def _overtake(uow: UnitOfWork, events: Sequence[Received], about: About, edition: str) -> None:
    """Holds back what the meetings' earlier events would still have sent, but not this very edition."""
    earlier = or_(
        *(
            and_(
                Notice.subject_id == event.subject,
                or_(Notice.about != about, Notice.edition < event.data[edition]),
            )
            for event in events
        )
    )
    # A cancellation that is still to go stays: a calendar must let go of the old time. So do minutes, which
    # are of a later day than any time, in whichever order the events arrive.
    stays = Notice.about.in_([About.CANCELLATION.value, About.MINUTES.value])
    intents.suppress(uow, and_(earlier, ~stays), Suppression.REPLACED)


def _history(uow: UnitOfWork, events: Sequence[Received]) -> dict[tuple[str, str], list[Any]]:
    """The meetings' notices so far, by meeting and guardian."""
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    rows = uow.session.execute(
        select(
            Notice.subject_id, Notice.guardian_id, Notice.about, Notice.state, Notice.edition, Notice.facts
        ).where(Notice.subject_id.in_([event.subject for event in events]), Notice.about != About.CONCERN)
    )
    for row in rows:
        found[row.subject_id, row.guardian_id].append(row)
    return found


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
