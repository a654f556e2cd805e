"""For whom it speaks for itself why she looks a child up."""

from __future__ import annotations

import pytest

from services.chassis.database import Database
from services.chassis.errors import Forbidden, NotFound
from services.registry.closeness import closeness
from tests.integration.registry.conftest import accesses
from tests.integration.registry.test_access import SYSTEM, People

pytestmark = pytest.mark.usefixtures("the_day")


@pytest.fixture
def people(full: Database) -> People:
    return People(full)


@pytest.mark.parametrize(
    ("who", "child", "evident"),
    [
        ("M1", "B1", True),  # pedagogue in the group
        ("M3", "B2", True),  # teacher of the class
        ("M2", "B1", False),  # leader of the institution
        ("M4", "B3", False),  # health visitor of the district
        ("M5", "B1", False),  # administration
    ],
)
def test_it_speaks_for_itself_in_ones_own_group_alone(
    people: People, who: str, child: str, evident: bool
) -> None:
    assert people.ask(who, closeness, people.ids[child]) == {"evident": evident}


@pytest.mark.parametrize("who", ["M1", "M2", "M3", "M4"])
def test_a_child_outside_ones_rights_is_not_known_to_be_there(people: People, who: str) -> None:
    other = {"M1": "B2", "M2": "B3", "M3": "B1", "M4": "B1"}[who]
    with pytest.raises(NotFound):
        people.ask(who, closeness, people.ids[other])


def test_operations_and_services_have_nothing_to_look_up(people: People) -> None:
    for who in ("M6", SYSTEM):
        with pytest.raises(Forbidden):
            people.ask(who, closeness, people.ids["B1"])


def test_asking_reads_nothing_of_the_child(people: People, full: Database) -> None:
    people.ask("M5", closeness, people.ids["B1"])
    assert accesses(full) == []
