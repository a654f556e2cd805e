"""A house of invented people, and a family in it that can be asked for consent."""

from __future__ import annotations

import pytest

from deploy.local.house import House
from tests.e2e.consent.family import Family, find
from tests.e2e.gateway.conftest import house

__all__ = ["arabic", "english", "family", "house", "turkish"]


@pytest.fixture(scope="package")
def family(house: House) -> Family:
    """Parents who read Danish."""
    return find(house)


@pytest.fixture(scope="package")
def arabic(house: House) -> Family:
    """Parents who read Arabic."""
    return find(house, "ar")


@pytest.fixture(scope="package")
def english(house: House) -> Family:
    """Parents who read English."""
    return find(house, "en")


@pytest.fixture(scope="package")
def turkish(house: House) -> Family:
    """Parents for whom we have no text of their own."""
    return find(house, "tr")
