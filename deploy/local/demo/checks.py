"""The invariants of the chain, each checked from the services' own databases and the broker.

*Lost* is an effect that should be there and is not; *doubled* one that is there more often than once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from sqlalchemy import or_, select

from deploy.local.demo.quiet import depths, plans
from deploy.local.demo.stores import Stores
from deploy.local.house import House
from services.assessment import models as assessment
from services.chassis import clock, topology
from services.chassis.catalogue import route
from services.meetings import models as meetings
from services.notifications import models as notifications
from services.registry import models as registry

OPEN = ("required", "invited", "confirmed", "held", "follow_up_due", "declined", "no_show")
GONE = ("suppressed",)


@dataclass
class Found:
    """What there is, and what is wrong with it, each fault in a sentence without personal data."""

    concerns: int = 0
    withheld: int = 0
    notices: int = 0
    meetings: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Is nothing lost, doubled or leaked?"""
        return not (self.lost or self.doubled or self.leaked)


def check(house: House, stores: Stores, round_id: str) -> Found:
    """All invariants of the concerns of one round, and of the bus as a whole."""
    found = Found()
    _outboxes(stores, found)
    _dead_letters(house, found)
    _handled_once(stores, found)
    _concerns(stores, round_id, found)
    _bookings(stores, found)
    return found


def _outboxes(stores: Stores, found: Found) -> None:
    """Whatever was decided has been told."""
    for service in stores.each():
        outbox = stores.table(service, "outbox")
        left = stores.count(service, select(outbox.c.seq).where(outbox.c.published_at.is_(None)))
        if left:
            found.lost.append(f"{left} events of {service} were never published")


def _dead_letters(house: House, found: Found) -> None:
    """Nothing was given up."""
    names = [topology.dead_letters(plan.service) for plan in plans()]
    for name, count in depths(house.environment["AMQP_URI"], names).items():
        if count:
            found.lost.append(f"{count} messages lie in {name}")


def _handled_once(stores: Stores, found: Found) -> None:
    """Each event that a service subscribes to was handled there: its inbox holds the event's id."""
    sent: dict[tuple[str, str], set[str]] = defaultdict(set)
    for service in stores.each():
        outbox = stores.table(service, "outbox")
        for row in stores.rows(service, select(outbox.c.id, outbox.c.type)):
            sent[service, route(row.type).routing_key].add(row.id)
    for plan in plans():
        inbox = stores.table(plan.service, "inbox")
        handled: dict[str, set[str]] = defaultdict(set)
        for row in stores.rows(plan.service, select(inbox.c.consumer, inbox.c.event_id)):
            handled[row.consumer].add(row.event_id)
        for subscription in plan.subscriptions:
            missing = sent[subscription.source, subscription.event] - handled[subscription.queue]
            if missing:
                found.lost.append(f"{len(missing)} events never reached {subscription.queue}")


def _concerns(stores: Stores, round_id: str, found: Found) -> None:
    """Each concern that is not withheld has one open meeting and one notice for each custody holder."""
    concern = assessment.Concern
    of_round = select(concern.id, concern.child_id, concern.track, concern.state)
    concerns = stores.rows("assessment", of_round.where(concern.round_id == round_id))
    step = assessment.ConcernStep
    raised = select(step.concern_id).where(step.state == "raised")
    ever_raised = {row.concern_id for row in stores.rows("assessment", raised)}
    open_meetings = _open_meetings(stores)
    told = _told(stores)
    holders = _custody_holders(stores)
    found.concerns = len(concerns)
    for one in concerns:
        what = f"concern {one.id}"
        there = open_meetings[one.child_id, one.track]
        found.meetings += len(there)
        found.notices += sum(told[one.id].values())
        if one.state == "raised":
            if one.id not in there:
                found.lost.append(f"{what} has no open meeting")
            if len(there) > 1:
                found.doubled.append(f"{what} has {len(there)} open meetings")
            for guardian in holders[one.child_id]:
                if told[one.id][guardian] == 0:
                    found.lost.append(f"{what}: a custody holder was not told")
            for guardian, count in told[one.id].items():
                if count > 1:
                    found.doubled.append(f"{what}: a custody holder was told {count} times")
                if guardian not in holders[one.child_id]:
                    found.leaked.append(f"{what}: somebody without custody was told")
        elif one.state == "withheld":
            found.withheld += 1
            if there:
                found.leaked.append(f"{what} is withheld and has a meeting")
            if one.id not in ever_raised and told[one.id]:
                found.leaked.append(f"{what} was withheld from the start and somebody was told")


def _open_meetings(stores: Stores) -> dict[tuple[str, str], list[str]]:
    """The concerns of the open meetings, by child and track."""
    meeting = meetings.Meeting
    wanted = select(meeting.child_id, meeting.track, meeting.concern_id).where(meeting.state.in_(OPEN))
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in stores.rows("meetings", wanted):
        found[row.child_id, row.track].append(row.concern_id)
    return found


def _told(stores: Stores) -> dict[str, Counter[str]]:
    """How often each guardian was, or is about to be, told of each concern."""
    notice = notifications.Notice
    wanted = select(notice.subject_id, notice.guardian_id).where(
        notice.about == "concern", notice.state.not_in(GONE)
    )
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in stores.rows("notifications", wanted):
        found[row.subject_id][row.guardian_id] += 1
    return found


def _custody_holders(stores: Stores) -> dict[str, set[str]]:
    """Who holds custody of each child, by the registry."""
    custody = registry.Custody
    wanted = select(custody.child_id, custody.guardian_id).where(
        custody.custody.in_(("sole", "joint")),
        or_(custody.ended_on.is_(None), custody.ended_on > clock.today()),
    )
    found: dict[str, set[str]] = defaultdict(set)
    for row in stores.rows("registry", wanted):
        found[row.child_id].add(row.guardian_id)
    return found


def _bookings(stores: Stores, found: Found) -> None:
    """Nobody sits in two confirmed meetings at a time: the booking table promises it."""
    meeting, staff = meetings.Meeting, meetings.MeetingStaff
    wanted = (
        select(staff.staff_id, meeting.starts_at, meeting.ends_at)
        .join(meeting, meeting.meeting_id == staff.meeting_id)
        .where(meeting.state == "confirmed")
        .order_by(staff.staff_id, meeting.starts_at)
    )
    rows = stores.rows("meetings", wanted)
    for before, after in pairwise(rows):
        if before.staff_id == after.staff_id and after.starts_at < before.ends_at:
            found.doubled.append(f"one of the staff is in two meetings at {after.starts_at:%d.%m. %H:%M}")
