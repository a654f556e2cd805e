"""Assessment's events about concerns: what requires a meeting, what ends one, what asks the leader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import bindparam, select, text, update

from services.chassis import clock
from services.chassis.database import UnitOfWork, insert_new, upsert
from services.chassis.membership import one_of
from services.chassis.received import Received
from services.chassis.wakeups import wake
from services.meetings import bookings, events, models, tasks, telling
from services.meetings.domain import concerns
from services.meetings.domain.concerns import Known, Latest, OnEnd, Standing
from services.meetings.domain.states import AHEAD, ENDED, Move, State, after, next_sequence
from services.meetings.handlers.transitions import open_transitions
from services.meetings.settings_store import settings_for

KIND = "focus"


def require_focus_meetings(uow: UnitOfWork, received: list[Received]) -> None:
    """Handles concern.raised: one focus meeting for each child and track that has none open."""
    newest = _newest(received)
    known = _known(uow, newest)
    written = _write(uow, newest, Standing.RAISED)
    news = [event for event in newest if event.data["concern_id"] in written]
    if not news:
        return
    tracks = _open_meetings(uow, news)
    latest = _latest(uow, [event.data["concern_id"] for event in news if event.data["concern_id"] in known])
    required, again = [], []
    for event in news:
        data = event.data
        open_meeting = tracks.get((data["child_id"], data["track"]))
        if open_meeting is not None:
            again.append((open_meeting, data))
        elif concerns.requires_meeting(
            known.get(data["concern_id"]), latest.get(data["concern_id"]), data["round_id"]
        ):
            required.append(event)
    _follow_the_newest_concern(again)
    _resume(uow, [event for event in news if event.data["concern_id"] in known])
    _require(uow, required)
    open_transitions(uow, {event.data["child_id"] for event in news})


def withhold_meetings(uow: UnitOfWork, received: list[Received]) -> None:
    """Handles concern.withheld: the meeting is cancelled without a word, and the leader is asked."""
    newest = _newest(received)
    written = _write(uow, newest, Standing.WITHHELD)
    news = [event for event in newest if event.data["concern_id"] in written]
    found = _open_meetings(uow, news)
    ended = [
        (found[key], event)
        for event in news
        if (key := (event.data["child_id"], event.data["track"])) in found
        and concerns.when_withheld(State(found[key].state)) is OnEnd.CANCEL
    ]
    _cancel_silently(uow, [*ended, *_further_ahead(uow, news)], "withheld")
    tasks.give(
        uow,
        [
            tasks.about_concern(
                "concern_withheld",
                concern_id=event.data["concern_id"],
                version=event.version,
                child_id=event.data["child_id"],
                institution_id=event.data["institution_id"],
                group_id=event.data["group_id"],
            )
            for event in news
        ],
    )


def settle_meetings(uow: UnitOfWork, received: list[Received]) -> None:
    """Handles concern.settled: withdrawn before the invitation; after it the leader is asked."""
    newest = _newest(received)
    written = _write(uow, newest, Standing.SETTLED)
    news = [event for event in newest if event.data["concern_id"] in written]
    found = _open_meetings(uow, news)
    ended, asked = [], []
    for event in news:
        meeting = found.get((event.data["child_id"], event.data["track"]))
        if meeting is None or meeting.concern_id != event.data["concern_id"]:
            continue
        match concerns.when_settled(State(meeting.state)):
            case OnEnd.CANCEL:
                ended.append((meeting, event))
            case OnEnd.ASK_LEADER:
                asked.append(tasks.for_leader("concern_settled", meeting, once=event.version))
            case OnEnd.NOTHING:
                pass
    _cancel_silently(uow, ended, "settled")
    tasks.give(uow, asked)


def _newest(received: Iterable[Received]) -> list[Received]:
    """The newest event of each concern, by concern, so that batches never wait crosswise."""
    ordered = sorted(received, key=lambda event: (event.data["concern_id"], event.version))
    return list({event.data["concern_id"]: event for event in ordered}.values())


_CONCERN: Any = models.Concern.__table__
_KNOWN = (
    select(_CONCERN.c.concern_id, _CONCERN.c.standing, _CONCERN.c.version)
    .where(one_of(_CONCERN.c.concern_id, bindparam("ids")))
    .order_by(_CONCERN.c.concern_id)
    .with_for_update()
)


def _known(uow: UnitOfWork, received: Sequence[Received]) -> dict[str, Known]:
    found = uow.session.execute(_KNOWN, {"ids": [event.data["concern_id"] for event in received]})
    return {row.concern_id: Known(Standing(row.standing), row.version) for row in found}


def _write(uow: UnitOfWork, received: Sequence[Received], standing: Standing) -> set[str]:
    """Notes the concerns' new standing and returns those for which it was news."""
    rows = [
        {
            "concern_id": event.data["concern_id"],
            "version": event.version,
            "child_id": event.data["child_id"],
            "track": event.data["track"],
            "standing": standing.value,
            # Only what raises a concern tells of its round; what ends it changes nothing else.
            **({"round_id": event.data["round_id"]} if "round_id" in event.data else {}),
        }
        for event in received
    ]
    return {row[0] for row in upsert(uow.session, models.Concern, rows, key=["concern_id"], newer="version")}


