"""What waits in the outbox leaves in order, once it is there, and never overtakes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import eventlet
import pytest
from marshmallow import ValidationError

from services.chassis import outbox
from services.chassis.database import Database
from tests.support.little import ThingMade, key, little_database, made


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    found = little_database(database_url)
    yield found
    found.close()


def emit(database: Database, *things: str, version: int = 1) -> list[str]:
    with database.unit_of_work() as uow:
        return [made(uow, thing, version) for thing in things]


def test_events_are_leased_in_the_order_they_were_emitted(database: Database) -> None:
    ids = emit(database, *(key() for _ in range(50)))
    assert [row["id"] for row in outbox.lease(database, 100, key(), 30)] == ids


def test_a_leased_event_is_not_leased_again_until_the_lease_ends(database: Database) -> None:
    emit(database, key())
    assert len(outbox.lease(database, 10, key(), 30)) == 1
    assert outbox.lease(database, 10, key(), 30) == []
    assert outbox.release(database) == 1
    assert len(outbox.lease(database, 10, key(), -1)) == 1
    assert len(outbox.lease(database, 10, key(), 30)) == 1


def test_a_relay_that_lost_its_lease_cannot_mark_what_another_holds(database: Database) -> None:
    emit(database, key())
    lost, mine = key(), key()
    row = outbox.lease(database, 10, lost, -1)[0]
    outbox.lease(database, 10, mine, 30)
    assert outbox.mark_published(database, lost, [row["seq"]]) == 0
    assert outbox.mark_published(database, mine, [row["seq"]]) == 1
    assert outbox.backlog(database).waiting == 0


def test_a_parked_event_holds_back_its_own_aggregate_and_no_other(database: Database) -> None:
    stuck, free = key(), key()
    emit(database, stuck)
    token = key()
    row = outbox.lease(database, 10, token, 30)[0]
    outbox.park(database, token, [row["seq"]], "unroutable", delay=60)
    emit(database, stuck, version=2)
    emit(database, free)
    assert [row["aggregate_id"] for row in outbox.lease(database, 10, key(), 30)] == [free]
    backlog = outbox.backlog(database)
    assert (backlog.waiting, backlog.parked) == (3, 1)


def test_a_parked_event_comes_back_before_its_successors(database: Database) -> None:
    stuck = key()
    emit(database, stuck)
    token = key()
    row = outbox.lease(database, 10, token, 30)[0]
    emit(database, stuck, version=2)
    outbox.park(database, token, [row["seq"]], "unroutable", delay=-1)
    assert [row["aggregate_version"] for row in outbox.lease(database, 10, key(), 30)] == [1, 2]


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
    token = key()
    rows = outbox.lease(database, 10, token, 30)
    assert [row["aggregate_id"] for row in rows] == [quick]
    outbox.mark_published(database, token, [row["seq"] for row in rows])
    go.send()
    writer.wait()
    late = outbox.lease(database, 10, token, 30)
    assert [row["aggregate_id"] for row in late] == [slow]
    assert late[0]["seq"] < rows[0]["seq"]
    database.close()


def test_published_events_are_forgotten_when_old_and_waiting_ones_never(database: Database) -> None:
    emit(database, key())
    token = key()
    row = outbox.lease(database, 10, token, 30)[0]
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
