"""Giving tasks: what a leader or one of the staff must see to, each given once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import update

from services.chassis import clock
from services.chassis.database import UnitOfWork, insert_new
from services.meetings import models

KINDS = (
    "concern_withheld",  # nobody may contact the parents; decide what to do
    "concern_settled",  # the concern has gone after the invitation went out; hold the meeting or cancel it
    "plan_meeting",  # invitations are sent by staff here
    "no_free_time",  # no time was found within the deadline
    "no_staff",  # nobody is assigned who could hold the meeting
    "no_custody_holder",  # there is nobody to invite
    "no_answer",  # nobody answered in time
    "times_wanted",  # the parents asked for other times, and staff must find them
    "declined",  # every custody holder has declined
    "parent_cannot",  # a custody holder cannot come at the time that has been fixed
    "book_interpreter",  # a custody holder needs one
    "child_moved",  # the child has moved to another institution before the meeting
    "invite_overdue",  # the deadline for inviting has been missed
    "hold_overdue",  # the deadline for holding the meeting has been missed
    "send_minutes",  # the meeting has been held; the parents are to have its minutes
    "follow_up",  # see with the parents how it goes
    "agreement",  # something taken on at a meeting
    "consent_granted",  # the consent that a further meeting waited for is there
    "consent_declined",  # it will not come; decide with the parents what to do instead
    "consent_withdrawn",  # what the meeting rested on is gone; it is suspended
    "transition",  # a child with a concern changes institution; fill the form and offer a meeting
    "transition_blocked",  # the form may not be passed on, or no longer
    "transition_reviewed",  # the parents have answered about the form; pass it on or see what they wrote
    "receive_transition",  # a form has been passed on; accept it, and with it the responsibility
    "join_meeting",  # one's own place receives the child; take part in the meeting
)

ABOUT_TRANSITIONS = ("transition", "transition_blocked", "transition_reviewed", "receive_transition")

SETTLED_BY_INVITING = (
    "plan_meeting",
    "no_free_time",
    "no_staff",
    "no_custody_holder",
    "no_answer",
    "times_wanted",
    "declined",
    "invite_overdue",
)
"""A new invitation, or a time fixed, is what these asked for."""

SETTLED_BY_ENDING = (
    *SETTLED_BY_INVITING,
    "concern_settled",
    "parent_cannot",
    "book_interpreter",
    "child_moved",
    "hold_overdue",
    "follow_up",
    "consent_granted",
    "consent_declined",
    "consent_withdrawn",
    "join_meeting",
)


def for_leader(
    kind: str, about: models.Meeting, *, once: object = "", due: date | None = None
) -> dict[str, Any]:
    """A task about a meeting for whoever leads its group or institution. ``once`` tells it from others
    of its kind about the same meeting."""
    return {
        **_task(kind, f"{kind}:{about.meeting_id}:{once}", about.child_id, about.meeting_id, due),
        "institution_id": about.institution_id,
        "group_id": about.group_id,
        "staff_id": None,
    }


def for_leader_at(place: models.Enrolment, kind: str, about: models.Meeting) -> dict[str, Any]:
    """A task about a meeting for the leader of another place, where the child now is."""
    there = {"institution_id": place.institution_id, "group_id": place.group_id}
    return {**for_leader(kind, about, once=place.institution_id), **there}


def for_staff(
    kind: str, about: models.Meeting, staff_id: str | None, *, once: object = "", due: date | None = None
) -> dict[str, Any]:
    """A task about a meeting for one of the staff, or for the leader where there is no such person."""
    return {**for_leader(kind, about, once=once, due=due), "staff_id": staff_id}


def about_concern(
    kind: str, *, concern_id: str, version: int, child_id: str, institution_id: str, group_id: str
) -> dict[str, Any]:
    """A leader's task about a concern that has no meeting."""
    return {
        **_task(kind, f"{kind}:{concern_id}:{version}", child_id, None, None),
        "institution_id": institution_id,
        "group_id": group_id,
        "staff_id": None,
    }


def give(uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
    """Gives the tasks that have not been given before."""
    insert_new(uow.session, models.Task, sorted(rows, key=lambda row: str(row["once"])), key=["once"])


def settle(uow: UnitOfWork, meeting_ids: Collection[str], kinds: Collection[str]) -> None:
    """Marks the open tasks of these kinds as done: what they asked for has happened."""
    if not meeting_ids:
        return
    uow.session.execute(
        update(models.Task)
        .where(
            models.Task.meeting_id.in_(meeting_ids),
            models.Task.kind.in_(kinds),
            models.Task.state == "open",
        )
        .values(state="done", done_at=clock.now(), version=models.Task.version + 1)
        .execution_options(synchronize_session=False)
    )


def settle_about(uow: UnitOfWork, transition_id: str, kinds: Collection[str] = ABOUT_TRANSITIONS) -> None:
    """Marks the open tasks of these kinds about a transition as done: what they asked for has happened."""
    uow.session.execute(
        update(models.Task)
        .where(
            models.Task.transition_id == transition_id,
            models.Task.kind.in_(kinds),
            models.Task.state == "open",
        )
        .values(state="done", done_at=clock.now(), version=models.Task.version + 1)
        .execution_options(synchronize_session=False)
    )


def bare(kind: str, once: str, child_id: str, due: date | None = None) -> dict[str, Any]:
    """A task that is about no meeting; whose it is is for the caller to say."""
    return _task(kind, once, child_id, None, due)


def settle_once(uow: UnitOfWork, once: str) -> None:
    """Marks the one task of that name as done."""
    uow.session.execute(
        update(models.Task)
        .where(models.Task.once == once, models.Task.state == "open")
        .values(state="done", done_at=clock.now(), version=models.Task.version + 1)
        .execution_options(synchronize_session=False)
    )


def _task(kind: str, once: str, child_id: str, meeting_id: str | None, due: date | None) -> dict[str, Any]:
    return {
        "task_id": str(uuid4()),
        "version": 1,
        "kind": kind,
        "once": once,
        "child_id": child_id,
        "meeting_id": meeting_id,
        "transition_id": None,
        "due": due or clock.today(),
        "state": "open",
        "created_at": clock.now(),
    }