_OPEN = (
    select(models.Meeting)
    .where(
        one_of(models.Meeting.child_id, bindparam("ids")),
        models.Meeting.kind == KIND,
        models.Meeting.state.not_in([state.value for state in ENDED]),
    )
    .order_by(models.Meeting.meeting_id)
    .with_for_update()
)


def _open_meetings(uow: UnitOfWork, received: Sequence[Received]) -> dict[tuple[str, str], models.Meeting]:
    """The open meetings of the events' children, by child and track, locked until the transaction ends."""
    if not received:
        return {}
    found = uow.session.scalars(_OPEN, {"ids": {event.data["child_id"] for event in received}})
    return {(row.child_id, row.track): row for row in found}


def _further_ahead(uow: UnitOfWork, received: Sequence[Received]) -> list[tuple[models.Meeting, Received]]:
    """The further meetings of the events' children that have not been held: parents come to these too."""
    by_child = {event.data["child_id"]: event for event in received}
    if not by_child:
        return []
    meeting = models.Meeting
    found = uow.session.scalars(
        select(meeting)
        .where(
            meeting.child_id.in_(by_child),
            meeting.kind != KIND,
            meeting.state.in_([state.value for state in AHEAD]),
        )
        .order_by(meeting.meeting_id)
        .with_for_update()
    )
    return [(row, by_child[row.child_id]) for row in found]


def _latest(uow: UnitOfWork, concern_ids: Sequence[str]) -> dict[str, Latest]:
    if not concern_ids:
        return {}
    meeting = models.Meeting
    found = uow.session.execute(
        select(meeting.concern_id, meeting.state, meeting.round_id)
        .where(meeting.concern_id.in_(concern_ids))
        .order_by(meeting.created_at)
    )
    return {row.concern_id: Latest(State(row.state), row.round_id) for row in found}


def _follow_the_newest_concern(again: Sequence[tuple[models.Meeting, Mapping[str, Any]]]) -> None:
    """An open meeting serves the child's newest concern on its track, of whatever round; else it stays as it
    is. Called off, it has been the meeting of that round too, and none comes in its place.
    """
    for meeting, data in again:
        meeting.concern_id, meeting.round_id = data["concern_id"], data["round_id"]


def _resume(uow: UnitOfWork, received: Sequence[Received]) -> None:
    """Meetings that waited because nobody might contact the parents are looked at again at once."""
    children = {event.data["child_id"] for event in received}
    if children:
        uow.session.execute(
            update(models.Meeting)
            .where(
                one_of(models.Meeting.child_id, children),
                models.Meeting.state == State.REQUIRED.value,
                models.Meeting.attempts > 0,
            )
            .values(attempt_at=clock.now())
            .execution_options(synchronize_session=False)
        )
        _wake_inviting(uow)


