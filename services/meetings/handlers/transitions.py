"""A child with a concern changes institution: the form, its way past the parents, and who answers for it.

The sender fills the form and shows it to the parents; whether it may be passed on is consent's decision by
the municipality's policy; the receiver accepts it, and until then the sender answers. What a consent opened
is shut to the receiver when the consent is gone, on the next read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import or_, select

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork, insert_new
from services.chassis.errors import Conflict, Invalid, NotFound
from services.meetings import events, gates, models, policy, tasks, telling
from services.meetings.domain.concerns import Standing
from services.meetings.domain.states import ENDED, State
from services.meetings.domain.transitions import (
    FIELDS,
    Passage,
    Stay,
    Step,
    changes,
    responsible_is_sender,
    step_from,
)
from services.meetings.queries import whole

APART = "health_visiting"
"""Health visiting goes on beside day-care and school: it is no place that a child changes to."""

KIND = "transition"


def open_transitions(uow: UnitOfWork, child_ids: Collection[str]) -> None:
    """Opens a transition for each child with a concern who is to change institution; asks the sender."""
    concern = models.Concern
    concerned = set(
        uow.session.scalars(
            select(concern.child_id).where(
                concern.child_id.in_(child_ids), concern.standing == Standing.RAISED.value
            )
        )
    )
    if not concerned:
        return
    place, institution = models.Enrolment, models.Institution
    stays: dict[str, list[Stay]] = {}
    for row in uow.session.execute(
        select(place.child_id, place.institution_id, place.group_id, place.from_day, place.to_day)
        .join(institution, institution.institution_id == place.institution_id)
        .where(place.child_id.in_(concerned), institution.kind != APART)
    ):
        stays.setdefault(row.child_id, []).append(
            Stay(row.institution_id, row.group_id, row.from_day, row.to_day)
        )
    rows = [
        _row(child_id, left, reached)
        for child_id, own in sorted(stays.items())
        for left, reached in changes(own, clock.today())
    ]
    key = ["child_id", "from_institution_id", "to_institution_id", "starts_on"]
    new = {row[0] for row in insert_new(uow.session, models.Transition, rows, key=key)}
    tasks.give(uow, [_task("transition", row) for row in rows if row["transition_id"] in new])


def block_transitions(uow: UnitOfWork, consent_ids: Collection[str], reason: str) -> None:
    """What was passed on by these consents and not accepted yet is taken back, and the sender told."""
    row = models.Transition
    given = []
    for found in uow.session.scalars(
        select(row)
        .where(row.consent_id.in_(consent_ids), row.state == Passage.RELEASED.value)
        .order_by(row.transition_id)
        .with_for_update()
    ):
        _step(found, Step.BLOCK)
        found.reason = f"consent_{reason}"
        given.append(_task("transition_blocked", _facts(found), once=found.version))
    tasks.give(uow, given)


def list_transitions(
    uow: UnitOfWork, actor: Actor, *, child_id: str | None = None, institution_id: str | None = None
) -> dict[str, Any]:
    """The transitions that the actor has to do with, as sender or receiver; by the day of the change."""
    policy.require_staff(actor)
    row = models.Transition
    query = select(row).order_by(row.starts_on, row.transition_id).limit(500)
    if child_id:
        query = query.where(row.child_id == child_id)
    if institution_id:
        there = or_(row.from_institution_id == institution_id, row.to_institution_id == institution_id)
        query = query.where(there, row.state != Passage.RECEIVED.value)
    rows = uow.session.scalars(query).all()
    places = {id_ for one in rows for id_ in (one.from_institution_id, one.to_institution_id)}
    # Held while sides are asked about, so that each institution is read once and all of them together.
    known = uow.session.scalars(
        select(models.Institution).where(models.Institution.institution_id.in_(places))
    ).all()
    found = [one for one in rows if _side(uow, actor, one)] if known else []
    uow.log_access(
        actor, action="search", kind="transition", subjects=sorted({one.child_id for one in found})
    )
    return {"items": [_shown(one) for one in found]}


def get_transition(uow: UnitOfWork, actor: Actor, *, transition_id: str) -> dict[str, Any]:
    """One transition; with its form for the sender, and for the receiver once and while she may read it."""
    found, side = _open(uow, actor, transition_id, action="read")
    return _with_form(uow, found, side)


def fill_transition(
    uow: UnitOfWork, actor: Actor, *, transition_id: str, expected_version: int, form: Mapping[str, str]
) -> dict[str, Any]:
    """The sender writes the form. A change after the parents' look asks for their look again."""
    found = _changed(uow, actor, transition_id, expected_version, "sender")
    _step(found, Step.FILL)
    found.form = {name: form.get(name, "").strip() for name in FIELDS}
    if not any(found.form.values()):
        raise Invalid("Skemaet er tomt.", fields={"form": "Udfyld mindst ét felt."})
    found.reviewed_on = None
    return _with_form(uow, found, "sender")


