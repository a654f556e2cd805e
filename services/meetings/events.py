"""The events that meetings publishes: ids, codes, dates and times, never what somebody wrote.

``subject`` is the meeting's id and the event's version the meeting's version, except for
``deadline.breached``, whose subject is the breach itself (one for each meeting and deadline), and
``transition.shown``, whose subject is the transition.
"""

from __future__ import annotations

from marshmallow import RAISE, Schema, validate

from services.chassis.catalogue import Event, Uid, code, fields

KLE = "28.09.24"
"""Forældrekontakt og -samarbejde in KLE, the municipalities' common subject plan."""

TRACKS = ("institution", "home")
KINDS = ("focus", "follow_up", "specialist", "transition")


class Proposal(Schema):
    """One time that the parents may choose."""

    class Meta:
        unknown = RAISE

    proposal_id = Uid(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)


class MeetingRequired(Event):
    """A focus meeting must be held about the child. The parents have not been invited yet.

    For calendars and case systems that want to know that a meeting is coming. The dates are
    the municipality's deadlines for inviting to it and for holding it.
    """

    type = "dk.trivsel.meetings.meeting.required.v1"
    public = True
    expected = False
    sensitivity = "confidential"
    kle = KLE
    meeting_id = Uid(required=True)
    child_id = Uid(required=True)
    concern_id = Uid(required=True)
    track = fields.String(required=True, validate=validate.OneOf(TRACKS))
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    institution_id = Uid(required=True)
    invite_by = fields.Date(required=True)
    hold_by = fields.Date(required=True)


class MeetingInvited(Event):
    """The parents are to be invited, each custody holder with a link of her own.

    ``invitation`` counts from 1; a new one takes the place of the one before, whose links then
    answer nothing. Until ``answer_by`` a proposal can be accepted; until ``link_until`` the link
    still shows what was agreed and takes points for the agenda, so a link is signed to expire
    then. ``reason`` is ``first`` or ``new_times``. ``guardian_ids`` are the custody holders;
    whether a young person is written to as well is for the one who writes.
    """

    type = "dk.trivsel.meetings.meeting.invited.v1"
    meeting_id = Uid(required=True)
    child_id = Uid(required=True)
    institution_id = Uid(required=True)
    invitation = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    answer_by = fields.AwareDateTime(required=True)
    link_until = fields.AwareDateTime(required=True)
    guardian_ids = fields.List(Uid(), required=True)
    proposals = fields.List(fields.Nested(Proposal), required=True, validate=validate.Length(min=1))
    reason = fields.String(required=True, validate=validate.OneOf(["first", "new_times"]))


class MeetingAnswered(Event):
    """A custody holder has answered the invitation; what she wrote stays in meetings."""

    type = "dk.trivsel.meetings.meeting.answered.v1"
    expected = False
    meeting_id = Uid(required=True)
    child_id = Uid(required=True)
    guardian_id = Uid(required=True)
    invitation = fields.Integer(required=True, strict=True)
    answer = fields.String(required=True, validate=validate.OneOf(["accepted", "other_times", "declined"]))
    interpreter = fields.Boolean(required=True)


class MeetingConfirmed(Event):
    """The time is fixed, or has been moved to another: then ``sequence`` is higher.

    ``sequence`` is iCalendar's SEQUENCE for the meeting's one UID. ``accepted_by`` is the custody
    holder who chose the time, or nothing when staff fixed it; ``guardian_ids`` are all who are
    to be told.
    """

    type = "dk.trivsel.meetings.meeting.confirmed.v1"
    meeting_id = Uid(required=True)
    child_id = Uid(required=True)
    institution_id = Uid(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    sequence = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))
    guardian_ids = fields.List(Uid(), required=True)
    accepted_by = Uid(required=True, allow_none=True)
    place = fields.String(required=True, validate=validate.OneOf(["institution", "online"]))


