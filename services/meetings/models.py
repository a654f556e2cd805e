"""The tables of meetings: its own, and its projection of what the registry knows.

Enforced by the database and not only by us: a child has one open focus meeting on a track; a person
has one engagement in a half-hour; a deadline is breached once; a task is given once.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.columns import Id, Moment
from services.chassis.tables import declarative_base_for

Base: Any = declarative_base_for("meetings")

OPEN = "state NOT IN ('closed', 'cancelled')"


class Meeting(Base):
    """A focus meeting, from the concern that requires it to its end."""

    __tablename__ = "meetings"
    __table_args__ = (
        Index(
            "uq_meetings_open",
            "child_id",
            "track",
            "kind",
            unique=True,
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
        Index(
            "ix_meetings_to_invite",
            "attempt_at",
            sqlite_where=text("state = 'required'"),
            postgresql_where=text("state = 'required'"),
        ),
        Index("ix_meetings_state_hold_by", "state", "hold_by"),
        Index("ix_meetings_institution_state", "institution_id", "state"),
    )

    meeting_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    child_id: Mapped[str] = mapped_column(Id, index=True)
    track: Mapped[str] = mapped_column(String(20))
    concern_id: Mapped[str] = mapped_column(Id, index=True)
    round_id: Mapped[str] = mapped_column(Id)
    institution_id: Mapped[str] = mapped_column(Id)
    group_id: Mapped[str] = mapped_column(Id)
    state: Mapped[str] = mapped_column(String(20))
    invite_by: Mapped[date]
    hold_by: Mapped[date]
    # When the invitation job may look at the meeting: after the grace period, or to try again.
    attempt_at: Mapped[datetime | None] = mapped_column(Moment)
    attempts: Mapped[int] = mapped_column(default=0, comment="how often it looked in vain")
    invitation: Mapped[int] = mapped_column(default=0)
    invited_at: Mapped[datetime | None] = mapped_column(Moment)
    answer_by: Mapped[datetime | None] = mapped_column(Moment)
    chased: Mapped[int] = mapped_column(default=0, comment="the last invitation whose silence was noticed")
    link_until: Mapped[datetime | None] = mapped_column(Moment)
    starts_at: Mapped[datetime | None] = mapped_column(Moment)
    ends_at: Mapped[datetime | None] = mapped_column(Moment)
    place: Mapped[str | None] = mapped_column(String(20))
    sequence: Mapped[int] = mapped_column(default=0)
    in_calendars: Mapped[bool] = mapped_column(default=False)
    accepted_by: Mapped[str | None] = mapped_column(Id)
    roles: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    agenda_version: Mapped[int | None]
    # This meeting's own agenda, once somebody has laid it: then no later template changes it.
    agenda_items: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    # What has been chosen for an invitation that is not sent yet: staff_ids, starts_at.
    plan: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    follow_up_on: Mapped[date | None]
    outcome: Mapped[str | None] = mapped_column(String(30))
    end_reason: Mapped[str | None] = mapped_column(String(30))
    end_note: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    # A further meeting follows another. One with specialists rests on a consent, and is suspended without.
    follows: Mapped[str | None] = mapped_column(Id, index=True)
    consent_id: Mapped[str | None] = mapped_column(Id, index=True)
    suspended_at: Mapped[datetime | None] = mapped_column(Moment)
    correlation_id: Mapped[str] = mapped_column(String(80))
    traceparent: Mapped[str | None] = mapped_column(String(80))


class Concern(Base):
    """The newest that is known of a concern, so that late and repeated events change nothing."""

    __tablename__ = "concerns"
    __table_args__ = (Index("ix_concerns_child_standing", "child_id", "standing"),)

    concern_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int]
    child_id: Mapped[str] = mapped_column(Id)
    track: Mapped[str] = mapped_column(String(20))
    standing: Mapped[str] = mapped_column(String(20))
    round_id: Mapped[str | None] = mapped_column(Id)


class MeetingStaff(Base):
    """One of the staff who hold the meeting."""

    __tablename__ = "meeting_staff"

    meeting_id: Mapped[str] = mapped_column(Id, ForeignKey(Meeting.meeting_id), primary_key=True)
    staff_id: Mapped[str] = mapped_column(Id, primary_key=True, index=True)
    capacity: Mapped[str] = mapped_column(String(20))


class MeetingGuardian(Base):
    """A custody holder who is invited, and her answer to the newest invitation she answered.

    ``wishes`` and ``points`` are her own words: they stay in this table.
    """

    __tablename__ = "meeting_guardians"

    meeting_id: Mapped[str] = mapped_column(Id, ForeignKey(Meeting.meeting_id), primary_key=True)
    guardian_id: Mapped[str] = mapped_column(Id, primary_key=True)
    answer: Mapped[str] = mapped_column(String(20), default="none")
    answered_invitation: Mapped[int] = mapped_column(default=0)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    proposal_id: Mapped[str | None] = mapped_column(Id)
    interpreter_language: Mapped[str | None] = mapped_column(String(10))
    interpreter_ordered: Mapped[bool] = mapped_column(default=False, server_default=false())
    interpreter_age: Mapped[str | None] = mapped_column(String(20), comment="adult or unproblematic")
    wishes: Mapped[str | None] = mapped_column(Text)
    points: Mapped[str | None] = mapped_column(Text)


class Proposal(Base):
    """A time for a meeting: offered in an invitation, accepted or fixed by staff, or released again."""

    __tablename__ = "proposals"

    proposal_id: Mapped[str] = mapped_column(Id, primary_key=True)
    meeting_id: Mapped[str] = mapped_column(Id, ForeignKey(Meeting.meeting_id), index=True)
    invitation: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(20))


class Booking(Base):
    """A person's engagement in one half-hour. The primary key is what forbids booking her twice.

    ``hold_id`` names what she is engaged for: a proposal (then ``meeting_id`` says whose), or a time
    that she has blocked herself.
    """

    __tablename__ = "bookings"

    person_id: Mapped[str] = mapped_column(Id, primary_key=True)
    slot_start: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="half-hours since 1970 in UTC"
    )
    hold_id: Mapped[str] = mapped_column(Id)
    meeting_id: Mapped[str | None] = mapped_column(Id, index=True)


class Minutes(Base):
    """The minutes of a meeting, point by point. They have a version of their own, for autosave."""

    __tablename__ = "minutes"

    meeting_id: Mapped[str] = mapped_column(Id, ForeignKey(Meeting.meeting_id), primary_key=True)
    version: Mapped[int]
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    written_by: Mapped[str] = mapped_column(String(80))
    written_at: Mapped[datetime] = mapped_column(Moment)


class SharedMinutes(Base):
    """The minutes as the parents were given them. What is written later is shared as a further edition."""

    __tablename__ = "shared_minutes"

    meeting_id: Mapped[str] = mapped_column(Id, ForeignKey(Meeting.meeting_id), primary_key=True)
    edition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    minutes_version: Mapped[int]
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    agreements: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    follow_up_on: Mapped[date | None]
    link_until: Mapped[datetime] = mapped_column(Moment)
    shared_at: Mapped[datetime] = mapped_column(Moment)
    shared_by: Mapped[str] = mapped_column(String(80))


class Agreement(Base):
    """What somebody took on at the meeting, and when it is due."""

    __tablename__ = "agreements"

    agreement_id: Mapped[str] = mapped_column(Id, primary_key=True)
    meeting_id: Mapped[str] = mapped_column(Id, ForeignKey(Meeting.meeting_id), index=True)
    version: Mapped[int]
    what: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(Text)
    staff_id: Mapped[str | None] = mapped_column(Id)
    due: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(20))


class Task(Base):
    """Something a leader or one of the staff must see to. ``once`` is what makes it given once."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_institution_state_due", "institution_id", "state", "due"),
        Index("ix_tasks_staff_state_due", "staff_id", "state", "due"),
    )

    task_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(30))
    once: Mapped[str] = mapped_column(String(120), unique=True)
    child_id: Mapped[str] = mapped_column(Id, index=True)
    meeting_id: Mapped[str | None] = mapped_column(Id, index=True)
    transition_id: Mapped[str | None] = mapped_column(Id, index=True)
    institution_id: Mapped[str] = mapped_column(Id)
    group_id: Mapped[str] = mapped_column(Id)
    # One person's task, or else one for whoever leads the group or institution.
    staff_id: Mapped[str | None] = mapped_column(Id)
    due: Mapped[date]
    state: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    done_by: Mapped[str | None] = mapped_column(String(80))


