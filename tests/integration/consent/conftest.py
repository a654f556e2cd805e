"""The town in which these tests take place, on a Monday morning."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.integration.consent.town import MONDAY, Town


@pytest.fixture
def monday() -> Iterator[time_machine.Traveller]:
    """The clock stands at nine on a Monday morning and can be moved."""
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def town(database_url: str, monday: time_machine.Traveller) -> Iterator[Town]:
    built = Town.build(database_url)
    yield built
    built.db.close()
