"""Many rows in one statement, the same on SQLite and PostgreSQL.

PostgreSQL gets all rows as one JSON document and takes it apart itself: a short statement that stays the
same whatever the number of rows, so that it is parsed and planned once, and one value to pass. A list of
VALUES is as long as its rows, and psycopg reads every letter of it; its executemany, row by row in a
pipeline, costs even more, and so do arrays, which it builds value by value (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

import orjson
from sqlalchemy import DateTime, String, Table, Text, bindparam, column, func, select, type_coerce
from sqlalchemy import cast as cast_to
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import UserDefinedType

Rows = Sequence[Mapping[str, Any]]


def insert_all(session: Session, table: Table | type[DeclarativeBase], rows: Rows) -> None:
    """Inserts the rows, all with the same columns; one that breaks a rule of the table fails them all."""
    if not rows:
        return
    table = _table(table)
    if _is_postgresql(session):
        names = tuple(rows[0])
        statement = _cached(("all", table, names), lambda: _from_json(table, names))
        session.execute(statement, _document(table, rows))
    else:
        session.execute(plain_insert(table), list(rows))


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
    wanted = tuple(returning) or tuple(each.name for each in table.primary_key)
    elements = list(key) if key else None

    def finished(statement: Any) -> Any:
        statement = statement.on_conflict_do_nothing(index_elements=elements, index_where=where)
        return statement.returning(*(table.c[name] for name in wanted))

    if not _is_postgresql(session):
        return list(session.execute(finished(sqlite.insert(table)), list(rows)).all())
    names = tuple(rows[0])
    of = ("new", table, names, key and tuple(key), None if where is None else str(where), wanted)
    statement = _cached(of, lambda: finished(_from_json(table, names)))
    return list(session.execute(statement, _document(table, rows)).all())


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
    names = tuple(rows[0])

    def finished(statement: Any) -> Any:
        statement = statement.on_conflict_do_update(
            index_elements=list(key),
            set_={name: statement.excluded[name] for name in names if name not in key},
            where=None if newer is None else table.c[newer] < statement.excluded[newer],
        )
        return statement.returning(*(table.c[name] for name in key))

    given = list(latest.values())
    if not _is_postgresql(session):
        return list(session.execute(finished(sqlite.insert(table)), given))
    of = ("upsert", table, names, tuple(key), newer)
    statement = _cached(of, lambda: finished(_from_json(table, names)))
    return list(session.execute(statement, _document(table, given)).all())


_STATEMENTS: dict[Any, Any] = {}
"""Statements by what they are made of: putting one together costs more than running it."""


def _cached(of: Any, make: Any) -> Any:
    if of not in _STATEMENTS:
        _STATEMENTS[of] = make()
    return _STATEMENTS[of]


def _from_json(table: Table, names: Sequence[str]) -> Any:
    """INSERT … SELECT … FROM json_to_recordset(…)."""
    given = (
        func.json_to_recordset(bindparam("given", type_=_Document()))
        .table_valued(*(column(name, _unbounded(table.c[name].type)) for name in names))
        .render_derived(name="given", with_types=True)
    )
    return postgresql.insert(table).from_select(list(names), select(*(given.c[name] for name in names)))


class _Document(UserDefinedType[str]):
    """A JSON document that is text already."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "JSON"

    def bind_expression(self, bindvalue: Any) -> Any:
        return cast_to(type_coerce(bindvalue, Text), self)


def _unbounded(kind: Any) -> Any:
    """A cast to ``varchar(40)`` would cut in silence what is longer; storing that is an error."""
    return Text() if isinstance(kind, String) else kind


def _document(table: Table, rows: Rows) -> dict[str, str]:
    for name in _moments(table):
        if any((at := row.get(name)) is not None and at.tzinfo is None for row in rows):
            raise ValueError(f"{name}: a moment without a time zone")
    return {"given": orjson.dumps(rows, default=_plain).decode()}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"cannot store {type(value).__name__} in bulk")


@cache
def _moments(table: Table) -> tuple[str, ...]:
    """The columns that hold moments."""
    kinds = {each.name: getattr(each.type, "impl", each.type) for each in table.columns}
    return tuple(name for name, kind in kinds.items() if isinstance(kind, DateTime))


def _table(table: Table | type[DeclarativeBase]) -> Table:
    return table if isinstance(table, Table) else cast(Table, table.__table__)


def _is_postgresql(session: Session) -> bool:
    return bool(session.get_bind().dialect.name == "postgresql")