class Breach(Base):
    """A deadline that was missed: one row for each meeting and deadline, and so one event."""

    __tablename__ = "breaches"

    meeting_id: Mapped[str] = mapped_column(Id, ForeignKey(Meeting.meeting_id), primary_key=True)
    deadline: Mapped[str] = mapped_column(String(10), primary_key=True)
    breach_id: Mapped[str] = mapped_column(Id)
    due: Mapped[date]
    found_at: Mapped[datetime] = mapped_column(Moment)


class Step(Base):
    """One step in a meeting's course, for the child's timeline: codes only."""

    __tablename__ = "steps"
    __table_args__ = (Index("ix_steps_child_at", "child_id", "at"),)

    step_id: Mapped[str] = mapped_column(Id, primary_key=True)
    meeting_id: Mapped[str] = mapped_column(Id, ForeignKey(Meeting.meeting_id), index=True)
    child_id: Mapped[str] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(Moment)
    kind: Mapped[str] = mapped_column(String(30))
    detail: Mapped[str | None] = mapped_column(String(30))
    invitation: Mapped[int | None]


class SettingsVersion(Base):
    """The settings of the municipality (scope ``*``) or of one institution, as versions."""

    __tablename__ = "settings_versions"

    scope: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    stored_at: Mapped[datetime] = mapped_column(Moment)
    stored_by: Mapped[str] = mapped_column(String(80))


