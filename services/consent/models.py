"""The tables of consent: its own, and its projection of what the registry knows.

Enforced by the database and not only by us: a signatory stands once in a consent; a text is kept once; a
matter has no third exchange; a reminder goes once; a subscriber acknowledges a withdrawal once.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.columns import Id, Moment
from services.chassis.tables import declarative_base_for

Base: Any = declarative_base_for("consent")

LIVE = "state IN ('requested', 'partial', 'granted')"


class Consent(Base):
    """One consent, from its request to its end. ``supersedes`` is the one before it in the chain.

    ``words`` are staff's own: they stay in this table and in the texts that were shown.
    """

    __tablename__ = "consents"
    __table_args__ = (
        Index("ix_consents_child_purpose_state", "child_id", "purpose", "state"),
        Index("ix_consents_institution_state", "institution_id", "state"),
        Index(
            "ix_consents_valid_to",
            "valid_to",
            sqlite_where=text("state = 'granted'"),
            postgresql_where=text("state = 'granted'"),
        ),
        Index(
            "ix_consents_answer_by",
            "answer_by",
            sqlite_where=text("state IN ('requested', 'partial')"),
            postgresql_where=text("state IN ('requested', 'partial')"),
        ),
    )

    consent_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int]
    child_id: Mapped[str] = mapped_column(Id)
    institution_id: Mapped[str] = mapped_column(Id)
    group_id: Mapped[str] = mapped_column(Id)
    state: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str] = mapped_column(String(40))
    information: Mapped[list[str]] = mapped_column(JSON)
    recipients: Mapped[list[dict[str, Any]]] = mapped_column(JSON, comment="unit_id, kind and name of each")
    legal_basis: Mapped[str] = mapped_column(String(20))
    words: Mapped[str | None] = mapped_column(Text)
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    edition: Mapped[int] = mapped_column(comment="how often signatories have been written to")
    requested_by: Mapped[str] = mapped_column(String(80))
    requested_at: Mapped[datetime] = mapped_column(Moment)
    answer_by: Mapped[datetime] = mapped_column(Moment)
    link_until: Mapped[datetime] = mapped_column(Moment)
    granted_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    end_reason: Mapped[str | None] = mapped_column(String(20))
    supersedes: Mapped[str | None] = mapped_column(Id, index=True)
    correlation_id: Mapped[str] = mapped_column(String(80))
    traceparent: Mapped[str | None] = mapped_column(String(80))


class Signatory(Base):
    """One who is asked, and her answer. ``standing`` ends when she no longer has a say."""

    __tablename__ = "signatories"

    consent_id: Mapped[str] = mapped_column(Id, ForeignKey(Consent.consent_id), primary_key=True)
    signatory_id: Mapped[str] = mapped_column(Id, primary_key=True)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    part: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(10), comment="her own, whether or not we write it")
    answer: Mapped[str] = mapped_column(String(10), default="none")
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    standing: Mapped[bool]
    text_id: Mapped[str] = mapped_column(Id, comment="the text she is shown now")


class ShownText(Base):
    """A text as one signatory was shown it. Never changed: signatures point at it."""

    __tablename__ = "shown_texts"
    __table_args__ = (UniqueConstraint("consent_id", "signatory_id", "text_hash"),)

    text_id: Mapped[str] = mapped_column(Id, primary_key=True)
    consent_id: Mapped[str] = mapped_column(Id, ForeignKey(Consent.consent_id))
    signatory_id: Mapped[str] = mapped_column(Id)
    language: Mapped[str] = mapped_column(String(10))
    template_version: Mapped[int] = mapped_column(comment="0 is our own text")
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    text_hash: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Moment)


class Signature(Base):
    """A yes, a no or a withdrawal: who, when, how and to which text. Rows are only ever added."""

    __tablename__ = "signatures"

    signature_id: Mapped[str] = mapped_column(Id, primary_key=True)
    consent_id: Mapped[str] = mapped_column(Id, ForeignKey(Consent.consent_id), index=True)
    signatory_id: Mapped[str] = mapped_column(Id)
    answer: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(Moment)
    signed_on: Mapped[date] = mapped_column(comment="the day on the paper, else the day of the answer")
    method: Mapped[str] = mapped_column(String(10), comment="link, oidc, paper or word")
    assurance: Mapped[str] = mapped_column(String(40), comment="local, or what an identity provider gave")
    evidence: Mapped[str | None] = mapped_column(String(64), comment="digest of the provider's token")
    text_hash: Mapped[str] = mapped_column(String(64))
    noted_by: Mapped[str | None] = mapped_column(String(80), comment="the staff who noted it for her")
    scan_id: Mapped[str | None] = mapped_column(Id)


class Scan(Base):
    """A signed paper, sealed with a key that is not in the database."""

    __tablename__ = "scans"

    scan_id: Mapped[str] = mapped_column(Id, primary_key=True)
    consent_id: Mapped[str] = mapped_column(Id, ForeignKey(Consent.consent_id), index=True)
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    stored_at: Mapped[datetime] = mapped_column(Moment)


class Acknowledgement(Base):
    """One who must act on a withdrawal, and whether it has."""

    __tablename__ = "acknowledgements"
    __table_args__ = (
        Index(
            "ix_acknowledgements_missing",
            "due_at",
            sqlite_where=text("acknowledged_at IS NULL"),
            postgresql_where=text("acknowledged_at IS NULL"),
        ),
    )

    consent_id: Mapped[str] = mapped_column(Id, ForeignKey(Consent.consent_id), primary_key=True)
    subscriber: Mapped[str] = mapped_column(String(40), primary_key=True)
    withdrawn_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Moment)
    reminders: Mapped[int] = mapped_column(default=0)


class Reminder(Base):
    """A reminder that has gone: one row for each consent and day after its request, and so one event."""

    __tablename__ = "reminders"

    consent_id: Mapped[str] = mapped_column(Id, ForeignKey(Consent.consent_id), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    after_days: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sent_at: Mapped[datetime] = mapped_column(Moment)


class Exchange(Base):
    """Information exchanged without consent: by which law, why, between whom, and which of its matter."""

    __tablename__ = "exchanges"
    __table_args__ = (
        UniqueConstraint("child_id", "basis", "first_on", "sequence"),
        CheckConstraint("basis <> 'ssd' OR sequence <= 2", name="no_third"),
        Index("ix_exchanges_child_held_on", "child_id", "held_on"),
    )

    exchange_id: Mapped[str] = mapped_column(Id, primary_key=True)
    child_id: Mapped[str] = mapped_column(Id)
    institution_id: Mapped[str] = mapped_column(Id)
    basis: Mapped[str] = mapped_column(String(10))
    first_on: Mapped[date]
    sequence: Mapped[int]
    held_on: Mapped[date]
    parties: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    information: Mapped[list[str]] = mapped_column(JSON)
    necessity: Mapped[str] = mapped_column(Text)
    exceptional_reason: Mapped[str | None] = mapped_column(Text)
    consent_sought: Mapped[bool]
    parents_told: Mapped[bool]
    registered_by: Mapped[str] = mapped_column(String(80))
    registered_at: Mapped[datetime] = mapped_column(Moment)


class Step(Base):
    """One step in the course of a consent or an exchange, for the child's timeline: codes only."""

    __tablename__ = "steps"
    __table_args__ = (Index("ix_steps_child_at", "child_id", "at"),)

    step_id: Mapped[str] = mapped_column(Id, primary_key=True)
    child_id: Mapped[str] = mapped_column(Id)
    consent_id: Mapped[str | None] = mapped_column(Id, index=True)
    exchange_id: Mapped[str | None] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(Moment)
    kind: Mapped[str] = mapped_column(String(30))
    detail: Mapped[str | None] = mapped_column(String(40))


class SettingsVersion(Base):
    """The municipality's settings, as versions."""

    __tablename__ = "settings_versions"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    stored_at: Mapped[datetime] = mapped_column(Moment)
    stored_by: Mapped[str] = mapped_column(String(80))


class TemplateVersion(Base):
    """A version of the municipality's texts in one language."""

    __tablename__ = "template_versions"

    language: Mapped[str] = mapped_column(String(10), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    texts: Mapped[dict[str, Any]] = mapped_column(JSON)
    stored_at: Mapped[datetime] = mapped_column(Moment)
    stored_by: Mapped[str] = mapped_column(String(80))


class Child(Base):
    """Projection: a child of the registry."""

    __tablename__ = "children"

    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int]
    active: Mapped[bool]
    born: Mapped[date | None]
    language: Mapped[str] = mapped_column(String(10), comment="what a young person is written to in")


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


class Institution(Base):
    """Projection: an institution; its kind says which authority it belongs to."""

    __tablename__ = "institutions"

    institution_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    district_id: Mapped[str | None] = mapped_column(Id)
    active: Mapped[bool]
