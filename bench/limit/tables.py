"""One statement for many rows: arrays, unnested by the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from sqlalchemy.dialects import postgresql


def columns(model: Any) -> tuple[str, list[str]]:
    """The statement that inserts rows of a model's table."""
    table = model.__table__
    dialect = postgresql.dialect()
    arrays = ", ".join(f"%s::{column.type.compile(dialect)}[]" for column in table.columns)
    names = ", ".join(column.name for column in table.columns)
    statement = f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({arrays})"  # noqa: S608 - our own names
    return statement, [column.name for column in table.columns]


def insert(
    cursor: psycopg.Cursor[Any], prepared: tuple[str, list[str]], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert ``rows`` with one statement, binary both ways."""
    cursor.execute(prepared[0], [list(column) for column in zip(*rows, strict=True)], prepare=True)  # type: ignore[arg-type]
