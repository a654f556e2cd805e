"""Consents: what opens and closes doors here, in the order of their versions.

A request tells of a consent first, with the units it would open for; what becomes of it follows. What is
told out of order waits for the request, or is overtaken by what is newer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from services.chassis import clock
from services.chassis.context import Context
from services.chassis.database import Database, UnitOfWork
from services.chassis.errors import NotYet
from services.chassis.received import Received
from services.meetings import events, gates, models, tasks, telling
from services.meetings.domain.states import AHEAD, ENDED
from services.meetings.handlers import timing
from services.meetings.handlers.transitions import block_transitions

REQUESTED = "requested"
_TOLD = ("consent_id", "child_id", "purpose", "recipients", "information")
SHUT = frozenset({"declined", "withdrawn", "expired", "superseded"})

Fetch = Callable[[str | None], dict[str, Any]]
"""Gives consent's page of ``{items, next}`` after a key."""


def consent_requested(uow: UnitOfWork, received: list[Received]) -> None:
    """Handles consent.requested: it is known for whom it would open. Later rounds of writing tell no more."""
    rows = [
        {
            **{name: event.data[name] for name in _TOLD},
            "version": 0,
            "state": REQUESTED,
            "valid_from": event.data["valid_from"],
            "valid_to": event.data["valid_to"],
        }
        for event in received
    ]
    _learn(uow, rows)


def consent_granted(uow: UnitOfWork, received: list[Received]) -> None:
    """Handles consent.granted: meetings that waited for it may be planned, and their owners are told."""
    _become(uow, received, "granted")


def consent_declined(uow: UnitOfWork, received: list[Received]) -> None:
    """Handles consent.declined: what waited for it will not be, and the owner decides what instead."""
    _become(uow, received, "declined")


def consent_withdrawn(uow: UnitOfWork, received: list[Received]) -> None:
    """Handles consent.withdrawn: doors shut in this transaction, and consent is told that they have."""
    _become(uow, received, "withdrawn")
    for event in received:
        uow.emit(
            events.WithdrawalAcknowledged,
            subject=event.data["consent_id"],
            version=1,
            data={"consent_id": event.data["consent_id"], "child_id": event.data["child_id"]},
            context=event.context.caused_by(event.id),
        )


def consent_expired(uow: UnitOfWork, received: list[Received]) -> None:
    """Handles consent.expired: as a withdrawal, but nobody took it back."""
    _become(uow, received, "expired")


def consent_superseded(uow: UnitOfWork, received: list[Received]) -> None:
    """Handles consent.superseded: what rested on the old consent rests on the new one, without a gap."""
    ids = [event.data["consent_id"] for event in received]
    resting = _resting(uow, ids)
    newer = {event.data["consent_id"]: event.data["by"] for event in received}
    for meeting in resting:
        meeting.consent_id = newer[str(meeting.consent_id)]
        meeting.version += 1
    for transition in uow.session.scalars(
        select(models.Transition).where(models.Transition.consent_id.in_(ids)).with_for_update()
    ):
        transition.consent_id = newer[str(transition.consent_id)]
    uow.session.flush()
    _become(uow, received, "superseded")


def rebuild(database: Database, fetch: Fetch) -> int:
    """Reads all consents again; answers with how many. A door that should be shut is shut by it."""
    after, count = None, 0
    while True:
        page = fetch(after)
        items = [
            {"information": [], **item, **{name: _day(item[name]) for name in ("valid_from", "valid_to")}}
            for item in page["items"]
        ]
        with database.unit_of_work() as uow:
            _learn(uow, [{**item, "version": 0, "state": REQUESTED} for item in items])
            for state in {item["state"] for item in items} - {REQUESTED, "partial"}:
                told = {item["consent_id"]: item["version"] for item in items if item["state"] == state}
                _set(uow, told, state, uow.context)
        count += len(items)
        after = page.get("next")
        if not after:
            return count


