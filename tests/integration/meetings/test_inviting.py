"""The job that invites, also when several replicas do it at once."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import time_machine

from services.chassis import clock
from services.chassis.database import Database
from services.meetings import handlers, models
from services.meetings.domain.calendar import COPENHAGEN, slots_between
from services.meetings.handlers.inviting import invite_batch
from tests.integration.meetings.town import Town, at, key

REPLICA = """
import sys
from services.chassis.database import Database
from services.meetings import handlers, models
print(handlers.invite_required(Database(sys.argv[1], models.Base), batch=4))
"""


def test_the_invitation_names_every_custody_holder_and_three_times_over_two_days(town: Town) -> None:
    child = town.enrol()
    meeting = town.invited(child)
    assert (meeting.state, meeting.invitation) == ("invited", 1)
    (told,) = town.told("meeting.invited")
    assert sorted(told["guardian_ids"]) == sorted(town.children[child])
    assert (told["invitation"], told["reason"]) == (1, "first")
    starts = [datetime.fromisoformat(proposal["starts_at"]) for proposal in told["proposals"]]
    assert len(starts) == 3
    assert starts == sorted(starts)
    assert len({start.astimezone(COPENHAGEN).date() for start in starts}) > 1
    assert min(starts) >= clock.now() + timedelta(days=3)
    assert (
        clock.now() < datetime.fromisoformat(told["answer_by"]) < datetime.fromisoformat(told["link_until"])
    )


def test_a_parent_without_custody_is_not_invited(town: Town) -> None:
    mother, father = key(), key()
    people = [
        {"guardian_id": mother, "custody": "sole", "language": "da", "interpreter": False},
        {"guardian_id": father, "custody": "none", "language": "da", "interpreter": False},
    ]
    town.invited(town.enrol(guardians=people))
    (told,) = town.told("meeting.invited")
    assert told["guardian_ids"] == [mother]


def test_the_chain_from_the_concern_is_carried_on_to_the_invitation(town: Town) -> None:
    child = town.enrol()
    town.invited(child)
    table = models.Base.metadata.tables["outbox"]
    with town.db.unit_of_work() as uow:
        headers = [row.headers for row in uow.session.execute(table.select())]
    assert len({header["correlationid"] for header in headers}) == 1


def test_those_who_hold_the_meeting_are_engaged_for_each_proposal(town: Town) -> None:
    meeting = town.invited()
    people = {one.staff_id: one.capacity for one in town.rows(models.MeetingStaff)}
    assert people.pop(town.leader) == "leader"
    assert set(people) < set(town.groups[town.group])
    assert len(people) == 2
    booked = Counter(booking.person_id for booking in town.rows(models.Booking))
    assert booked == dict.fromkeys([town.leader, *people], 6)
    slots = {booking.slot_start for booking in town.rows(models.Booking)}
    wanted = [slots_between(proposal.starts_at, proposal.ends_at) for proposal in town.proposals(meeting)]
    assert slots == {slot for span in wanted for slot in span}


def test_a_meeting_whose_child_is_not_known_yet_is_invited_to_once_it_is(
    town: Town, monday: time_machine.Traveller
) -> None:
    child = key()
    town.raise_concern(child)
    assert town.invite() == 0
    town.enrol(child=child)
    monday.shift(11)
    assert town.invite() == 1


def test_a_child_without_a_custody_holder_becomes_the_leaders_task(
    town: Town, monday: time_machine.Traveller
) -> None:
    town.raise_concern(town.enrol(guardians=[]))
    town.invite()
    assert town.tasks() == []
    monday.shift(16 * 60)
    town.invite()
    assert town.tasks() == ["no_custody_holder"]


def test_without_a_free_time_the_meeting_stays_required_and_the_leader_is_asked_once(
    town: Town, monday: time_machine.Traveller
) -> None:
    today = clock.today()
    block = town.call(
        handlers.block_time, starts_at=at(today, "00:00"), ends_at=at(today + timedelta(days=30), "00:00")
    )
    child = town.enrol()
    town.raise_concern(child)
    for _ in range(2):
        assert town.invite() == 0
        monday.shift(20 * 60)
    assert town.meeting(child).state == "required"
    assert town.tasks(state="open") == ["no_free_time"]
    town.call(handlers.free_time, block_id=block["block_id"])
    assert town.invite() == 1
    assert town.tasks(state="open") == []


def test_a_grace_period_is_waited_out(town: Town, monday: time_machine.Traveller) -> None:
    town.call(
        handlers.store_settings,
        town.actor(role="administration", unit="*"),
        expected_version=0,
        values={"grace_minutes": 30},
    )
    town.raise_concern(town.enrol())
    assert town.invite() == 0
    monday.shift(31 * 60)
    assert town.invite() == 1


def test_a_meeting_that_cannot_be_dealt_with_delays_no_other(
    town: Town, monday: time_machine.Traveller
) -> None:
    elsewhere = key()
    broken = models.SettingsVersion(
        scope=elsewhere, version=1, values={"hours": "?"}, stored_at=clock.now(), stored_by="a mistake"
    )
    children = [town.enrol() for _ in range(3)]
    town.raised(*(town.concern(child) for child in children))
    meeting_id = town.meeting(children[1]).meeting_id
    with town.db.unit_of_work() as uow:
        uow.session.add(broken)
        uow.session.get(models.Meeting, meeting_id).institution_id = elsewhere
    assert town.invite() == 2
    assert town.meeting(children[1]).state == "required"
    assert town.invite() == 0
    with town.db.unit_of_work() as uow:
        uow.session.delete(uow.session.get(models.SettingsVersion, (elsewhere, 1)))
    monday.shift(16 * 60)
    assert town.invite() == 1


def test_eighteen_concerns_of_one_institution_each_get_three_proposals(database_url: str) -> None:
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=COPENHAGEN), tick=False):
        town = Town.build(database_url, groups=5)
        groups = list(town.groups)
        children = [town.enrol(groups[number % 5]) for number in range(18)]
        town.raised(
            *(town.concern(child, group_id=groups[number % 5]) for number, child in enumerate(children))
        )
        assert town.invite() == 18
        assert [len(told["proposals"]) for told in town.told("meeting.invited")] == [3] * 18
        town.db.close()


def test_staff_choose_times_and_people_themselves(town: Town) -> None:
    child = town.enrol()
    town.raise_concern(child)
    meeting = town.meeting(child)
    when = at(clock.today() + timedelta(days=4), "17:15")
    who = town.groups[town.group][0]
    result = town.call(
        handlers.invite,
        meeting_id=meeting.meeting_id,
        expected_version=meeting.version,
        starts_at=[when],
        staff_ids=[who, town.leader],
    )
    assert result["state"] == "invited"
    assert [proposal.starts_at for proposal in result["proposals"]] == [when]
    assert {(one.staff_id, one.capacity) for one in result["staff"]} == {
        (who, "staff"),
        (town.leader, "leader"),
    }


def test_proposing_times_holds_nothing(town: Town) -> None:
    child = town.enrol()
    town.raise_concern(child)
    suggested = town.call(handlers.propose_times, meeting_id=town.meeting(child).meeting_id, proposals=5)
    assert len(suggested["times"]) == 5
    assert suggested["reason"] is None
    assert town.rows(models.Booking) == []


# --- several replicas -------------------------------------------------------------------------------


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_replicas_that_invite_at_once_engage_nobody_twice_and_lose_no_meeting(database_url: str) -> None:
    """Real processes, which know nothing of each other but the database."""
    town = Town.build(database_url, groups=6, staff=3)
    groups = list(town.groups)
    children = [town.enrol(groups[number % 6], parents=1) for number in range(60)]
    # Twenty working days hold what sixty concerns need, under one leader.
    hold_by = (clock.today() + timedelta(days=60)).isoformat()
    town.raised(
        *(
            town.concern(child, group_id=groups[number % 6], hold_by=hold_by)
            for number, child in enumerate(children)
        )
    )
    replicas = [
        subprocess.Popen([sys.executable, "-c", REPLICA, database_url], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    done = [int(replica.communicate(timeout=60)[0]) for replica in replicas]
    assert sum(done) == 60
    assert {meeting.state for meeting in town.rows(models.Meeting)} == {"invited"}
    assert len(town.told("meeting.invited")) == 60
    _nobody_is_engaged_twice(town)
    town.db.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_transactions_that_interleave_at_every_query_engage_nobody_twice(database_url: str) -> None:
    """Greenlets with an engine each take turns whenever one waits for the database."""
    town = Town.build(database_url, staff=1)
    hold_by = (clock.today() + timedelta(days=40)).isoformat()
    town.raised(*(town.concern(town.enrol(parents=1), hold_by=hold_by) for _ in range(24)))
    replicas = [Database(database_url, models.Base) for _ in range(4)]
    with _threads(4) as pool:
        done = list(pool.map(lambda replica: handlers.invite_required(replica, batch=3), replicas))
    assert sum(done) == 24
    _nobody_is_engaged_twice(town)
    for replica in [*replicas, town.db]:
        replica.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_batch_that_another_replica_is_at_is_left_to_it(database_url: str) -> None:
    town = Town.build(database_url)
    town.raise_concern(town.enrol())
    other = Database(database_url, models.Base)
    with _threads(1) as pool, town.db.unit_of_work() as uow:
        assert invite_batch(uow).invited == 1
        assert pool.submit(handlers.invite_required, other).result(timeout=20) == 0
    assert len(town.told("meeting.invited")) == 1
    other.close()
    town.db.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_concerns_for_one_child_that_arrive_at_two_replicas_make_one_meeting(database_url: str) -> None:
    town = Town.build(database_url)
    child = town.enrol()
    replicas = [Database(database_url, models.Base) for _ in range(4)]

    def raise_at(replica: Database) -> None:
        Town(replica, town.district, town.institution, town.leader, town.groups).raise_concern(child)

    with _threads(4) as pool:
        list(pool.map(raise_at, replicas))
    assert len(town.rows(models.Meeting)) == 1
    for replica in [*replicas, town.db]:
        replica.close()


def _nobody_is_engaged_twice(town: Town) -> None:
    offered = town.rows(models.Proposal, state="offered")
    people: dict[str, list[str]] = {}
    for one in town.rows(models.MeetingStaff):
        people.setdefault(one.meeting_id, []).append(one.staff_id)
    engaged = Counter(
        (person, slot)
        for proposal in offered
        for person in people[proposal.meeting_id]
        for slot in slots_between(proposal.starts_at, proposal.ends_at)
    )
    assert engaged
    assert set(engaged.values()) == {1}
    assert set(engaged) == {(row.person_id, row.slot_start) for row in town.rows(models.Booking)}


def _threads(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=count)
