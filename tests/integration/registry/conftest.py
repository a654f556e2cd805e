"""A registry on each engine, empty or with the small town in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from deploy.local.postgresql import PostgreSQL
from services.chassis.database import Database
from services.registry.models import Base
from tests.integration.registry.town import TODAY, Town, bring_in


@pytest.fixture(scope="session")
def shared_postgresql_url(postgresql: PostgreSQL) -> str:
    """One PostgreSQL database for all these tests: to empty it is quicker than to make a new one."""
    url = postgresql.create_database("registry_tests")
    database = Database(url, Base, pool_size=1)
    Base.metadata.create_all(database.engine)
    database.close()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def registry_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty registry on each engine in turn."""
    if request.param == "sqlite":
        found: str = request.getfixturevalue("sqlite_url")
        return found
    url: str = request.getfixturevalue("shared_postgresql_url")
    database = Database(url, Base, pool_size=1)
    with database.engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    database.close()
    return url


@pytest.fixture
def registry(registry_url: str) -> Iterator[Database]:
    """An empty registry database, on each engine in turn."""
    database = Database(registry_url, Base, pool_size=4)
    Base.metadata.create_all(database.engine)
    yield database
    database.close()


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path / "town")


@pytest.fixture
def full(registry: Database, town: Town) -> Database:
    """The registry with the small town in it, its events taken away, on the town's day."""
    assert bring_in(registry, town.write()).codes == []
    forget_events(registry)
    return registry


@pytest.fixture
def the_day() -> Iterator[None]:
    """It is the town's day."""
    with time_machine.travel(f"{TODAY}T12:00:00Z", tick=True):
        yield


def events(database: Database, aggregate: str | None = None) -> list[Any]:
    """What waits in the outbox, in order."""
    table = database.metadata.tables["outbox"]
    query = select(table).order_by(table.c.seq)
    if aggregate is not None:
        query = query.where(table.c.aggregate_type == aggregate)
    with database.unit_of_work() as uow:
        return list(uow.session.execute(query))


def forget_events(database: Database) -> None:
    with database.unit_of_work() as uow:
        uow.session.execute(database.metadata.tables["outbox"].delete())


def accesses(database: Database) -> list[Any]:
    """The access log, in order."""
    table = database.metadata.tables["access_log"]
    with database.unit_of_work() as uow:
        return list(uow.session.execute(select(table).order_by(table.c.seq)))