class AgendaVersion(Base):
    """A version of the municipality's agenda template for one kind of meeting."""

    __tablename__ = "agenda_versions"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    stored_at: Mapped[datetime] = mapped_column(Moment)
    stored_by: Mapped[str] = mapped_column(String(80))


class Child(Base):
    """Projection: a child of the registry."""

    __tablename__ = "children"

    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int]
    active: Mapped[bool]


class Enrolment(Base):
    """Projection: where a child is, was or will be; both days belong to the period."""

    __tablename__ = "enrolments"

    child_id: Mapped[str] = mapped_column(Id, ForeignKey(Child.child_id), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    institution_id: Mapped[str] = mapped_column(Id, index=True)
    group_id: Mapped[str] = mapped_column(Id, index=True)
    district_id: Mapped[str | None] = mapped_column(Id, index=True)
    from_day: Mapped[date]
    to_day: Mapped[date | None]


class Guardian(Base):
    """Projection: an adult of a child, with her custody and her language."""

    __tablename__ = "guardians"

    child_id: Mapped[str] = mapped_column(Id, ForeignKey(Child.child_id), primary_key=True)
    guardian_id: Mapped[str] = mapped_column(Id, primary_key=True)
    custody: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(10))
    interpreter: Mapped[bool]


class Institution(Base):
    """Projection: an institution; its kind decides the built-in meeting hours."""

    __tablename__ = "institutions"

    institution_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    district_id: Mapped[str | None] = mapped_column(Id)
    active: Mapped[bool]


class Staff(Base):
    """Projection: one of the staff."""

    __tablename__ = "staff"

    staff_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int]
    active: Mapped[bool]


