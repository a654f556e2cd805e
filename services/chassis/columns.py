"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Uuid
from sqlalchemy.types import TypeDecorator

Id = Uuid(as_uuid=False)
"""A UUID, as canonical lower-case text in Python."""

Sequence = BigInteger().with_variant(Integer, "sqlite")
"""A rising number given by the database; SQLite counts only in INTEGER."""


class Moment(TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite knows no zones, so there it is stored as UTC without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
