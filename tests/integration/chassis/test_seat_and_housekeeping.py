"""One active relay a database, and what it throws away."""

from __future__ import annotations

import psycopg
from sqlalchemy import text

from services.chassis.database import Database
from services.chassis.housekeeping import Housekeeping
from services.chassis.relay import Relay
from services.chassis.seat import LOCK, seat_for
from tests.support import little
from tests.support.waiting import until


def nothing() -> None:
    """What a seat calls when there is something to publish."""


def test_one_takes_the_seat_and_the_next_when_it_is_left(database_url: str) -> None:
    database = Database(database_url, little.Base)
    first, second = seat_for(database, nothing), seat_for(database, nothing)
    assert first.take()
    assert not second.take()
    first.leave()
    until(second.take)
    second.leave()
    database.close()


def test_a_seat_is_lost_with_its_session_and_its_holder_is_told(postgresql_url: str) -> None:
    database = Database(postgresql_url, little.Base)
    told: list[str] = []
    seat = seat_for(database, lambda: told.append("woken"))
    assert seat.take()
    with database.engine.connect() as connection:
        query = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = :lock"
        connection.execute(text(query), {"lock": LOCK})
    until(lambda: not seat.taken)
    until(lambda: told)
    until(seat.take)
    seat.leave()
    database.close()


def test_a_commit_elsewhere_is_heard(postgresql_url: str) -> None:
    database = Database(postgresql_url, little.Base)
    heard: list[str] = []
    seat = seat_for(database, lambda: heard.append("woken"))
    assert seat.take()
    with psycopg.connect(postgresql_url.replace("+psycopg", ""), autocommit=True) as other:
        other.execute("NOTIFY trivsel_outbox")
    until(lambda: heard)
    seat.leave()
    database.close()


def test_what_has_been_published_long_enough_is_thrown_away_and_nothing_else(database_url: str) -> None:
    database = Database(database_url, little.Base)
    little.Base.metadata.create_all(database.engine)
    outbox = little.Base.metadata.tables["outbox"]
    with database.unit_of_work() as uow:
        for _ in range(30):
            little.made(uow)
    with database.unit_of_work() as uow:
        old = uow.session.execute(text("SELECT seq FROM outbox ORDER BY seq LIMIT 20")).scalars().all()
        uow.session.execute(
            outbox.update().where(outbox.c.seq.in_(old)).values(published_at=outbox.c.occurred_at)
        )
    keeper = Housekeeping(database, Relay("little", database, "amqp://"), outbox_days=0, inbox_days=0)
    assert keeper.tidy() == 20
    assert keeper.tidy() == 0
    with database.unit_of_work() as uow:
        assert uow.session.execute(text("SELECT count(*) FROM outbox")).scalar() == 10
    database.close()
