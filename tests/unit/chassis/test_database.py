"""Units of work on both engines: whole or not at all, and never in each other's way."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import eventlet
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from services.chassis import inbox, outbox
from services.chassis.actor import Actor
from services.chassis.database import (
    Database,
    InsideTransaction,
    insert_new,
    outside_transaction,
    upsert,
)
from services.chassis.errors import NotYet
from services.chassis.received import Batch
from tests.support.little import Base, Thing, key, little_database, made, received


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    found = little_database(database_url)
    yield found
    found.close()


def things(database: Database) -> int:
    with database.unit_of_work() as uow:
        return uow.session.scalar(select(func.count()).select_from(Thing)) or 0


def test_a_unit_of_work_that_ends_well_keeps_change_event_and_access_note(database: Database) -> None:
    child = key()
    with database.unit_of_work() as uow:
        uow.session.add(Thing(id=key(), note="a"))
        made(uow)
        uow.log_access(Actor.system("tests", "afprøvning"), action="read", kind="child", subjects=[child])
    assert things(database) == 1
    assert outbox.backlog(database).waiting == 1
    with database.unit_of_work() as uow:
        note = uow.session.execute(select(Base.metadata.tables["access_log"])).one()
    assert (note.subject, note.actor_id, note.purpose, note.action) == (
        child,
        "service:tests",
        "afprøvning",
        "read",
    )
    assert note.at.tzinfo is UTC


def test_a_unit_of_work_that_raises_leaves_nothing(database: Database) -> None:
    called: list[str] = []
    with pytest.raises(ZeroDivisionError), database.unit_of_work() as uow:
        uow.session.add(Thing(id=key(), note="a"))
        made(uow)
        uow.after_commit(lambda: called.append("after"))
        raise ZeroDivisionError
    assert things(database) == 0
    assert outbox.backlog(database).waiting == 0
    assert called == []


def test_what_waits_for_the_commit_is_called_after_it_and_may_open_a_transaction_itself(
    database: Database,
) -> None:
    seen: list[int] = []
    database.on_events.append(lambda: seen.append(outbox.backlog(database).waiting))
    with database.unit_of_work() as uow:
        uow.after_commit(lambda: seen.append(things(database)))
        uow.session.add(Thing(id=key(), note="a"))
        made(uow)
    assert seen == [1, 1]


def test_two_events_of_one_version_of_an_aggregate_are_refused(database: Database) -> None:
    thing = key()
    with pytest.raises(IntegrityError), database.unit_of_work() as uow:
        made(uow, thing, version=1)
        made(uow, thing, version=1)
    assert outbox.backlog(database).waiting == 0


def test_nothing_slow_is_done_inside_a_unit_of_work(database: Database) -> None:
    outside_transaction()
    with database.unit_of_work():
        with pytest.raises(InsideTransaction):
            outside_transaction()
        with pytest.raises(InsideTransaction), database.unit_of_work():
            pass
    outside_transaction()


def test_a_moment_without_a_zone_is_refused_and_one_with_comes_back_in_utc(database: Database) -> None:
    table = Base.metadata.tables["inbox"]
    with pytest.raises((StatementError, ValueError)), database.unit_of_work() as uow:
        uow.session.execute(
            table.insert(),
            {"consumer": "c", "event_id": "e", "handled_at": datetime(2026, 1, 1)},
        )


def test_insert_new_gives_back_only_the_rows_that_were_not_there(database: Database) -> None:
    first, second = key(), key()
    with database.unit_of_work() as uow:
        assert (
            len(insert_new(uow.session, Thing, [{"id": first, "note": "a", "version": 1}], key=["id"])) == 1
        )
    with database.unit_of_work() as uow:
        rows = [{"id": one, "note": "b", "version": 1} for one in (first, second)]
        assert [row.id for row in insert_new(uow.session, Thing, rows, key=["id"], returning=["id"])] == [
            second
        ]


def test_upsert_overwrites_only_by_a_newer_version_and_takes_the_newest_of_twins(database: Database) -> None:
    one = key()

    def put(*versions: int) -> None:
        with database.unit_of_work() as uow:
            rows = [{"id": one, "note": f"v{version}", "version": version} for version in versions]
            upsert(uow.session, Thing, rows, key=["id"], newer="version")

    def note() -> str:
        with database.unit_of_work() as uow:
            return uow.session.get_one(Thing, one).note

    put(2)
    put(1)
    assert note() == "v2"
    put(2)
    assert note() == "v2"
    put(5, 3)
    assert note() == "v5"


def test_an_event_delivered_again_has_no_second_effect(database: Database) -> None:
    event = received()
    handled: list[str] = []
    for _ in range(3):
        batch = Batch("little.on_thing", [event, event])
        database.handle(batch, lambda uow, events: handled.extend(one.id for one in events))
        assert batch.failures == {}
    assert handled == [event.id]


def test_another_consumer_handles_the_same_event_for_itself(database: Database) -> None:
    event = received()
    handled: list[str] = []
    for consumer in ("little.one", "little.two"):
        database.handle(
            Batch(consumer, [event]), lambda uow, events: handled.extend(one.id for one in events)
        )
    assert handled == [event.id, event.id]


def test_a_poisoned_event_does_not_take_its_neighbours_with_it(database: Database) -> None:
    good, bad, late = received(), received(), received()

    def handler(uow: object, events: list[object]) -> None:
        for event in events:
            uow.session.add(Thing(id=event.subject, note="x"))  # type: ignore[attr-defined]
            if event is bad:
                raise ValueError("poison")
            if event is late:
                raise NotYet("child-unknown")

    batch = Batch("little.on_thing", [good, bad, late])
    database.handle(batch, handler)  # type: ignore[arg-type]
    assert things(database) == 1
    assert set(batch.failures) == {bad.id, late.id}
    assert isinstance(batch.failures[late.id], NotYet)
    again = Batch("little.on_thing", [bad])
    database.handle(again, lambda uow, events: None)
    assert again.failures == {}


def test_three_deliveries_at_once_have_one_effect_and_no_error(database: Database) -> None:
    """R16."""
    event = received()
    effects: list[str] = []
    batches = [Batch("little.on_thing", [event]) for _ in range(3)]

    def handler(uow: object, events: list[object]) -> None:
        uow.session.add(Thing(id=event.subject, note="x"))  # type: ignore[attr-defined]
        effects.append("tried")

    pool = eventlet.GreenPool()
    for batch in batches:
        pool.spawn(database.handle, batch, handler)
    pool.waitall()
    assert effects == ["tried"]
    assert things(database) == 1
    assert all(batch.failures == {} for batch in batches)


def test_the_delivery_that_waited_takes_over_when_the_first_rolls_back(postgresql_url: str) -> None:
    database = little_database(postgresql_url)
    event = received()
    first = Batch("little.on_thing", [event])
    second = Batch("little.on_thing", [event])
    begun = eventlet.Event()

    def fails(uow: object, events: list[object]) -> None:
        begun.send()
        eventlet.sleep(0.1)
        raise ValueError

    def works(uow: object, events: list[object]) -> None:
        uow.session.add(Thing(id=event.subject, note="x"))  # type: ignore[attr-defined]

    one = eventlet.spawn(database.handle, first, fails)
    begun.wait()
    database.handle(second, works)  # type: ignore[arg-type]
    one.wait()
    assert set(first.failures) == {event.id}
    assert second.failures == {}
    assert things(database) == 1
    database.close()


def test_notes_of_handled_events_are_forgotten_only_when_old(database: Database) -> None:
    from datetime import timedelta

    database.handle(Batch("little.on_thing", [received()]), lambda uow, events: None)
    assert inbox.forget(database, timedelta(days=1)) == 0
    assert inbox.forget(database, timedelta(seconds=-1)) == 1


def test_twenty_greenlets_wait_for_postgresql_at_the_same_time(postgresql_url: str) -> None:
    """R12."""
    database = Database(postgresql_url, Base)
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        while True:
            eventlet.sleep(0.01)
            ticks += 1

    def query() -> None:
        with database.unit_of_work() as uow:
            uow.session.execute(text("select pg_sleep(0.2)"))

    pool = eventlet.GreenPool(20)
    for _ in range(20):  # connections are made beforehand, as in a running service
        pool.spawn(things_of_nothing, database)
    pool.waitall()
    ticker = eventlet.spawn(tick)
    began = time.monotonic()
    for _ in range(20):
        pool.spawn(query)
    pool.waitall()
    took = time.monotonic() - began
    ticker.kill()
    database.close()
    assert took < 0.6
    assert ticks >= 15


def things_of_nothing(database: Database) -> None:
    with database.unit_of_work() as uow:
        uow.session.execute(text("select pg_sleep(0.05)"))


def test_a_process_that_would_wait_in_c_refuses_to_start() -> None:
    """R12."""
    program = (
        "import os; os.environ.pop('PSYCOPG_WAIT_FUNC', None)\n"
        "import eventlet; eventlet.monkey_patch()\n"
        "from services.chassis.database import Database, declarative_base_for\n"
        "Database('postgresql://u:p@127.0.0.1:1/x', declarative_base_for('little'))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert done.returncode != 0
    assert "PSYCOPG_WAIT_FUNC=wait_selector" in done.stderr


def test_two_greenlets_that_write_sqlite_and_yield_do_not_lock_each_other_out(sqlite_url: str) -> None:
    """R13."""
    database = little_database(sqlite_url)
    gaps: list[float] = []

    def watch() -> None:
        while True:
            before = time.monotonic()
            eventlet.sleep(0.005)
            gaps.append(time.monotonic() - before)

    def write() -> None:
        with database.unit_of_work() as uow:
            uow.session.add(Thing(id=key(), note="a"))
            uow.session.flush()
            eventlet.sleep(0.02)

    watcher = eventlet.spawn(watch)
    pool = eventlet.GreenPool()
    for _ in range(10):
        pool.spawn(write)
    pool.waitall()
    watcher.kill()
    assert things(database) == 10
    assert max(gaps) < 0.1
    database.close()


def test_a_foreign_process_holding_sqlite_is_waited_for_with_the_hub_alive(sqlite_url: str) -> None:
    database = little_database(sqlite_url)
    path = sqlite_url.removeprefix("sqlite:///")
    program = (
        "import sqlite3, sys, time\n"
        f"held = sqlite3.connect({path!r}, isolation_level=None)\n"
        "held.execute('BEGIN IMMEDIATE'); print('held', flush=True)\n"
        "sys.stdin.readline(); held.execute('COMMIT')\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdin
    assert other.stdout
    assert other.stdout.readline() == "held\n"
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        while ticks < 20:
            eventlet.sleep(0.01)
            ticks += 1
        other.stdin.write("\n")  # type: ignore[union-attr]
        other.stdin.flush()  # type: ignore[union-attr]

    eventlet.spawn(tick)
    with database.unit_of_work() as uow:
        uow.session.add(Thing(id=key(), note="a"))
    other.wait(10)
    assert ticks == 20
    assert things(database) == 1
    database.close()