def review_transition(
    uow: UnitOfWork,
    actor: Actor,
    *,
    transition_id: str,
    expected_version: int,
    reviewed_on: date,
    remarks: str | None,
) -> dict[str, Any]:
    """The sender notes that the parents have read the form, with what they want added."""
    found = _changed(uow, actor, transition_id, expected_version, "sender")
    policy.require_parents_may_be_told(uow.session, found.child_id)
    if reviewed_on > clock.today():
        raise Invalid("Dagen er ikke kommet endnu.", fields={"reviewed_on": "Vælg dagen, hvor de læste det."})
    _step(found, Step.REVIEW)
    found.reviewed_on, found.remarks = reviewed_on, (remarks or "").strip() or None
    return _with_form(uow, found, "sender")


def transition_meeting(
    uow: UnitOfWork, actor: Actor, *, transition_id: str, expected_version: int, hold_by: date
) -> dict[str, Any]:
    """Makes the meeting with parents and both institutions, invited to by staff as any other."""
    found = _changed(uow, actor, transition_id, expected_version, "sender")
    policy.require_parents_may_be_told(uow.session, found.child_id)
    if hold_by < clock.today():
        raise Invalid("Dagen er før i dag.", fields={"hold_by": "Vælg en dag fra i dag og frem."})
    _require_no_meeting(uow, found)
    concern = uow.session.scalars(
        select(models.Meeting)
        .where(models.Meeting.child_id == found.child_id)
        .order_by(models.Meeting.created_at.desc())
        .limit(1)
    ).first()
    if concern is None:
        raise Conflict("Der er ikke holdt møde om barnet. Begynd med et fokusmøde.", code="not-now")
    meeting = models.Meeting(
        meeting_id=str(uuid4()),
        version=1,
        kind=KIND,
        child_id=found.child_id,
        track=concern.track,
        concern_id=concern.concern_id,
        round_id=concern.round_id,
        institution_id=found.from_institution_id,
        group_id=found.from_group_id,
        state=State.REQUIRED.value,
        invite_by=min(hold_by, clock.today() + timedelta(days=5)),
        hold_by=hold_by,
        attempt_at=None,
        attempts=0,
        invitation=0,
        chased=0,
        sequence=0,
        in_calendars=False,
        roles={},
        created_at=clock.now(),
        follows=concern.meeting_id,
        correlation_id=uow.context.correlation_id,
        traceparent=uow.context.traceparent,
    )
    uow.session.add(meeting)
    uow.session.flush()
    found.meeting_id = meeting.meeting_id
    found.version += 1
    names = (
        "meeting_id",
        "child_id",
        "concern_id",
        "track",
        "kind",
        "institution_id",
        "invite_by",
        "hold_by",
    )
    uow.emit(
        events.MeetingRequired,
        subject=meeting.meeting_id,
        version=1,
        data={name: getattr(meeting, name) for name in names},
    )
    telling.add_steps(uow.session, [telling.step(meeting, "required", detail=KIND)])
    tasks.give(uow, [tasks.for_leader("plan_meeting", meeting, due=meeting.invite_by)])
    return whole(uow, meeting)


def release_facts(
    uow: UnitOfWork, actor: Actor, *, transition_id: str, expected_version: int
) -> dict[str, Any]:
    """What consent must know to decide whether the form may be passed on."""
    found = _changed(uow, actor, transition_id, expected_version, "sender")
    if step_from(Passage(found.state), Step.RELEASE) is None:
        _refuse(found)
    kinds: dict[str, str] = {
        row.institution_id: row.kind
        for row in uow.session.execute(
            select(models.Institution.institution_id, models.Institution.kind).where(
                models.Institution.institution_id.in_([found.from_institution_id, found.to_institution_id])
            )
        )
    }
    return {
        "child_id": found.child_id,
        "sender": kinds[found.from_institution_id],
        "receiver": kinds[found.to_institution_id],
        "recipient_unit": found.to_institution_id,
        "parents_told": found.reviewed_on is not None,
    }


def release_transition(
    uow: UnitOfWork,
    actor: Actor,
    *,
    transition_id: str,
    expected_version: int,
    decision: Mapping[str, Any],
) -> dict[str, Any]:
    """Passes the form on, or notes why it may not be; then the sender sees to what is missing."""
    found = _changed(uow, actor, transition_id, expected_version, "sender")
    found.policy, found.reason = decision["policy"], decision["reason"]
    consent_id = decision["consent_id"]
    known = uow.session.get(models.Consent, consent_id) if consent_id else None
    gone = known is not None and known.state not in (gates.GRANTED, "requested")
    if not decision["allowed"] or gone:
        _step(found, Step.BLOCK)
        tasks.give(uow, [_task("transition_blocked", _facts(found), once=found.version)])
        return _with_form(uow, found, "sender")
    _step(found, Step.RELEASE)
    found.consent_id = consent_id
    found.released_at, found.released_by = clock.now(), actor.id
    facts = _facts(found)
    received_there = {"institution_id": found.to_institution_id, "group_id": found.to_group_id}
    tasks.give(uow, [{**_task("receive_transition", facts, once=found.version), **received_there}])
    return _with_form(uow, found, "sender")


