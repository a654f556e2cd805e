"""The tables of the job, the same for both peers and for the limit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import DateTime, String, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

CHILDREN_OF_A_GROUP = 20
ROUND = UUID(int=1)


class AssessmentBase(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True), UUID: Uuid()}


class Child(AssessmentBase):
    __tablename__ = "child"
    child_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    group_id: Mapped[UUID] = mapped_column(index=True)


class JointRating(AssessmentBase):
    __tablename__ = "joint_rating"
    rating_id: Mapped[UUID] = mapped_column(primary_key=True)
    child_id: Mapped[UUID] = mapped_column(index=True)
    round_id: Mapped[UUID]
    track: Mapped[str] = mapped_column(String(20))
    position: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    works_well: Mapped[str] = mapped_column(Text)
    focus: Mapped[str] = mapped_column(Text)
    finalised_at: Mapped[datetime]


class Concern(AssessmentBase):
    __tablename__ = "concern"
    concern_id: Mapped[UUID] = mapped_column(primary_key=True)
    rating_id: Mapped[UUID]
    child_id: Mapped[UUID] = mapped_column(index=True)
    track: Mapped[str] = mapped_column(String(20))
    invite_by: Mapped[date]
    hold_by: Mapped[date]
    raised_at: Mapped[datetime]


class MeetingsBase(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True), UUID: Uuid()}


class Meeting(MeetingsBase):
    __tablename__ = "meeting"
    meeting_id: Mapped[UUID] = mapped_column(primary_key=True)
    concern_id: Mapped[UUID] = mapped_column(unique=True)
    child_id: Mapped[UUID] = mapped_column(index=True)
    track: Mapped[str] = mapped_column(String(20))
    institution_id: Mapped[UUID]
    group_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(20))
    invite_by: Mapped[date]
    hold_by: Mapped[date]
    created_at: Mapped[datetime]


class NotificationsBase(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True), UUID: Uuid()}


class Guardianship(NotificationsBase):
    __tablename__ = "guardianship"
    child_id: Mapped[UUID] = mapped_column(primary_key=True)
    guardian_id: Mapped[UUID] = mapped_column(primary_key=True)
    custody: Mapped[str] = mapped_column(String(10))
    exempt: Mapped[bool]


class Notice(NotificationsBase):
    __tablename__ = "notice"
    notice_id: Mapped[UUID] = mapped_column(primary_key=True)
    about: Mapped[str] = mapped_column(String(20))
    concern_id: Mapped[UUID] = mapped_column(index=True)
    child_id: Mapped[UUID] = mapped_column(index=True)
    guardian_id: Mapped[UUID]
    channel: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[datetime]


BASES = {"assessment": AssessmentBase, "meetings": MeetingsBase, "notifications": NotificationsBase}


def child_id(number: int) -> UUID:
    """The child with a number; the next 20 share its group."""
    return UUID(int=(7 << 100) + number)


def group_id(number: int) -> UUID:
    return UUID(int=(8 << 100) + number)


def institution_id(group: int) -> UUID:
    return UUID(int=(9 << 100) + group // 5)


def guardian_ids(number: int) -> list[UUID]:
    """Every second child has two custody holders, the others one: 1.5 notices a concern."""
    return [UUID(int=(10 << 100) + 2 * number + each) for each in range(1 + number % 2)]


def groups(first: int, count: int) -> Iterator[tuple[UUID, list[UUID]]]:
    """The groups that the children ``first`` to ``first + count`` are in, with their children."""
    for group in range(first // CHILDREN_OF_A_GROUP, (first + count) // CHILDREN_OF_A_GROUP):
        start = group * CHILDREN_OF_A_GROUP
        yield group_id(group), [child_id(start + each) for each in range(CHILDREN_OF_A_GROUP)]


def rating(child: UUID) -> dict[str, str]:
    """What is submitted about one child."""
    return {
        "child_id": str(child),
        "track": "institution",
        "position": "yellow",
        "reason": "Er ofte uden for fællesskabet, når hele stuen er samlet.",
        "works_well": "Faste makkerpar om formiddagen.",
        "focus": "Mindre grupper efter frokost, og en fast voksen ved aflevering.",
    }