def _wake_inviting(uow: UnitOfWork) -> None:
    uow.after_commit(lambda: wake("invite_required"))


def _require(uow: UnitOfWork, required: Sequence[Received]) -> None:
    if not required:
        return
    now = clock.now()
    settings = settings_for(uow.session, {event.data["institution_id"] for event in required})
    rows = {}
    for event in required:
        own = settings[event.data["institution_id"]]
        id_ = str(uuid4())
        rows[id_] = (
            event,
            {
                "meeting_id": id_,
                "version": 1,
                "kind": KIND,
                "state": State.REQUIRED.value,
                "attempt_at": now + own.grace if own.automatic else None,
                "attempts": 0,
                "invitation": 0,
                "chased": 0,
                "sequence": 0,
                "in_calendars": False,
                "roles": {},
                "created_at": now,
                "correlation_id": event.context.correlation_id,
                "traceparent": event.context.traceparent,
                **{
                    name: event.data[name]
                    for name in (
                        "child_id",
                        "track",
                        "concern_id",
                        "round_id",
                        "institution_id",
                        "group_id",
                        "invite_by",
                        "hold_by",
                    )
                },
            },
        )
    ordered = sorted((row for _, row in rows.values()), key=lambda row: (row["child_id"], row["track"]))
    inserted = insert_new(
        uow.session,
        models.Meeting,
        ordered,
        key=["child_id", "track", "kind"],
        where=text(models.OPEN),
        returning=["meeting_id"],
    )
    steps, planned = [], []
    for id_ in (row[0] for row in inserted):
        event, row = rows[id_]
        meeting = models.Meeting(**row)
        uow.emit(
            events.MeetingRequired,
            subject=id_,
            version=1,
            data={
                name: row[name]
                for name in (
                    "meeting_id",
                    "child_id",
                    "concern_id",
                    "track",
                    "kind",
                    "institution_id",
                    "invite_by",
                    "hold_by",
                )
            },
            context=event.context,
        )
        steps.append(telling.step(meeting, "required", at=now))
        if row["attempt_at"] is None:
            planned.append(tasks.for_leader("plan_meeting", meeting, due=row["invite_by"]))
    telling.add_steps(uow.session, steps)
    tasks.give(uow, planned)
    if len(planned) < len(steps):
        _wake_inviting(uow)


def _cancel_silently(uow: UnitOfWork, ended: Sequence[tuple[models.Meeting, Received]], reason: str) -> None:
    if not ended:
        return
    holders = telling.custody_holders(uow.session, {meeting.child_id for meeting, _ in ended})
    steps: list[dict[str, Any]] = []
    for meeting, event in ended:
        meeting.state = after(State(meeting.state), Move.CANCEL).value
        meeting.version += 1
        meeting.end_reason = reason
        meeting.attempt_at = None
        meeting.sequence = next_sequence(meeting.sequence, in_calendars=meeting.in_calendars)
        telling.cancelled(
            uow,
            meeting,
            [holder.guardian_id for holder in holders.get(meeting.child_id, [])],
            reason=reason,
            silent=True,
            context=event.context,
        )
        steps.append(telling.step(meeting, "cancelled", detail=reason))
    ids = [meeting.meeting_id for meeting, _ in ended]
    bookings.release(uow.session, ids)
    uow.session.execute(
        update(models.Proposal)
        .where(models.Proposal.meeting_id.in_(ids), models.Proposal.state != "released")
        .values(state="released")
        .execution_options(synchronize_session=False)
    )
    tasks.settle(uow, ids, tasks.SETTLED_BY_ENDING)
    telling.add_steps(uow.session, steps)