class Assignment(Base):
    """Projection: a role of one of the staff in a unit, or in ``*``, the whole municipality."""

    __tablename__ = "assignments"
    __table_args__ = (Index("ix_assignments_unit_role", "unit_id", "role"),)

    staff_id: Mapped[str] = mapped_column(Id, ForeignKey(Staff.staff_id), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    role: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[str] = mapped_column(String(36))
    from_day: Mapped[date]
    to_day: Mapped[date | None]


class MeetingSpecialist(Base):
    """A specialist who is to be at a meeting. She sees it while its consent holds, and not a read longer."""

    __tablename__ = "meeting_specialists"

    meeting_id: Mapped[str] = mapped_column(Id, ForeignKey(Meeting.meeting_id), primary_key=True)
    staff_id: Mapped[str] = mapped_column(Id, primary_key=True, index=True)


class Consent(Base):
    """Projection: a consent as far as it opens doors here: for which units, from when, until when."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_child_purpose_state", "child_id", "purpose", "state"),)

    consent_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(comment="of the event that told the state")
    child_id: Mapped[str] = mapped_column(Id)
    purpose: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20))
    recipients: Mapped[list[str]] = mapped_column(JSON)
    information: Mapped[list[str]] = mapped_column(JSON, server_default="[]", comment="kinds, as codes")
    valid_from: Mapped[date]
    valid_to: Mapped[date]


class Transition(Base):
    """A child's change of institution: the form, the parents' look at it, its release and its receipt.

    The sender is responsible until the receiver has accepted. ``form`` and ``remarks`` are people's own
    words: they stay in this table.
    """

    __tablename__ = "transitions"
    __table_args__ = (
        Index(
            "uq_transitions_way",
            "child_id",
            "from_institution_id",
            "to_institution_id",
            "starts_on",
            unique=True,
        ),
        Index("ix_transitions_to_institution_state", "to_institution_id", "state"),
        Index("ix_transitions_from_institution_state", "from_institution_id", "state"),
    )

    transition_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int]
    child_id: Mapped[str] = mapped_column(Id, index=True)
    from_institution_id: Mapped[str] = mapped_column(Id)
    from_group_id: Mapped[str] = mapped_column(Id)
    to_institution_id: Mapped[str] = mapped_column(Id)
    to_group_id: Mapped[str] = mapped_column(Id)
    starts_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(20))
    concern: Mapped[bool]
    meeting_id: Mapped[str | None] = mapped_column(Id, index=True)
    form: Mapped[dict[str, str]] = mapped_column(JSON)
    remarks: Mapped[str | None] = mapped_column(Text)
    reviewed_on: Mapped[date | None]
    policy: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(30))
    consent_id: Mapped[str | None] = mapped_column(Id, index=True)
    released_at: Mapped[datetime | None] = mapped_column(Moment)
    released_by: Mapped[str | None] = mapped_column(String(80))
    received_at: Mapped[datetime | None] = mapped_column(Moment)
    received_by: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Moment)
    # How often the parents have been shown the form; since when the newest link shows it as it stands.
    edition: Mapped[int] = mapped_column(default=0, server_default="0")
    shown_at: Mapped[datetime | None] = mapped_column(Moment)
    link_until: Mapped[datetime | None] = mapped_column(Moment)


class TransitionLook(Base):
    """A custody holder's answer about the form: that she has seen it, whether she objects to its being
    passed on, and her own words, which stay in this table."""

    __tablename__ = "transition_looks"

    transition_id: Mapped[str] = mapped_column(Id, ForeignKey(Transition.transition_id), primary_key=True)
    guardian_id: Mapped[str] = mapped_column(Id, primary_key=True)
    edition: Mapped[int]
    seen_at: Mapped[datetime] = mapped_column(Moment)
    objects: Mapped[bool]
    words: Mapped[str | None] = mapped_column(Text)


class TransitionStep(Base):
    """One step of a change of institution, for the child's timeline: codes only."""

    __tablename__ = "transition_steps"
    __table_args__ = (Index("ix_transition_steps_child_at", "child_id", "at"),)

    step_id: Mapped[str] = mapped_column(Id, primary_key=True)
    transition_id: Mapped[str] = mapped_column(Id, ForeignKey(Transition.transition_id), index=True)
    child_id: Mapped[str] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(Moment)
    kind: Mapped[str] = mapped_column(String(30))
    detail: Mapped[str | None] = mapped_column(String(30))
