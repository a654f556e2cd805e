"""The tables of notifications: what it knows of children, and every notice with its state."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BindParameter,
    Boolean,
    CheckConstraint,
    ColumnElement,
    Date,
    Index,
    Integer,
    String,
    UniqueConstraint,
    bindparam,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Id, Moment, declarative_base_for
from services.notifications.domain import About, Channel, State

Base: Any = declarative_base_for("notifications")


def _one_of(column: str, values: type) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"  # type: ignore[attr-defined]


def among(column: Any, *values: str) -> ColumnElement[bool]:
    """``column IN (values)``, or ``column = value`` for one, with the values written out.

    SQLite uses a partial index only for a query that says the index's condition in so many words.
    """
    if len(values) == 1:
        return column == bindparam(None, str(values[0]), literal_execute=True)
    listed: BindParameter[list[str]] = bindparam(
        None, [str(value) for value in values], expanding=True, literal_execute=True
    )
    return column.in_(listed)


class Child(Base):
    """A child as the registry last told of it (projection)."""

    __tablename__ = "child"

    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    active: Mapped[bool] = mapped_column(Boolean)


class Guardianship(Base):
    """A guardian of a child (projection): her custody, and whether she is written to on paper."""

    __tablename__ = "guardianship"

    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    guardian_id: Mapped[str] = mapped_column(Id, primary_key=True)
    custody: Mapped[str] = mapped_column(String(10))
    digital_post_exempt: Mapped[bool] = mapped_column(Boolean)


class Enrolment(Base):
    """Where a child is enrolled (projection): decides which staff may see its notices."""

    __tablename__ = "enrolment"
    __table_args__ = (
        Index("ix_enrolment_institution_id", "institution_id"),
        Index("ix_enrolment_group_id", "group_id"),
        Index("ix_enrolment_district_id", "district_id"),
    )

    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    institution_id: Mapped[str] = mapped_column(Id)
    group_id: Mapped[str | None] = mapped_column(Id)
    district_id: Mapped[str | None] = mapped_column(Id)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)


class Concern(Base):
    """Whether the parents may and should be told of a concern now: the newest event decides."""

    __tablename__ = "concern"
    __table_args__ = (
        CheckConstraint("state IN ('raised', 'withheld', 'settled')", name="state"),
        Index(
            "ix_concern_withheld",
            "child_id",
            sqlite_where=text("state = 'withheld'"),
            postgresql_where=text("state = 'withheld'"),
        ),
    )

    concern_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    child_id: Mapped[str] = mapped_column(Id)
    institution_id: Mapped[str | None] = mapped_column(Id)
    state: Mapped[str] = mapped_column(String(10))


class Meeting(Base):
    """The newest that is known of a meeting; its row is the lock behind which its notices are decided."""

    __tablename__ = "meeting"
    __table_args__ = (CheckConstraint("state IN ('invited', 'confirmed', 'cancelled')", name="state"),)

    meeting_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    child_id: Mapped[str] = mapped_column(Id)
    state: Mapped[str] = mapped_column(String(10))


class Notice(Base):
    """One thing to tell one recipient, and how far it has come.

    ``subject_id`` is the concern's or meeting's id, ``edition`` the invitation's number or the
    calendar's SEQUENCE; with ``about`` and the guardian they are unique, which is what makes "one notice
    a custody holder" true whatever is delivered twice. ``facts`` holds times and codes to render
    from, no personal data. The text of a letter is kept, since paper is printed from it and nothing
    else records it; of a mail only the digest is kept.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("about", "subject_id", "edition", "guardian_id"),
        CheckConstraint(_one_of("about", About), name="about"),
        CheckConstraint(_one_of("channel", Channel), name="channel"),
        CheckConstraint(_one_of("state", State), name="state"),
        Index("ix_notice_child_id_created_at", "child_id", "created_at"),
        Index("ix_notice_subject_id", "subject_id"),
        Index(
            "ix_notice_due",
            "due_at",
            sqlite_where=text("state IN ('intended', 'leased')"),
            postgresql_where=text("state IN ('intended', 'leased')"),
        ),
        Index(
            "ix_notice_lease_token",
            "lease_token",
            sqlite_where=text("lease_token IS NOT NULL"),
            postgresql_where=text("lease_token IS NOT NULL"),
        ),
        Index("ix_notice_state_created_at", "state", "created_at"),
    )

    notice_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, default=0)
    about: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[str] = mapped_column(Id)
    edition: Mapped[int] = mapped_column(Integer)
    child_id: Mapped[str] = mapped_column(Id)
    guardian_id: Mapped[str] = mapped_column(Id)
    institution_id: Mapped[str | None] = mapped_column(Id)
    channel: Mapped[str] = mapped_column(String(10))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(12))
    code: Mapped[str | None] = mapped_column(String(30), comment="why it failed, waits or is held back")
    tries: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment, comment="to be sent then; if leased: lease's end")
    lease_token: Mapped[str | None] = mapped_column(Id)
    done_at: Mapped[datetime | None] = mapped_column(Moment, comment="sent, failed, printed, held back")
    language: Mapped[str | None] = mapped_column(String(12))
    template_version: Mapped[str | None] = mapped_column(String(40))
    content_digest: Mapped[str | None] = mapped_column(String(64), comment="SHA-256 of the words")
    letter: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True), comment="subject, text, html"
    )
    correlation_id: Mapped[str] = mapped_column(String(80))
    causation_id: Mapped[str | None] = mapped_column(String(120))
    traceparent: Mapped[str | None] = mapped_column(String(60))