class MeetingCancelled(Event):
    """The meeting will not be held.

    ``silent`` means that the parents must hear nothing: they were never invited, or nobody may
    contact them. ``confirmed`` tells whether a calendar holds the meeting and must let go of it.
    """

    type = "dk.trivsel.meetings.meeting.cancelled.v1"
    meeting_id = Uid(required=True)
    child_id = Uid(required=True)
    institution_id = Uid(required=True)
    invited = fields.Boolean(required=True)
    confirmed = fields.Boolean(required=True)
    silent = fields.Boolean(required=True)
    sequence = fields.Integer(required=True, strict=True)
    guardian_ids = fields.List(Uid(), required=True)
    starts_at = fields.AwareDateTime(required=True, allow_none=True)
    ends_at = fields.AwareDateTime(required=True, allow_none=True)
    reason = fields.String(required=True, validate=validate.OneOf(["settled", "withheld", "staff", "moved"]))


class MeetingHeld(Event):
    """The meeting took place. What was said there stays in its minutes; agreements may follow."""

    type = "dk.trivsel.meetings.meeting.held.v1"
    expected = False
    meeting_id = Uid(required=True)
    child_id = Uid(required=True)
    institution_id = Uid(required=True)
    held_at = fields.AwareDateTime(required=True)


class MinutesSent(Event):
    """The minutes are to be given to the parents, each custody holder by a link of her own.

    ``subject`` is the meeting and the version its ``edition``, which counts from 1: minutes that are
    mended are sent as a new one, whose link takes the place of the last. What they say stays in
    meetings; the link shows it until ``link_until``.
    """

    type = "dk.trivsel.meetings.minutes.sent.v1"
    meeting_id = Uid(required=True)
    child_id = Uid(required=True)
    institution_id = Uid(required=True)
    edition = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    link_until = fields.AwareDateTime(required=True)
    guardian_ids = fields.List(Uid(), required=True)


class MeetingClosed(Event):
    """The meeting and what was agreed at it are done with; ``outcome`` is a code."""

    type = "dk.trivsel.meetings.meeting.closed.v1"
    expected = False
    meeting_id = Uid(required=True)
    child_id = Uid(required=True)
    institution_id = Uid(required=True)
    outcome = fields.String(required=True, validate=code())


class DeadlineBreached(Event):
    """A deadline passed before what it was for had been done. Told once for a meeting and deadline.

    ``deadline`` is ``invite`` (the parents should have been invited by then) or ``hold`` (the
    meeting should have been held).
    """

    type = "dk.trivsel.meetings.deadline.breached.v1"
    public = True
    expected = False
    sensitivity = "confidential"
    kle = KLE
    meeting_id = Uid(required=True)
    child_id = Uid(required=True)
    deadline = fields.String(required=True, validate=validate.OneOf(["invite", "hold"]))
    due = fields.Date(required=True)
    institution_id = Uid(required=True)


class WithdrawalAcknowledged(Event):
    """The withdrawal of a consent is in force here: what rested on it is suspended, its readers shut out.

    Consent waits for it: it asks after whoever has not acted on a withdrawal.
    """

    type = "dk.trivsel.meetings.withdrawal.acknowledged.v1"
    consent_id = Uid(required=True)
    child_id = Uid(required=True)


class TransitionShown(Event):
    """The custody holders of a child who changes institution are to read the form, each by a link of her own.

    ``edition`` counts from 1: a form that has changed is shown as a new one, whose link takes the place
    of the last. What the form says stays in meetings; the link shows it until ``link_until``.
    ``institution_id`` is the place that has written it.
    """

    type = "dk.trivsel.meetings.transition.shown.v1"
    transition_id = Uid(required=True)
    child_id = Uid(required=True)
    institution_id = Uid(required=True)
    edition = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    link_until = fields.AwareDateTime(required=True)
    guardian_ids = fields.List(Uid(), required=True)


CATALOGUE = [
    MeetingRequired,
    MeetingInvited,
    MeetingAnswered,
    MeetingConfirmed,
    MeetingCancelled,
    MeetingHeld,
    MinutesSent,
    MeetingClosed,
    DeadlineBreached,
    WithdrawalAcknowledged,
    TransitionShown,
]