def _learn(uow: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    names = (*_TOLD, "version", "state", "valid_from", "valid_to")
    new = {row["consent_id"]: {name: row[name] for name in names} for row in rows}
    known = uow.session.scalars(select(models.Consent).where(models.Consent.consent_id.in_(new))).all()
    for row in known:  # one that was told before kinds of information were
        row.information = row.information or new[row.consent_id]["information"]
    fresh = sorted(set(new) - {row.consent_id for row in known})
    uow.session.add_all(models.Consent(**new[consent_id]) for consent_id in fresh)
    uow.session.flush()


def _become(uow: UnitOfWork, received: Sequence[Received], state: str) -> None:
    told = {event.data["consent_id"]: event.version for event in received}
    if told:
        _set(uow, told, state, received[0].context)


def _set(uow: UnitOfWork, told: dict[str, int], state: str, context: Context) -> None:
    """Notes the new state of consents where it is news, and does what follows from it."""
    rows = uow.session.scalars(
        select(models.Consent)
        .where(models.Consent.consent_id.in_(told))
        .order_by(models.Consent.consent_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if len(rows) < len(told):
        raise NotYet("consent-unknown")
    news = []
    for row in rows:
        if told[row.consent_id] > row.version:
            row.version, row.state = told[row.consent_id], state
            news.append(row)
    uow.session.flush()
    if state == gates.GRANTED:
        for row in news:
            _open(uow, row)
    elif state in SHUT and state != "superseded":
        _shut(uow, news, state)


def _open(uow: UnitOfWork, consent: models.Consent) -> None:
    """Lets the child's waiting meetings with specialists rest on the consent, where it reaches them all."""
    if consent.purpose != gates.MEETING:
        return
    waiting = uow.session.scalars(
        select(models.Meeting)
        .where(
            models.Meeting.child_id == consent.child_id,
            models.Meeting.kind == gates.KIND,
            models.Meeting.state.in_([state.value for state in AHEAD]),
        )
        .order_by(models.Meeting.meeting_id)
        .with_for_update()
    ).all()
    given = []
    for meeting in waiting:
        if gates.standing(uow.session, meeting) == "open":
            continue
        units = _units(uow, meeting)
        if not units or not all(each & set(consent.recipients) for each in units):
            continue
        meeting.consent_id, meeting.suspended_at = consent.consent_id, None
        meeting.version += 1
        given.append(_task("consent_granted", meeting, consent.consent_id))
        telling.add_steps(uow.session, [telling.step(meeting, "consent_granted")])
    tasks.settle(uow, [meeting.meeting_id for meeting in waiting], ["consent_declined", "consent_withdrawn"])
    tasks.give(uow, given)


def _shut(uow: UnitOfWork, consents: Sequence[models.Consent], state: str) -> None:
    """Suspends what rests on the consents and tells its owner."""
    ids = [one.consent_id for one in consents]
    given = []
    for meeting in _resting(uow, ids):
        meeting.suspended_at = clock.now()
        meeting.version += 1
        given.append(_task("consent_withdrawn", meeting, meeting.consent_id))
        telling.add_steps(uow.session, [telling.step(meeting, "suspended", detail=state)])
    if state in ("declined", "expired"):
        children = [one.child_id for one in consents if one.purpose == gates.MEETING]
        waiting = _waiting(uow, children)
        given += [_task("consent_declined", meeting, ids[0]) for meeting in waiting]
    tasks.give(uow, given)
    block_transitions(uow, ids, state)


def _resting(uow: UnitOfWork, consent_ids: Sequence[str]) -> Sequence[models.Meeting]:
    meeting = models.Meeting
    return uow.session.scalars(
        select(meeting)
        .where(meeting.consent_id.in_(consent_ids), meeting.state.not_in([state.value for state in ENDED]))
        .order_by(meeting.meeting_id)
        .with_for_update()
    ).all()


def _waiting(uow: UnitOfWork, child_ids: Iterable[str]) -> Sequence[models.Meeting]:
    meeting = models.Meeting
    return uow.session.scalars(
        select(meeting)
        .where(
            meeting.child_id.in_(list(child_ids)),
            meeting.kind == gates.KIND,
            meeting.consent_id.is_(None),
            meeting.state.in_([state.value for state in AHEAD]),
        )
        .order_by(meeting.meeting_id)
    ).all()


def _units(uow: UnitOfWork, meeting: models.Meeting) -> list[set[str]]:
    invited = uow.session.scalars(
        select(models.MeetingSpecialist.staff_id).where(
            models.MeetingSpecialist.meeting_id == meeting.meeting_id
        )
    ).all()
    known = gates.units_of_specialists(uow.session, invited)
    return [known.get(staff_id, set()) for staff_id in invited]


def _task(kind: str, meeting: models.Meeting, once: object) -> dict[str, Any]:
    return tasks.for_staff(kind, meeting, timing.contact_of(meeting), once=once)


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
