"""A house of invented people, and a family in it that can be asked for consent."""

from __future__ import annotations

import pytest

from deploy.local.house import House
from tests.e2e.consent.family import Family, find
from tests.e2e.gateway.conftest import house

__all__ = ["family", "house"]


@pytest.fixture(scope="package")
def family(house: House) -> Family:  # noqa: F811 - the fixture above
    return find(house)
