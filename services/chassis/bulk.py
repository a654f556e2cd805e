"""Many rows in one statement, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

Rows = Sequence[Mapping[str, Any]]


def insert_new(
    session: Session,
    table: Table | type[DeclarativeBase],
    rows: Rows,
    *,
    key: Sequence[str] | None = None,
    where: Any = None,
    returning: Sequence[str] = (),
) -> list[Any]:
    """Inserts the rows that are not there yet and returns those that were, by ``returning``.

    "There" is judged by the unique columns ``key`` (with ``where`` for a partial unique index), or by
    any unique rule when ``key`` is not given. A row that another open transaction is inserting is
    waited for: it is ours if that one rolls back.
    """
    if not rows:
        return []
    table = _table(table)
    columns = [table.c[name] for name in returning or [column.name for column in table.primary_key]]
    statement = _insert(session, table).on_conflict_do_nothing(
        index_elements=list(key) if key else None, index_where=where
    )
    return list(session.execute(statement.returning(*columns), list(rows)))


def upsert(
    session: Session,
    table: Table | type[DeclarativeBase],
    rows: Rows,
    *,
    key: Sequence[str],
    newer: str | None = None,
) -> list[Any]:
    """Inserts or overwrites by ``key`` and returns the keys written.

    With ``newer``, only a row whose value in that column is above the stored one overwrites: an event
    that comes late or twice changes nothing. Of several rows with one key in a call the last, or
    with ``newer`` the newest, counts.
    """
    if not rows:
        return []
    table = _table(table)
    latest: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for row in rows:
        of = tuple(row[name] for name in key)
        if newer is None or of not in latest or row[newer] >= latest[of][newer]:
            latest[of] = row
    statement = _insert(session, table)
    given = [name for name in rows[0] if name not in key]
    statement = statement.on_conflict_do_update(
        index_elements=list(key),
        set_={name: statement.excluded[name] for name in given},
        where=None if newer is None else table.c[newer] < statement.excluded[newer],
    )
    columns = [table.c[name] for name in key]
    return list(session.execute(statement.returning(*columns), list(latest.values())))


def _table(table: Table | type[DeclarativeBase]) -> Table:
    return table if isinstance(table, Table) else cast(Table, table.__table__)


def _insert(session: Session, table: Table) -> Any:
    dialect = session.get_bind().dialect.name
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)
