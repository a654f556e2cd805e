"""What the calls of meetings give."""

from __future__ import annotations

from services.chassis.schemas import Gives, Uid, fields


class ProposalOut(Gives):
    proposal_id = Uid()
    invitation = fields.Integer()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    state = fields.String()


class _StaffOut(Gives):
    staff_id = Uid()
    capacity = fields.String()


class _GuardianOut(Gives):
    """A custody holder's answer, with her own words, for those who hold the meeting."""

    guardian_id = Uid()
    answer = fields.String()
    answered_at = fields.AwareDateTime(allow_none=True)
    proposal_id = Uid(allow_none=True)
    interpreter_language = fields.String(allow_none=True)
    interpreter_ordered = fields.Boolean()
    interpreter_age = fields.String(allow_none=True)
    wishes = fields.String(allow_none=True)
    points = fields.String(allow_none=True)


class AgendaItem(Gives):
    code = fields.String()
    heading = fields.String()
    hint = fields.String()


class Agenda(Gives):
    kind = fields.String()
    version = fields.Integer()
    items = fields.List(fields.Nested(AgendaItem))


class _MinutesItem(Gives):
    code = fields.String()
    heading = fields.String(allow_none=True)
    text = fields.String()


class Minutes(Gives):
    meeting_id = Uid()
    version = fields.Integer()
    written_by = fields.String()
    written_at = fields.AwareDateTime()
    items = fields.List(fields.Nested(_MinutesItem))


class _Shared(Gives):
    """The newest edition of the minutes that the parents have; ``minutes_version`` is what it was made of."""

    edition = fields.Integer()
    minutes_version = fields.Integer()
    shared_at = fields.AwareDateTime()


class Agreement(Gives):
    agreement_id = Uid()
    meeting_id = Uid()
    version = fields.Integer()
    what = fields.String()
    who = fields.String()
    staff_id = Uid(allow_none=True)
    due = fields.Date(allow_none=True)
    state = fields.String()


class _SpecialistOut(Gives):
    staff_id = Uid()


class MeetingSummary(Gives):
    """A meeting as it stands in a list. ``version`` is its ETag."""

    meeting_id = Uid()
    version = fields.Integer()
    kind = fields.String()
    child_id = Uid()
    track = fields.String()
    concern_id = Uid()
    round_id = Uid()
    institution_id = Uid()
    group_id = Uid()
    state = fields.String()
    invite_by = fields.Date()
    hold_by = fields.Date()
    invitation = fields.Integer()
    invited_at = fields.AwareDateTime(allow_none=True)
    answer_by = fields.AwareDateTime(allow_none=True)
    starts_at = fields.AwareDateTime(allow_none=True)
    ends_at = fields.AwareDateTime(allow_none=True)
    place = fields.String(allow_none=True)
    follow_up_on = fields.Date(allow_none=True)
    outcome = fields.String(allow_none=True)
    end_reason = fields.String(allow_none=True)
    follows = Uid(allow_none=True)
    consent_id = Uid(allow_none=True)
    suspended_at = fields.AwareDateTime(allow_none=True)


class Meeting(MeetingSummary):
    """A meeting with all that belongs to it; ``moves`` are what its state now allows."""

    sequence = fields.Integer()
    accepted_by = Uid(allow_none=True)
    end_note = fields.String(allow_none=True)
    roles = fields.Dict(keys=fields.String(), values=Uid(allow_none=True))
    staff = fields.List(fields.Nested(_StaffOut))
    guardians = fields.List(fields.Nested(_GuardianOut))
    proposals = fields.List(fields.Nested(ProposalOut))
    agenda = fields.Nested(Agenda)
    minutes = fields.Nested(Minutes, allow_none=True)
    agreements = fields.List(fields.Nested(Agreement))
    shared = fields.Nested(_Shared, allow_none=True)
    plan = fields.Dict(allow_none=True)
    started_at = fields.AwareDateTime(allow_none=True)
    moves = fields.List(fields.String())
    specialists = fields.List(fields.Nested(_SpecialistOut))
    consent = fields.String()


class _Specialist(Gives):
    """``unit_ids``: where she works as one, of which a consent names one."""

    staff_id = Uid()
    unit_ids = fields.List(fields.String())


class Specialists(Gives):
    items = fields.List(fields.Nested(_Specialist))


class Meetings(Gives):
    items = fields.List(fields.Nested(MeetingSummary))
    next = fields.String(allow_none=True)


class _Stretch(Gives):
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()


class SuggestedTimes(Gives):
    """The times and people that would be proposed; ``reason`` says why there are none."""

    times = fields.List(fields.Nested(_Stretch))
    staff = fields.List(fields.Nested(_StaffOut))
    reason = fields.String(allow_none=True)


class _DraftTime(_Stretch):
    """``engaged`` are those of the chosen staff who cannot at that time; ``passed``: it lies in the past."""

    engaged = fields.List(Uid())
    passed = fields.Boolean()


