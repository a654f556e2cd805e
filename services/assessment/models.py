"""Assessment's tables: what it owns, and what it knows of registry.

The rules that must hold whoever writes are the database's own: one entry of a child in a round at a time, one
joint rating in force for a child and track, one open concern for a child and track, one open round for a
kind of institution.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Id, Moment, declarative_base_for

Base: Any = declarative_base_for("assessment")


def _only(name: str, *columns: str, where: str, unique: bool = True) -> Index:
    """An index on the rows where a condition holds, the same on both engines."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


# What registry tells ------------------------------------------------------------------------------------


class Child(Base):
    """A child, as much as assessment needs: its age, and whether it is still the municipality's."""

    __tablename__ = "child"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int]
    born: Mapped[date | None]
    active: Mapped[bool]


class Enrolment(Base):
    """Where a child is, was or will be. Both days belong to it."""

    __tablename__ = "enrolment"
    child_id: Mapped[str] = mapped_column(Id, ForeignKey("child.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    institution_id: Mapped[str] = mapped_column(Id, index=True)
    group_id: Mapped[str] = mapped_column(Id, index=True)
    district_id: Mapped[str | None] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(String(20))
    first: Mapped[date] = mapped_column(index=True)
    last: Mapped[date | None] = mapped_column(index=True)


class Institution(Base):
    """An institution of one kind in a district."""

    __tablename__ = "institution"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    district_id: Mapped[str | None] = mapped_column(Id)
    active: Mapped[bool]


class Group(Base):
    """A group of children in an institution; ``grade`` is a school class's."""

    __tablename__ = "care_group"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    institution_id: Mapped[str] = mapped_column(Id, ForeignKey("institution.id"), index=True)
    grade: Mapped[int | None] = mapped_column(SmallInteger)
    active: Mapped[bool]


class Staff(Base):
    """A member of staff."""

    __tablename__ = "staff"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int]
    active: Mapped[bool]


class Assignment(Base):
    """A role somewhere; ``unit_id`` is ``*`` for the whole municipality."""

    __tablename__ = "assignment"
    staff_id: Mapped[str] = mapped_column(Id, ForeignKey("staff.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    role: Mapped[str] = mapped_column(String(30))
    unit_kind: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[str] = mapped_column(String(36), index=True)
    first: Mapped[date | None]
    last: Mapped[date | None]


# What consent tells -------------------------------------------------------------------------------------


class Consent(Base):
    """A consent to share the child's record with units, as far as it opens the door to its ratings; or the
    end of any consent, of which no more need be known."""

    __tablename__ = "consent"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(comment="of the event that told the state")
    child_id: Mapped[str] = mapped_column(Id)
    state: Mapped[str] = mapped_column(String(20))
    units: Mapped[list[str]] = mapped_column(JSON)
    information: Mapped[list[str]] = mapped_column(JSON, comment="kinds, as codes")
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    __table_args__ = (Index("ix_consent_child_state", "child_id", "state"),)


# The model profile --------------------------------------------------------------------------------------


class ModelProfile(Base):
    """One version of the municipality's way of using the model; never changed once stored."""

    __tablename__ = "model_profile"
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(Text)
    stored_at: Mapped[datetime] = mapped_column(Moment)
    stored_by: Mapped[str] = mapped_column(String(80))


class Indicator(Base):
    """A sign to look for around a child of an age, in one position; belongs to a version of the profile."""

    __tablename__ = "indicator"
    profile_version: Mapped[int] = mapped_column(ForeignKey("model_profile.version"), primary_key=True)
    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    ordinal: Mapped[int]
    age_band: Mapped[str] = mapped_column(String(10))
    domain: Mapped[str] = mapped_column(String(20))
    position: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)


# Rounds ------------------------------------------------------------------------------------------------


class Round(Base):
    """A round of rating. ``roster_on`` is the day to which its list has followed enrolments."""

    __tablename__ = "assessment_round"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(10))
    version: Mapped[int]
    profile_version: Mapped[int | None] = mapped_column(ForeignKey("model_profile.version"))
    first: Mapped[date] = mapped_column(index=True)
    last: Mapped[date]
    planned_at: Mapped[datetime] = mapped_column(Moment)
    planned_by: Mapped[str] = mapped_column(String(80))
    opened_at: Mapped[datetime | None] = mapped_column(Moment)
    opened_by: Mapped[str | None] = mapped_column(String(80))
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_by: Mapped[str | None] = mapped_column(String(80))
    roster_on: Mapped[date | None]


class RoundWindow(Base):
    """When the institutions of one kind rate in a round."""

    __tablename__ = "round_window"
    round_id: Mapped[str] = mapped_column(Id, ForeignKey("assessment_round.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    first: Mapped[date]
    last: Mapped[date]
    is_open: Mapped[bool]
    __table_args__ = (_only("uq_round_window_open_kind", "kind", where="is_open"),)


class ChildAssessment(Base):
    """One child in one round at one institution.

    ``version`` counts every change, ``settled`` is the version of the last change that was not an own rating.
    ``left_on`` is set when the child is no longer there, whatever its state.
    """

    __tablename__ = "child_assessment"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    round_id: Mapped[str] = mapped_column(Id, ForeignKey("assessment_round.id"))
    child_id: Mapped[str] = mapped_column(Id, index=True)
    institution_id: Mapped[str] = mapped_column(Id)
    group_id: Mapped[str] = mapped_column(Id)
    district_id: Mapped[str | None] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(String(20))
    age_band: Mapped[str] = mapped_column(String(10))
    required: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(String(20))
    version: Mapped[int]
    settled: Mapped[int]
    reason_code: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    changed_by: Mapped[str] = mapped_column(String(80))
    left_on: Mapped[date | None]
    __table_args__ = (
        UniqueConstraint("round_id", "child_id", "institution_id"),
        _only("uq_child_assessment_there", "round_id", "child_id", where="left_on IS NULL"),
        Index("ix_child_assessment_group", "round_id", "group_id"),
        Index("ix_child_assessment_institution", "round_id", "institution_id"),
    )


class OwnRating(Base):
    """What one professional thinks. ``version`` is the child assessment's version that it made."""

    __tablename__ = "own_rating"
    child_assessment_id: Mapped[str] = mapped_column(Id, ForeignKey("child_assessment.id"), primary_key=True)
    rater_id: Mapped[str] = mapped_column(Id, primary_key=True)
    position: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    works_well: Mapped[str] = mapped_column(Text)
    indicators: Mapped[list[str]] = mapped_column(JSON)
    source: Mapped[str] = mapped_column(String(20))
    with_parents: Mapped[bool]
    version: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(Moment)


class JointRating(Base):
    """What the professionals have agreed. Never changed: a revision supersedes it and ends ``current``."""

    __tablename__ = "joint_rating"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    child_assessment_id: Mapped[str] = mapped_column(Id, ForeignKey("child_assessment.id"), index=True)
    round_id: Mapped[str] = mapped_column(Id, ForeignKey("assessment_round.id"), index=True)
    child_id: Mapped[str] = mapped_column(Id)
    institution_id: Mapped[str] = mapped_column(Id)
    group_id: Mapped[str] = mapped_column(Id)
    track: Mapped[str] = mapped_column(String(12))
    position: Mapped[str] = mapped_column(String(10))
    context: Mapped[str] = mapped_column(Text)
    works_well: Mapped[str] = mapped_column(Text)
    focus: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    participants: Mapped[list[str]] = mapped_column(JSON)
    indicators: Mapped[list[str]] = mapped_column(JSON)
    with_parents: Mapped[bool]
    suspects_parents: Mapped[bool]
    revision: Mapped[int]
    supersedes: Mapped[str | None] = mapped_column(Id, ForeignKey("joint_rating.id"))
    revision_reason: Mapped[str | None] = mapped_column(Text)
    current: Mapped[bool]
    decided_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[str] = mapped_column(Id)
    __table_args__ = (
        _only("uq_joint_rating_current", "child_assessment_id", "track", where="current"),
        Index("ix_joint_rating_child", "child_id", "decided_at"),
    )


class Concern(Base):
    """Something must be done for a child on a track; open until ``settled_at``.

    ``suspected``: the rating it rests on is marked as suspected abuse by the parents. ``state`` is what the
    house was told: raised, withheld or settled. ``told``: raised before, so the world may know of it.
    """

    __tablename__ = "concern"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    child_id: Mapped[str] = mapped_column(Id, index=True)
    track: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(10))
    suspected: Mapped[bool]
    told: Mapped[bool]
    version: Mapped[int]
    rating_id: Mapped[str] = mapped_column(Id, ForeignKey("joint_rating.id"))
    round_id: Mapped[str] = mapped_column(Id, ForeignKey("assessment_round.id"))
    institution_id: Mapped[str] = mapped_column(Id)
    group_id: Mapped[str] = mapped_column(Id)
    invite_by: Mapped[date | None]
    hold_by: Mapped[date | None]
    raised_at: Mapped[datetime] = mapped_column(Moment)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        _only("uq_concern_open", "child_id", "track", where="settled_at IS NULL"),
        _only("ix_concern_open_institution", "institution_id", where="settled_at IS NULL", unique=False),
    )


class ConcernStep(Base):
    """One version of a concern, kept for its history."""

    __tablename__ = "concern_step"
    concern_id: Mapped[str] = mapped_column(Id, ForeignKey("concern.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    rating_id: Mapped[str] = mapped_column(Id)
    round_id: Mapped[str] = mapped_column(Id)
    invite_by: Mapped[date | None]
    hold_by: Mapped[date | None]
    at: Mapped[datetime] = mapped_column(Moment)
