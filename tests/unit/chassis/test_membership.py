"""One of these, however many: the same on SQLite and PostgreSQL, and one statement for all."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import pytest
from sqlalchemy import bindparam, event, select
from sqlalchemy.exc import StatementError

from services.chassis.database import Database
from services.chassis.membership import one_of
from tests.support.little import Base, key, little_database, made

OUTBOX = Base.metadata.tables["outbox"].c


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    found = little_database(database_url)
    yield found
    found.close()


@pytest.fixture
def things(database: Database) -> list[str]:
    found = [key() for _ in range(5)]
    with database.unit_of_work() as uow:
        for thing in found:
            made(uow, thing)
    return found


def chosen(database: Database, which: Any, given: dict[str, Any] | None = None) -> list[str]:
    with database.unit_of_work() as uow:
        query = select(OUTBOX.aggregate_id).where(which).order_by(OUTBOX.seq)
        return list(uow.session.scalars(query, given or {}))


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset])
def test_rows_are_found_by_ids_in_any_collection(
    database: Database, things: list[str], kind: type[Collection[str]]
) -> None:
    wanted = kind([*things[1:3], key()])
    assert chosen(database, one_of(OUTBOX.aggregate_id, wanted)) == things[1:3]
    assert chosen(database, one_of(OUTBOX.aggregate_id, kind())) == []


def test_rows_are_found_by_numbers_by_what_they_are_not_and_by_a_named_parameter(
    database: Database, things: list[str]
) -> None:
    with database.unit_of_work() as uow:
        numbers = list(uow.session.scalars(select(OUTBOX.seq).order_by(OUTBOX.seq)))
    assert chosen(database, one_of(OUTBOX.seq, numbers[:2])) == things[:2]
    assert chosen(database, ~one_of(OUTBOX.aggregate_id, things[:4])) == things[4:]
    named = one_of(OUTBOX.aggregate_id, bindparam("ids")) | (OUTBOX.seq == numbers[4])
    assert chosen(database, named, {"ids": things[:1]}) == [things[0], things[4]]


def test_every_number_of_values_is_the_same_statement(database: Database, things: list[str]) -> None:
    seen: set[str] = set()

    @event.listens_for(database.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "aggregate_id" in statement:
            seen.add(statement)

    for many in range(6):
        assert chosen(database, one_of(OUTBOX.aggregate_id, things[:many])) == things[:many]
    assert len(seen) == 1


def test_what_is_no_id_is_refused_and_so_is_a_column_that_holds_none(database: Database) -> None:
    with pytest.raises(TypeError):
        one_of(OUTBOX.type, ["thing"])
    if not database.is_sqlite:
        with pytest.raises(StatementError):
            chosen(database, one_of(OUTBOX.aggregate_id, [f"{key()},{key()}"]))