class Draft(Gives):
    """An invitation as it would go out now, and what stands in its way.

    ``suggested`` are times at which all the chosen staff are free. ``answer_by`` is empty as long as no
    time is chosen. ``reason`` is ``first`` or ``new_times``.
    """

    meeting_id = Uid()
    version = fields.Integer()
    staff = fields.List(fields.Nested(_StaffOut))
    candidates = fields.List(fields.Nested(_StaffOut))
    times = fields.List(fields.Nested(_DraftTime))
    suggested = fields.List(fields.Nested(_Stretch))
    answer_by = fields.AwareDateTime(allow_none=True)
    place = fields.String()
    reason = fields.String()
    guardian_ids = fields.List(Uid())
    withheld = fields.Boolean()


class _Busy(Gives):
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    kind = fields.String()
    block_id = Uid(allow_none=True)


class _Person(Gives):
    staff_id = Uid()
    capacity = fields.String()
    busy = fields.List(fields.Nested(_Busy))


class Calendars(Gives):
    """Who could hold the meeting and when each is engaged: with a meeting, or blocked by herself."""

    people = fields.List(fields.Nested(_Person))


class Block(Gives):
    block_id = Uid()
    staff_id = Uid()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()


class _OwnAnswer(Gives):
    answer = fields.String()
    proposal_id = Uid(allow_none=True)
    wishes = fields.String(allow_none=True)
    points = fields.String(allow_none=True)
    interpreter_language = fields.String(allow_none=True)


class ParentView(Gives):
    """What a custody holder sees behind her link, and only what is hers.

    ``state``: ``open`` (a time can be chosen), ``answered`` (she has answered, no time is fixed yet),
    ``too_late`` (nobody chose in time), ``confirmed``, ``cancelled`` or ``over``. ``outcome`` tells what
    became of an answer just given: ``confirmed``, ``already_confirmed`` (another custody holder
    chose first), ``new_times``, ``noted``.
    """

    meeting_id = Uid()
    child_id = Uid()
    guardian_id = Uid()
    institution_id = Uid()
    language = fields.String()
    invitation = fields.Integer()
    state = fields.String()
    outcome = fields.String(allow_none=True)
    answer_by = fields.AwareDateTime(allow_none=True)
    proposals = fields.List(fields.Nested(ProposalOut, only=("proposal_id", "starts_at", "ends_at")))
    starts_at = fields.AwareDateTime(allow_none=True)
    ends_at = fields.AwareDateTime(allow_none=True)
    place = fields.String(allow_none=True)
    sequence = fields.Integer()
    own = fields.Nested(_OwnAnswer)
    agenda = fields.List(fields.Nested(AgendaItem, only=("code", "heading")))


class MinutesView(Gives):
    """The minutes as one custody holder reads them behind her link: what was shared, and nothing else."""

    meeting_id = Uid()
    child_id = Uid()
    guardian_id = Uid()
    institution_id = Uid()
    language = fields.String()
    edition = fields.Integer()
    starts_at = fields.AwareDateTime(allow_none=True)
    ends_at = fields.AwareDateTime(allow_none=True)
    place = fields.String(allow_none=True)
    shared_at = fields.AwareDateTime()
    follow_up_on = fields.Date(allow_none=True)
    items = fields.List(fields.Nested(_MinutesItem))
    agreements = fields.List(fields.Nested(Agreement, only=("what", "who", "due")))


class Task(Gives):
    """``kind`` is a code that the reader's page has words for; ``staff_id`` is empty for a leader's task."""

    task_id = Uid()
    version = fields.Integer()
    kind = fields.String()
    child_id = Uid()
    meeting_id = Uid(allow_none=True)
    transition_id = Uid(allow_none=True)
    institution_id = Uid()
    group_id = Uid()
    staff_id = Uid(allow_none=True)
    due = fields.Date()
    state = fields.String()
    created_at = fields.AwareDateTime()
    done_at = fields.AwareDateTime(allow_none=True)


class Tasks(Gives):
    items = fields.List(fields.Nested(Task))
    next = fields.String(allow_none=True)


class _TimelineItem(Gives):
    at = fields.AwareDateTime()
    kind = fields.String()
    detail = fields.String(allow_none=True)
    meeting_id = Uid(allow_none=True)
    transition_id = Uid(allow_none=True)
    concern_id = Uid(allow_none=True)
    track = fields.String(allow_none=True)
    meeting_kind = fields.String(allow_none=True)
    invitation = fields.Integer(allow_none=True)


class Timeline(Gives):
    items = fields.List(fields.Nested(_TimelineItem))


class Settings(Gives):
    """``values`` are the scope's own, ``effective`` what applies when the layers are laid together."""

    institution_id = Uid(allow_none=True)
    version = fields.Integer()
    values = fields.Dict()
    effective = fields.Dict()


class Rebuilt(Gives):
    """How many records of each kind were read from the registry, and from consent."""

    children = fields.Integer()
    institutions = fields.Integer()
    staff = fields.Integer()
    consents = fields.Integer()
