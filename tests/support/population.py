"""An invented municipality written straight into the services' projections, of any size and at once.

For what measures or breaks the chain itself: the registry and its import have tests of their own, and 430,000
children through the bus would take longer than what is to be measured. Everything has a number, and from a
number come its ids, so nobody need remember anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import chain, islice
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, Table, create_engine, insert, inspect, text
from sqlalchemy.orm import Session

from services.assessment import models as assessment
from services.assessment.handlers import profiles
from services.chassis import clock
from services.chassis.actor import Actor, Grant
from services.chassis.database import Database
from services.consent import models as consent
from services.meetings import models as meetings
from services.notifications import models as notifications

GROUP = 20
"""Children of a group."""
GROUPS_OF_AN_INSTITUTION = 5
RATERS = 2

_CHILD, _GROUP, _INSTITUTION, _GUARDIAN, _STAFF, _DISTRICT, _LISTED, _MEETING, _CONCERN = range(1, 10)

ROUND = str(UUID(int=77 << 64))
DISTRICT = str(UUID(int=_DISTRICT << 100))
STAFF = [str(UUID(int=(_STAFF << 100) + number)) for number in range(RATERS + 1)]
"""Two pedagogues and their leader, in the whole municipality."""
PPR = str(UUID(int=(_DISTRICT << 100) + 1))
SPECIALIST = str(UUID(int=(_STAFF << 100) + RATERS + 1))
"""A psychologist, and the unit she works in."""

Row = Mapping[str, Any]


def child_id(number: int) -> str:
    return str(UUID(int=(_CHILD << 100) + number))


def group_id(group: int) -> str:
    return str(UUID(int=(_GROUP << 100) + group))


def institution_id(group: int) -> str:
    return str(UUID(int=(_INSTITUTION << 100) + group // GROUPS_OF_AN_INSTITUTION))


def listed_id(number: int) -> str:
    """The child's entry in the round."""
    return str(UUID(int=(_LISTED << 100) + number))


def guardian_ids(number: int) -> list[str]:
    """Custody holders: two for every second child, one for the others, so 1.5 on average."""
    return [str(UUID(int=(_GUARDIAN << 100) + 4 * number + each)) for each in range(1 + number % 2)]


def stranger_id(number: int) -> str:
    """The child's guardian without custody: nobody may write to her."""
    return str(UUID(int=(_GUARDIAN << 100) + 4 * number + 3))


def specialist_meeting_id(number: int) -> str:
    """The child's meeting with a specialist, where there is one (:func:`await_consents`)."""
    return str(UUID(int=(_MEETING << 100) + number))


def leader() -> Actor:
    """Somebody who may rate everywhere."""
    return Actor(STAFF[-1], "staff", (Grant("leader", "*"), Grant("administration", "*")), "test")


def joint_rating(number: int, position: str = "yellow", *, version: int = 1, **more: Any) -> dict[str, Any]:
    """What is agreed about the child with a number, as `assessment.finalise_group` takes it."""
    return {
        "child_assessment_id": listed_id(number),
        "expected_version": version,
        "track": "institution",
        "position": position,
        "context": "Ved skift mellem aktiviteter og i store grupper.",
        "reason": "" if position == "green" else "Er ofte uden for fællesskabet, når hele stuen er samlet.",
        "works_well": "Faste makkerpar om formiddagen.",
        "focus": "Mindre grupper efter frokost, og en fast voksen ved aflevering.",
        "participants": STAFF[:RATERS],
        **more,
    }


