"""A round's many concerns: a bounded number of statements, whatever the number of meetings.

Time is printed and not judged, since it depends on the machine; statements do not.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from services.chassis import clock
from services.chassis.database import UnitOfWork
from services.chassis.received import Batch, Received
from services.meetings import handlers, models, projection, schemas
from services.meetings.handlers.inviting import BATCH
from tests.integration.meetings.town import Statements, Town, key
from tests.support import population
from tests.support.rows_read import BEFORE_IT_IS_PREPARED, keep_one_plan, rows_read

CONCERNS = 1000
INSTITUTIONS = 50
GROUPS = 4


@pytest.fixture
def city(database_url: str) -> Iterator[tuple[Town, list[tuple[str, str]]]]:
    """A thousand children in fifty institutions, each with a leader and four groups of three staff."""
    town = Town.build(database_url)
    places: list[tuple[str, str]] = []
    institutions, staff, children = [], [], []
    for _ in range(INSTITUTIONS):
        place = key()
        institutions.append(town.institution_data("boernehave") | {"institution_id": place})
        staff.append((key(), "leader", place))
        for _ in range(GROUPS):
            group = key()
            places.append((place, group))
            staff += [(key(), "pedagogue", group) for _ in range(3)]
    people = [
        {
            "staff_id": person,
            "active": True,
            "assignments": [{"role": role, "unit_id": unit, "from": "2020-01-01", "to": None}],
        }
        for person, role, unit in staff
    ]
    for number in range(CONCERNS):
        place, group = places[number % len(places)]
        where = {"institution_id": place, "group_id": group, "district_id": town.district}
        children.append(
            {
                "child_id": key(),
                "active": True,
                "enrolments": [{**where, "from": "2020-01-01", "to": None}],
                "guardians": [
                    {"guardian_id": key(), "custody": "joint", "language": "da", "interpreter": False}
                    for _ in range(2)
                ],
            }
        )
    town.hear(projection.record_institutions, schemas.InstitutionRecorded, *institutions)
    town.hear(projection.record_staff, schemas.StaffRecorded, *people)
    town.hear(projection.record_children, schemas.ChildRecorded, *children)
    concerns = []
    for child in children:
        place = child["enrolments"][0]
        concerns.append(
            town.concern(
                child["child_id"],
                institution_id=place["institution_id"],
                group_id=place["group_id"],
                hold_by=(clock.today() + timedelta(days=21)).isoformat(),
            )
        )
    yield town, concerns
    town.db.close()


def test_a_thousand_concerns_become_a_thousand_invitations_in_few_statements(
    city: tuple[Town, list[dict[str, str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    town, concerns = city
    batches = [
        Batch(
            "meetings.require_focus_meetings",
            [town.received(schemas.ConcernRaised, data, 1) for data in concerns[start : start + 100]],
        )
        for start in range(0, CONCERNS, 100)
    ]
    started, used = time.perf_counter(), time.process_time()
    with Statements(town.db.engine) as requiring:
        for batch in batches:
            town.db.handle(batch, handlers.require_focus_meetings)
    between, used_between = time.perf_counter(), time.process_time()
    with Statements(town.db.engine) as inviting:
        invited = town.invite()
    ended, used_in_all = time.perf_counter(), time.process_time()
    with capsys.disabled():
        print(  # noqa: T201 - a measurement is for reading
            f"\n{town.db.engine.dialect.name}: {CONCERNS} concerns required in {between - started:.2f} s "
            f"({used_between - used:.2f} s here, {requiring.count} statements), "
            f"invited in {ended - between:.2f} s "
            f"({used_in_all - used_between:.2f} s here, {inviting.count} statements)"
        )
    assert not any(batch.failures for batch in batches)
    assert invited == CONCERNS == len(town.rows(models.Meeting, state="invited"))
    assert min(len(told["proposals"]) for told in town.told("meeting.invited")) == 3
    assert requiring.count <= 20 * len(batches)
    assert inviting.count <= 25 * (CONCERNS // BATCH + 1)


def test_a_batch_of_concerns_looks_at_its_own_children_however_many_others_there_are(
    postgresql_url: str,
) -> None:
    """A plan kept for all batches once looked through every institution's children, all being of one kind."""
    town = Town.build(postgresql_url)
    population.settle({"meetings": postgresql_url}, 20_000)
    read: Counter[str] = Counter()

    def handler(uow: UnitOfWork, received: list[Received]) -> None:
        read.clear()
        read.update(rows_read(uow.session, lambda: handlers.require_focus_meetings(uow, received)))

    def raise_concerns(numbers: range) -> None:
        concerns = [town.concern(population.child_id(number)) for number in numbers]
        town.hear(handler, schemas.ConcernRaised, *concerns)

    raise_concerns(range(5000))
    keep_one_plan(town.db.engine)
    for first in range(5000, 5000 + 100 * 2 * BEFORE_IT_IS_PREPARED, 100):
        raise_concerns(range(first, first + 100))
    assert read["enrolments"] == 100
    assert max(read.values()) <= 400
    town.db.close()
