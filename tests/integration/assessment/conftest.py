"""A database of assessment's own, on each engine, and a world in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.assessment import models
from services.chassis.database import Database
from tests.integration.assessment.world import House, World


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    found = Database(database_url, models.Base, municipality="29189641")
    models.Base.metadata.create_all(found.engine)
    yield found
    found.close()


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


@pytest.fixture
def house(world: World) -> House:
    """A vuggestue: two must rate."""
    return world.house("vuggestue")