def _analyse(engine: Engine) -> None:
    """What has been filled; as on a server of its own, an empty table is not looked at before it grows. A
    database that has been told a table is empty reads it from end to end for as long as it remembers.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in inspect(engine).get_table_names():
            if connection.execute(text(f'SELECT 1 FROM "{table}" LIMIT 1')).first():
                connection.execute(text(f'ANALYZE "{table}"'))


def settle(urls: Mapping[str, str], children: int, *, automatic: bool = True) -> None:
    """Fill the databases of assessment, meetings, notifications and, where it is there, consent, whose tables
    exist and are empty.

    The children are 0 to ``children``, in groups of 20 of day-care institutions, listed in an open round and
    ready for the dialogue. ``automatic``: whether meetings invites by itself, or leaves it to staff.
    """
    fills = {
        "assessment": _assessment,
        "meetings": _meetings,
        "notifications": _parents,
        "consent": _consent,
    }
    for service, fill in fills.items():
        if service not in urls:
            continue
        engine = create_engine(urls[service])
        try:
            fill(engine, children)
            if service == "meetings" and not automatic:
                _write(engine, meetings.SettingsVersion.__table__, [_by_staff()])
            if engine.dialect.name == "postgresql":
                _analyse(engine)
        finally:
            engine.dispose()


def _assessment(engine: Engine, children: int) -> None:
    database = Database(engine.url.render_as_string(hide_password=False), assessment.Base)
    with database.unit_of_work() as uow:
        profile = profiles.newest(uow.session)
        version = profile.version
    database.close()
    today, now = clock.today(), clock.now()
    _write(engine, assessment.Institution.__table__, _institutions(children, "id"))
    _write(
        engine,
        assessment.Group.__table__,
        (
            {"id": group_id(group), "institution_id": institution_id(group), "grade": None, "active": True}
            for group in range(_groups(children))
        ),
    )
    _write(
        engine,
        assessment.Child.__table__,
        (
            {"id": child_id(n), "version": 1, "born": today - timedelta(days=1500), "active": True}
            for n in range(children)
        ),
    )
    _write(
        engine,
        assessment.Enrolment.__table__,
        (
            {
                "child_id": child_id(n),
                "ordinal": 0,
                "institution_id": institution_id(n // GROUP),
                "group_id": group_id(n // GROUP),
                "district_id": DISTRICT,
                "kind": "boernehave",
                "first": today - timedelta(days=400),
                "last": None,
            }
            for n in range(children)
        ),
    )
    _write(
        engine,
        assessment.Staff.__table__,
        ({"id": one, "version": 1, "active": True} for one in STAFF),
    )
    _write(
        engine,
        assessment.Assignment.__table__,
        (
            {
                "staff_id": one,
                "ordinal": 0,
                "role": role,
                "unit_kind": "municipality",
                "unit_id": "*",
                "first": None,
                "last": None,
            }
            for one, role in zip(STAFF, ("pedagogue", "pedagogue", "leader"), strict=True)
        ),
    )
    period = {"first": today - timedelta(days=7), "last": today + timedelta(days=60)}
    _write(
        engine,
        assessment.Round.__table__,
        [
            {
                "id": ROUND,
                "name": "Forår",
                "state": "open",
                "version": 2,
                "profile_version": version,
                **period,
                "planned_at": now,
                "planned_by": "test",
                "opened_at": now,
                "opened_by": "test",
                "closed_at": None,
                "closed_by": None,
                "roster_on": today,
            }
        ],
    )
    _write(
        engine,
        assessment.RoundWindow.__table__,
        [{"round_id": ROUND, "kind": "boernehave", **period, "is_open": True}],
    )
    _write(
        engine,
        assessment.ChildAssessment.__table__,
        (
            {
                "id": listed_id(n),
                "round_id": ROUND,
                "child_id": child_id(n),
                "institution_id": institution_id(n // GROUP),
                "group_id": group_id(n // GROUP),
                "district_id": DISTRICT,
                "kind": "boernehave",
                "age_band": "3-6",
                "required": RATERS,
                "state": "ready_for_dialogue",
                "version": 1,
                "settled": 1,
                "reason_code": None,
                "reason": None,
                "changed_at": now,
                "changed_by": "test",
                "left_on": None,
            }
            for n in range(children)
        ),
    )


def _meetings(engine: Engine, children: int) -> None:
    today = clock.today()
    _write(engine, meetings.Institution.__table__, _institutions(children, "institution_id"))
    _write(
        engine,
        meetings.Child.__table__,
        ({"child_id": child_id(n), "version": 1, "active": True} for n in range(children)),
    )
    _write(
        engine,
        meetings.Enrolment.__table__,
        (
            {
                "child_id": child_id(n),
                "number": 0,
                "institution_id": institution_id(n // GROUP),
                "group_id": group_id(n // GROUP),
                "district_id": DISTRICT,
                "from_day": today - timedelta(days=400),
                "to_day": None,
            }
            for n in range(children)
        ),
    )
    _write(
        engine,
        meetings.Guardian.__table__,
        (
            {
                "child_id": child_id(n),
                "guardian_id": guardian,
                "custody": custody,
                "language": "da",
                "interpreter": False,
            }
            for n, guardian, custody in _families(children)
        ),
    )
    # A leader and a pedagogue for each group, else one person's calendar would hold every meeting.
    people = [(4 * _groups(children) + 10, "*", "leader")]
    people += [
        (10 + 4 * group + each, group_id(group), role)
        for group in range(_groups(children))
        for each, role in enumerate(("pedagogue", "leader"))
    ]
    ids = [str(UUID(int=(_STAFF << 100) + number)) for number, _, _ in people]
    _write(engine, meetings.Staff.__table__, ({"staff_id": one, "version": 1, "active": True} for one in ids))
    _write(
        engine,
        meetings.Assignment.__table__,
        (
            {
                "staff_id": one,
                "number": 0,
                "role": role,
                "unit_id": unit,
                "from_day": today - timedelta(days=400),
                "to_day": None,
            }
            for one, (_, unit, role) in zip(ids, people, strict=True)
        ),
    )


def _parents(engine: Engine, children: int) -> None:
    today = clock.today()
    _write(
        engine,
        notifications.Child.__table__,
        ({"child_id": child_id(n), "version": 1, "active": True} for n in range(children)),
    )
    _write(
        engine,
        notifications.Guardianship.__table__,
        (
            {
                "child_id": child_id(n),
                "guardian_id": guardian,
                "custody": custody,
                "digital_post_exempt": False,
            }
            for n, guardian, custody in _families(children)
        ),
    )
    _write(
        engine,
        notifications.Enrolment.__table__,
        (
            {
                "child_id": child_id(n),
                "position": 0,
                "institution_id": institution_id(n // GROUP),
                "group_id": group_id(n // GROUP),
                "district_id": DISTRICT,
                "starts_on": today - timedelta(days=400),
                "ends_on": None,
            }
            for n in range(children)
        ),
    )


def _consent(engine: Engine, children: int) -> None:
    today = clock.today()
    _write(engine, consent.Institution.__table__, _institutions(children, "institution_id"))
    _write(
        engine,
        consent.Child.__table__,
        (
            {
                "child_id": child_id(n),
                "version": 1,
                "active": True,
                "born": today - timedelta(days=1500),
                "language": "da",
            }
            for n in range(children)
        ),
    )
    _write(
        engine,
        consent.Enrolment.__table__,
        (
            {
                "child_id": child_id(n),
                "number": 0,
                "institution_id": institution_id(n // GROUP),
                "group_id": group_id(n // GROUP),
                "district_id": DISTRICT,
                "from_day": today - timedelta(days=400),
                "to_day": None,
            }
            for n in range(children)
        ),
    )
    _write(
        engine,
        consent.Guardian.__table__,
        (
            {"child_id": child_id(n), "guardian_id": guardian, "custody": custody, "language": "da"}
            for n, guardian, custody in _families(children)
        ),
    )


def await_consents(url: str, numbers: Iterable[int]) -> None:
    """Write into the database of meetings a specialist, and a meeting of hers for each of these children that
    waits for a consent."""
    today, now = clock.today(), clock.now()
    engine = create_engine(url)
    place = {"role": "specialist", "unit_id": PPR, "from_day": today - timedelta(days=400), "to_day": None}
    with Session(engine) as session:
        session.add(meetings.Staff(staff_id=SPECIALIST, version=1, active=True))
        session.flush()
        session.add(meetings.Assignment(staff_id=SPECIALIST, number=0, **place))
        ids = {specialist_meeting_id(n): n for n in numbers}
        session.add_all(
            meetings.Meeting(
                meeting_id=meeting_id,
                version=1,
                kind="specialist",
                child_id=child_id(n),
                track="institution",
                concern_id=str(UUID(int=(_CONCERN << 100) + n)),
                round_id=ROUND,
                institution_id=institution_id(n // GROUP),
                group_id=group_id(n // GROUP),
                state="required",
                invite_by=today + timedelta(days=30),
                hold_by=today + timedelta(days=40),
                created_at=now,
                correlation_id="test",
            )
            for meeting_id, n in ids.items()
        )
        session.flush()
        session.add_all(meetings.MeetingSpecialist(meeting_id=id_, staff_id=SPECIALIST) for id_ in ids)
        session.commit()
    engine.dispose()


def _by_staff() -> Row:
    return {
        "scope": "*",
        "version": 1,
        "values": {"invitation": "by_staff"},
        "stored_at": clock.now(),
        "stored_by": "test",
    }


def _groups(children: int) -> int:
    return -(-children // GROUP)


def _institutions(children: int, key: str) -> Iterator[Row]:
    for number in range(-(-_groups(children) // GROUPS_OF_AN_INSTITUTION)):
        yield {
            key: institution_id(number * GROUPS_OF_AN_INSTITUTION),
            "version": 1,
            "kind": "boernehave",
            "district_id": DISTRICT,
            "active": True,
        }


def _families(children: int) -> Iterator[tuple[int, str, str]]:
    for number in range(children):
        holders = guardian_ids(number)
        for guardian in holders:
            yield number, guardian, "joint" if len(holders) > 1 else "sole"
        if number % 7 == 0:
            yield number, stranger_id(number), "none"


def _write(engine: Engine, table: Table, rows: Iterable[Row]) -> None:
    """All rows in one transaction; by COPY where there is one."""
    rows = iter(rows)
    if engine.dialect.name != "postgresql":
        with engine.begin() as connection:
            while portion := list(islice(rows, 5000)):
                connection.execute(insert(table), portion)
        return
    raw = engine.raw_connection()
    try:
        first = next(rows, None)
        if first is not None:
            names = list(first)
            columns = ", ".join(f'"{name}"' for name in names)
            statement = f"COPY {table.name} ({columns}) FROM STDIN"
            with raw.cursor() as cursor, cursor.copy(statement) as copy:
                for row in chain([first], rows):
                    copy.write_row([_plain(row[name]) for name in names])
        raw.commit()
    finally:
        raw.close()


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value