def receive_transition(
    uow: UnitOfWork, actor: Actor, *, transition_id: str, expected_version: int
) -> dict[str, Any]:
    """The receiver accepts the form, and answers for the matter from now on."""
    found = _changed(uow, actor, transition_id, expected_version, "receiver")
    if not _may_read(uow, found):
        _refuse(found)
    _step(found, Step.RECEIVE)
    found.received_at, found.received_by = clock.now(), actor.id
    tasks.settle_about(uow, transition_id)
    return _with_form(uow, found, "receiver")


def _row(child_id: str, left: Stay, reached: Stay) -> dict[str, Any]:
    return {
        "transition_id": str(uuid4()),
        "version": 1,
        "child_id": child_id,
        "from_institution_id": left.institution_id,
        "from_group_id": left.group_id,
        "to_institution_id": reached.institution_id,
        "to_group_id": reached.group_id,
        "starts_on": reached.from_day,
        "state": Passage.OPEN.value,
        "concern": True,
        "form": {},
        "created_at": clock.now(),
    }


def _facts(found: models.Transition) -> dict[str, Any]:
    names = ("transition_id", "child_id", "from_institution_id", "from_group_id")
    return {name: getattr(found, name) for name in names}


def _task(kind: str, row: Mapping[str, Any], *, once: object = "") -> dict[str, Any]:
    return {
        **tasks.bare(kind, f"{kind}:{row['transition_id']}:{once}", row["child_id"]),
        "institution_id": row["from_institution_id"],
        "group_id": row["from_group_id"],
        "staff_id": None,
    }


def _open(uow: UnitOfWork, actor: Actor, transition_id: str, *, action: str) -> tuple[models.Transition, str]:
    policy.require_staff(actor)
    lock = True if action != "read" else None
    found = uow.session.get(models.Transition, transition_id, with_for_update=lock)
    side = _side(uow, actor, found) if found is not None else None
    if found is None or side is None:
        raise NotFound("Overgangen findes ikke, eller du har ikke adgang til den.")
    uow.log_access(actor, action=action, kind="transition", subjects=[found.child_id])
    return found, side


def _changed(
    uow: UnitOfWork, actor: Actor, transition_id: str, expected_version: int, by: str
) -> models.Transition:
    found, side = _open(uow, actor, transition_id, action="change")
    if side != by:
        raise NotFound("Overgangen findes ikke, eller du har ikke adgang til den.")
    policy.require_version(found.version, expected_version)
    return found


def _side(uow: UnitOfWork, actor: Actor, found: models.Transition) -> str | None:
    """Whether the actor is of the sender or the receiver; who is of both is the sender until it is passed
    on."""
    sends = actor.holds(policy.STAFF, _units(uow, found.from_institution_id, found.from_group_id))
    receives = actor.holds(policy.STAFF, _units(uow, found.to_institution_id, found.to_group_id))
    if receives and (not sends or found.state in (Passage.RELEASED.value, Passage.RECEIVED.value)):
        return "receiver"
    return "sender" if sends else None


def _units(uow: UnitOfWork, institution_id: str, group_id: str) -> set[str]:
    place = uow.session.get(models.Institution, institution_id)
    return {institution_id, group_id, *([place.district_id] if place and place.district_id else [])}


def _may_read(uow: UnitOfWork, found: models.Transition) -> bool:
    """Whether the receiver may read the form now: it has been passed on, and what it rests on holds."""
    if found.state not in (Passage.RELEASED.value, Passage.RECEIVED.value):
        return False
    if found.consent_id is None:
        return True
    consent = uow.session.get(models.Consent, found.consent_id)
    return consent is not None and gates.is_holding(consent)


def _with_form(uow: UnitOfWork, found: models.Transition, side: str) -> dict[str, Any]:
    shown = _shown(found)
    if side == "receiver" and not _may_read(uow, found):
        return {**shown, "form": None, "remarks": None, "reviewed_on": None}
    return {**shown, "form": found.form, "remarks": found.remarks, "reviewed_on": found.reviewed_on}


def _shown(found: models.Transition) -> dict[str, Any]:
    names = [column.name for column in models.Transition.__table__.columns]
    sender = responsible_is_sender(Passage(found.state))
    return {
        **{name: getattr(found, name) for name in names if name not in ("form", "remarks", "reviewed_on")},
        "responsible": found.from_institution_id if sender else found.to_institution_id,
    }


def _step(found: models.Transition, which: Step) -> None:
    after = step_from(Passage(found.state), which)
    if after is None:
        _refuse(found)
    else:
        found.state = after.value
        found.version += 1


def _refuse(found: models.Transition) -> None:
    raise Conflict(
        "Det kan ikke lade sig gøre, som overgangen står nu.",
        code="not-now",
        extra={"version": found.version, "state": found.state},
    )


def _require_no_meeting(uow: UnitOfWork, found: models.Transition) -> None:
    meeting = models.Meeting
    open_one = uow.session.scalar(
        select(meeting.meeting_id).where(
            meeting.child_id == found.child_id,
            meeting.kind == KIND,
            meeting.state.not_in([state.value for state in ENDED]),
        )
    )
    if open_one is not None:
        raise Conflict("Der er allerede et overgangsmøde i gang.", code="meeting-open")
