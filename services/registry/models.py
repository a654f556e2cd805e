"""The registry's tables.

``source_id`` is the id in the system the rows came from; ``id`` is ours and the only one that
travels. ``content_hash`` is what an import compares to see whether a row says anything new.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Id, Moment, declarative_base_for
from services.registry.domain import CUSTODY, KINDS, ROLES, SEXES, UNIT_KINDS

Base: Any = declarative_base_for("registry")

_Hash = LargeBinary(16)
# Names are looked up by their beginning, as a range; that needs an order without a language.
_Ordered = String(250).with_variant(String(250, collation="C"), "postgresql")


def _one_of(column: str, codes: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{code}'" for code in codes)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class District(Base):
    """A part of the municipality."""

    __tablename__ = "district"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    source_id: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    active: Mapped[bool] = mapped_column(Boolean)
    content_hash: Mapped[bytes] = mapped_column(_Hash)


class Institution(Base):
    """Where children are: its ``version`` counts the changes of it and of its groups."""

    __tablename__ = "institution"
    __table_args__ = (_one_of("kind", KINDS),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    source_id: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20))
    district_id: Mapped[str | None] = mapped_column(ForeignKey("district.id"), index=True)
    authority_unit: Mapped[str | None] = mapped_column(String(120))
    active: Mapped[bool] = mapped_column(Boolean)
    content_hash: Mapped[bytes] = mapped_column(_Hash)
    version: Mapped[int] = mapped_column(Integer, default=0)


class Group(Base):
    """A room, a class, a childminder's children or a health visitor's district."""

    __tablename__ = "care_group"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    source_id: Mapped[str] = mapped_column(String(64), unique=True)
    institution_id: Mapped[str] = mapped_column(ForeignKey("institution.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    grade: Mapped[int | None] = mapped_column(Integer)
    active: Mapped[bool] = mapped_column(Boolean)
    content_hash: Mapped[bytes] = mapped_column(_Hash)


class Staff(Base):
    """A member of staff; ``version`` counts the changes of her and of her assignments."""

    __tablename__ = "staff"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    source_id: Mapped[str] = mapped_column(String(64), unique=True)
    first_name: Mapped[str] = mapped_column(String(120))
    last_name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(20))
    active: Mapped[bool] = mapped_column(Boolean)
    content_hash: Mapped[bytes] = mapped_column(_Hash)
    version: Mapped[int] = mapped_column(Integer, default=0)


class Assignment(Base):
    """A role in a unit for a time. ``unit_id`` is ``*`` for the whole municipality."""

    __tablename__ = "assignment"
    __table_args__ = (
        _one_of("role", ROLES),
        _one_of("unit_kind", UNIT_KINDS),
        Index("ix_assignment_unit_id_valid_to", "unit_id", "valid_to"),
    )
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    unit_kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    unit_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    valid_from: Mapped[date] = mapped_column(Date, primary_key=True)
    valid_to: Mapped[date | None] = mapped_column(Date)


class Guardian(Base):
    """An adult to one or more children: parent or other holder of custody."""

    __tablename__ = "guardian"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    source_id: Mapped[str] = mapped_column(String(64), unique=True)
    cpr_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    cpr_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    first_name: Mapped[str] = mapped_column(String(120))
    last_name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(3))
    interpreter: Mapped[bool] = mapped_column(Boolean)
    digital_post_exempt: Mapped[bool] = mapped_column(Boolean)
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(20))
    protected_address: Mapped[bool] = mapped_column(Boolean)
    content_hash: Mapped[bytes] = mapped_column(_Hash)


class Child(Base):
    """A child, born or expected. ``version`` counts every change of her, her places and her adults.

    ``own_contact`` is stored because it changes by itself, on the fifteenth birthday.
    """

    __tablename__ = "child"
    __table_args__ = (
        _one_of("sex", SEXES),
        CheckConstraint("born IS NOT NULL OR expected IS NOT NULL", name="born_or_expected"),
        Index("ix_child_own_contact_born", "own_contact", "born"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    source_id: Mapped[str] = mapped_column(String(64), unique=True)
    cpr_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    cpr_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    first_name: Mapped[str] = mapped_column(String(120))
    last_name: Mapped[str] = mapped_column(String(120))
    first_key: Mapped[str] = mapped_column(_Ordered, index=True)
    last_key: Mapped[str] = mapped_column(_Ordered, index=True)
    born: Mapped[date | None] = mapped_column(Date, index=True)
    expected: Mapped[date | None] = mapped_column(Date)
    sex: Mapped[str] = mapped_column(String(1))
    languages: Mapped[list[str]] = mapped_column(JSON)
    protected_address: Mapped[bool] = mapped_column(Boolean)
    address: Mapped[str | None] = mapped_column(String(300))
    digital_post_exempt: Mapped[bool] = mapped_column(Boolean)
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(20))
    active: Mapped[bool] = mapped_column(Boolean)
    own_contact: Mapped[bool] = mapped_column(Boolean)
    content_hash: Mapped[bytes] = mapped_column(_Hash)
    version: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)


class Custody(Base):
    """Who is what to whom. A relation that has ended keeps its row and its day."""

    __tablename__ = "custody"
    __table_args__ = (_one_of("custody", CUSTODY),)
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), primary_key=True)
    guardian_id: Mapped[str] = mapped_column(ForeignKey("guardian.id"), primary_key=True, index=True)
    custody: Mapped[str] = mapped_column(String(10))
    lives_with: Mapped[bool] = mapped_column(Boolean)
    ended_on: Mapped[date | None] = mapped_column(Date)


class Enrolment(Base):
    """A child's place in a group. Kind and district are the group's institution's."""

    __tablename__ = "enrolment"
    __table_args__ = (Index("ix_enrolment_group_id_valid_to", "group_id", "valid_to"),)
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), primary_key=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("care_group.id"), primary_key=True)
    valid_from: Mapped[date] = mapped_column(Date, primary_key=True)
    valid_to: Mapped[date | None] = mapped_column(Date)


def search_key(name: str) -> str:
    """A name as it is looked up: case and surrounding space do not count."""
    return " ".join(name.casefold().split())[:250]
