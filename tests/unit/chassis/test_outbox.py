"""What waits in the outbox leaves in order, once it is there, and never overtakes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import eventlet
import pytest
from marshmallow import ValidationError

from services.chassis import clock, outbox
from services.chassis.database import Database
from tests.support.little import ThingMade, key, little_database, made
from tests.support.rows_read import BEFORE_IT_IS_PREPARED, keep_one_plan, rows_read


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    found = little_database(database_url)
    yield found
    found.close()


def emit(database: Database, *things: str, version: int = 1) -> list[str]:
    with database.unit_of_work() as uow:
        return [made(uow, thing, version) for thing in things]


def test_events_are_found_in_the_order_they_were_emitted(database: Database) -> None:
    ids = emit(database, *(key() for _ in range(50)))
    token = outbox.take_over(database)
    assert [row["id"] for row in outbox.waiting(database, token, 100)] == ids
    assert [row["id"] for row in outbox.waiting(database, token, 7)] == ids[:7]


def test_a_relay_that_lost_its_place_finds_and_changes_nothing(database: Database) -> None:
    emit(database, key())
    lost = outbox.take_over(database)
    row = outbox.waiting(database, lost, 10)[0]
    mine = outbox.take_over(database)
    assert outbox.waiting(database, lost, 10) == []
    assert outbox.mark_published(database, lost, [row["seq"]]) == 0
    outbox.park(database, lost, [row["seq"]], "unroutable", delay=60)
    assert outbox.backlog(database).parked == 0
    assert outbox.waiting(database, mine, 10) == [row]
    assert outbox.mark_published(database, mine, [row["seq"]]) == 1
    assert outbox.backlog(database).waiting == 0


def test_a_parked_event_holds_back_its_own_aggregate_and_no_other(database: Database) -> None:
    stuck, free = key(), key()
    emit(database, stuck)
    token = outbox.take_over(database)
    row = outbox.waiting(database, token, 10)[0]
    outbox.park(database, token, [row["seq"]], "unroutable", delay=60)
    emit(database, stuck, version=2)
    emit(database, free)
    assert [row["aggregate_id"] for row in outbox.waiting(database, token, 10)] == [free]
    backlog = outbox.backlog(database)
    assert (backlog.waiting, backlog.parked) == (3, 1)


def test_a_parked_event_comes_back_before_its_successors(database: Database) -> None:
    stuck = key()
    emit(database, stuck)
    token = outbox.take_over(database)
    row = outbox.waiting(database, token, 10)[0]
    emit(database, stuck, version=2)
    outbox.park(database, token, [row["seq"]], "unroutable", delay=-1)
    assert [row["aggregate_version"] for row in outbox.waiting(database, token, 10)] == [1, 2]


def test_an_event_that_commits_after_one_with_a_higher_number_is_still_found(postgresql_url: str) -> None:
    """R14: a cursor that has passed its number would lose it."""
    database = little_database(postgresql_url)
    slow, quick = key(), key()
    told, go = eventlet.Event(), eventlet.Event()

    def writes_slowly() -> None:
        with database.unit_of_work() as uow:
            made(uow, slow)
            uow._write_notes(database.metadata)
            uow._events.clear()
            told.send()
            go.wait()

    writer = eventlet.spawn(writes_slowly)
    told.wait()
    emit(database, quick)
    token = outbox.take_over(database)
    rows = outbox.waiting(database, token, 10)
    assert [row["aggregate_id"] for row in rows] == [quick]
    outbox.mark_published(database, token, [row["seq"] for row in rows])
    go.send()
    writer.wait()
    late = outbox.waiting(database, token, 10)
    assert [row["aggregate_id"] for row in late] == [slow]
    assert late[0]["seq"] < rows[0]["seq"]
    database.close()


def test_published_events_are_forgotten_when_old_and_waiting_ones_never(database: Database) -> None:
    emit(database, key())
    token = outbox.take_over(database)
    row = outbox.waiting(database, token, 10)[0]
    outbox.mark_published(database, token, [row["seq"]])
    emit(database, key())
    assert outbox.forget(database, timedelta(days=1)) == 0
    assert outbox.forget(database, timedelta(seconds=-1)) == 1
    assert outbox.backlog(database).waiting == 1


def test_a_producer_that_breaks_its_own_schema_fails_at_once(database: Database) -> None:
    for data in ({}, {"thing_id": "not a key"}, {"thing_id": key(), "name": "Alma"}):
        with pytest.raises(ValidationError), database.unit_of_work() as uow:
            uow.emit(ThingMade, subject=key(), version=1, data=data)
    assert outbox.backlog(database).waiting == 0


def test_what_waits_is_found_without_looking_through_what_is_published(postgresql_url: str) -> None:
    """Also by the plan that PostgreSQL makes once it has learnt that nearly all events are published."""
    database = little_database(postgresql_url)
    token = outbox.take_over(database)
    emit(database, *(key() for _ in range(3000)))
    rows = outbox.waiting(database, token, 5000)
    assert outbox.mark_published(database, token, [row["seq"] for row in rows]) == 3000
    keep_one_plan(database.engine)
    emit(database, *(key() for _ in range(100)))
    given = {"at": clock.now(), "most": 400, "token": token}
    with database.unit_of_work() as uow:

        def ask() -> None:
            assert len(uow.session.execute(outbox._waiting_in(database.metadata), given).all()) == 100

        for _ in range(2 * BEFORE_IT_IS_PREPARED):
            assert rows_read(uow.session, ask)["outbox"] <= 300
    database.close()
