"""The tables that every service's database has: outbox with its fence, inbox and access log."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase

from services.chassis.columns import Id, Moment, Sequence

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def declarative_base_for(service: str) -> type[DeclarativeBase]:
    """A declarative base of the service's own, with the chassis' tables already in its metadata."""
    metadata = MetaData(naming_convention=NAMING, info={"service": service})
    _outbox(metadata)
    _outbox_fence(metadata)
    _inbox(metadata)
    _access_log(metadata)
    return type(f"{service.title()}Base", (DeclarativeBase,), {"metadata": metadata})


def _outbox(metadata: MetaData) -> None:
    unpublished = text("published_at IS NULL")
    parked = text("published_at IS NULL AND available_at IS NOT NULL")
    table = Table(
        "outbox",
        metadata,
        Column("seq", Sequence, primary_key=True, autoincrement=True),
        Column("id", Id, nullable=False, unique=True, comment="the event's id"),
        Column("aggregate_type", String(40), nullable=False),
        Column("aggregate_id", Id, nullable=False),
        Column("aggregate_version", Integer, nullable=False),
        Column("type", String(120), nullable=False),
        Column("data", JSON, nullable=False),
        Column("headers", JSON, nullable=False, comment="the CloudEvents extension attributes"),
        Column("expected", Integer, nullable=False, comment="1: an unroutable event is an alarm"),
        Column("occurred_at", Moment, nullable=False),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("available_at", Moment, comment="set while the event is parked after a failure"),
        # Used by the release before this one, whose replicas go on beside ours during a rollout.
        Column("lease_token", Id),
        Column("lease_until", Moment),
        Column("last_error", String(80)),
        Column("published_at", Moment),
        # With the type, since a producer that changes an event tells it in both versions for a while.
        UniqueConstraint("aggregate_type", "aggregate_id", "aggregate_version", "type"),
        # A freed number must never come again: the relay's order rests on it.
        sqlite_autoincrement=True,
    )
    Index("ix_outbox_unpublished", table.c.seq, sqlite_where=unpublished, postgresql_where=unpublished)
    Index(
        "ix_outbox_parked",
        table.c.aggregate_type,
        table.c.aggregate_id,
        sqlite_where=parked,
        postgresql_where=parked,
    )


def _outbox_fence(metadata: MetaData) -> None:
    Table(
        "outbox_fence",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False, comment="1: there is one row"),
        Column("token", Id, nullable=False, comment="of the relay that may publish"),
    )


def _inbox(metadata: MetaData) -> None:
    Table(
        "inbox",
        metadata,
        Column("consumer", String(120), primary_key=True),
        Column("event_id", String(120), primary_key=True, comment="text: others choose their own ids"),
        Column("handled_at", Moment, nullable=False, index=True),
    )


def _access_log(metadata: MetaData) -> None:
    table = Table(
        "access_log",
        metadata,
        Column("seq", Sequence, primary_key=True, autoincrement=True),
        Column("at", Moment, nullable=False, index=True),
        Column("actor_id", String(80), nullable=False),
        Column("actor_kind", String(20), nullable=False),
        Column("purpose", String(200)),
        Column("action", String(20), nullable=False, comment="read, search, add, change, delete or export"),
        Column("kind", String(40), nullable=False, comment="what was read: child, ratings, minutes ..."),
        Column("subject", String(80), nullable=False, comment="the child's or the object's id"),
        Column("correlation_id", String(80), nullable=False),
        sqlite_autoincrement=True,
    )
    Index("ix_access_log_subject_at", table.c.subject, table.c.at)
