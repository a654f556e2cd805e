"""What operations ask and do from the command line, on a chain that runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection
from sqlalchemy import delete, insert, select, update

from deploy.local.fleet import CHAIN
from deploy.local.rabbitmq import RabbitMQ
from services.assessment import models as assessment
from services.chassis import clock
from services.consent import models as consent
from services.meetings import models as meetings
from services.notifications import models as notifications
from tests.faults.chain import Chain
from tests.support import population, until

HOUSE = (*CHAIN, "consent")


@pytest.fixture(scope="module")
def chain(scratch: Path, broker: RabbitMQ) -> Iterator[Chain]:
    with Chain(scratch / "operations", broker, None, children=200, services=HOUSE, consents=4) as one:
        assert one.consents is not None
        one.submit(2)
        one.consents.take_back(one.consents.give())
        one.consents.give()
        one.settled()
        yield one


def trivsel(chain: Chain, *arguments: str) -> tuple[int, Any]:
    """Exit code and the JSON that a command printed."""
    done = chain.fleet.trivsel(*arguments, "--json", check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def verify(chain: Chain) -> tuple[int, set[str]]:
    """Exit code of `trivsel verify`, and what it said of each violation."""
    code, found = trivsel(chain, "verify", *HOUSE, "--patience", "0")
    assert found["holds"] == (code == 0)
    return code, {violation["detail"] for rule in found["rules"] for violation in rule["violations"]}


def change(chain: Chain, service: str, statement: Any) -> None:
    chain.count(service, "outbox")
    with chain.engines[service].begin() as connection:
        connection.execute(statement)


def a_concern(chain: Chain, number: int) -> str:
    query = select(assessment.Concern.id).where(assessment.Concern.child_id == population.child_id(number))
    return str(chain._rows("assessment", query)[0][0])


def test_when_all_is_well_verify_and_status_say_so_and_exit_with_0(chain: Chain) -> None:
    assert verify(chain) == (0, set())
    code, rows = trivsel(chain, "status", *HOUSE)
    assert code == 0
    assert {row["service"]: row["schema"] for row in rows} == dict.fromkeys(HOUSE, "newest")
    assert all(row["dead_letters"] == row["outbox"] == 0 for row in rows)


def test_verify_names_what_was_lost_and_what_was_doubled(chain: Chain) -> None:
    lost, doubled, untold = (a_concern(chain, number) for number in (3, 5, 7))
    kept = chain._rows("meetings", select(meetings.Meeting).where(meetings.Meeting.concern_id == doubled))[0]
    again = {**kept._mapping, "meeting_id": population.child_id(999), "kind": "focus", "track": "home"}
    for table in (meetings.Step, meetings.Proposal, meetings.MeetingStaff, meetings.MeetingGuardian):
        of_it = select(meetings.Meeting.meeting_id).where(meetings.Meeting.concern_id == lost)
        change(chain, "meetings", delete(table).where(table.meeting_id.in_(of_it)))
    change(chain, "meetings", delete(meetings.Meeting).where(meetings.Meeting.concern_id == lost))
    change(chain, "meetings", insert(meetings.Meeting).values(**again))
    change(
        chain, "notifications", delete(notifications.Notice).where(notifications.Notice.subject_id == untold)
    )
    inbox = meetings.Base.metadata.tables["inbox"]
    [event] = chain._rows("meetings", select(inbox.c.event_id).limit(1))
    change(chain, "meetings", delete(inbox).where(inbox.c.event_id == event[0]))

    code, found = trivsel(chain, "verify", *HOUSE, "--patience", "0")
    named = {(v["subject"], v["detail"]) for rule in found["rules"] for v in rule["violations"]}
    assert code == 1
    assert named == {
        (lost, "raised, and no meeting was ever required"),
        (doubled, "2 open meetings"),
        (untold, "raised, and no custody holder has a notice of it"),
        (event[0], "this event was never handled"),
    }


def test_verify_names_a_door_that_outlives_its_consent_and_who_has_not_acted(chain: Chain) -> None:
    assert chain.consents is not None
    [taken], [given] = chain.consents.taken, chain.consents.given
    before, known = verify(chain)[1], meetings.Consent
    change(chain, "meetings", update(known).where(known.consent_id == taken).values(state="granted"))
    resting = {"consent_id": taken, "suspended_at": None}
    change(
        chain,
        "meetings",
        update(meetings.Meeting).where(meetings.Meeting.kind == "specialist").values(resting),
    )
    late = {"acknowledged_at": None, "reminders": 1}
    acting = consent.Acknowledgement
    change(chain, "consent", update(acting).where(acting.subscriber == "notifications").values(late))

    code, found = trivsel(chain, "verify", *HOUSE, "--patience", "0")
    named = {(v["subject"], v["detail"]) for rule in found["rules"] for v in rule["violations"]}
    assert code == 1
    assert {each for each in named if each[1] not in before} == {
        (taken, "withdrawn, and a door that it opened stands open"),
        (taken, "withdrawn, and 4 meetings that rest on it go on"),
        (taken, "taken back, and notifications has not acted on it within its limit"),
    }
    assert given not in {subject for subject, _ in named}


def test_a_rebuild_that_asks_in_vain_is_one_line_and_exit_code_1(chain: Chain) -> None:
    done = chain.fleet.trivsel("projection", "rebuild", "notifications", "--json", check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "trivsel: unavailable; do the services that are asked run?\n"
    done = chain.fleet.trivsel("projection", "rebuild", "gateway", "--json", check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "assessment, consent, meetings, notifications" in done.stderr


def test_an_event_put_aside_is_seen_and_retried(chain: Chain) -> None:
    outbox = assessment.Base.metadata.tables["outbox"]
    last = select(outbox.c.seq).order_by(outbox.c.seq.desc()).limit(1).scalar_subquery()
    aside = {"published_at": None, "available_at": clock.now().replace(year=2100), "last_error": "refused"}
    change(chain, "assessment", update(outbox).where(outbox.c.seq == last).values(**aside))
    code, [row] = trivsel(chain, "outbox", "status", "assessment")
    assert (code, row["waiting"], row["parked"]) == (1, 1, 1)
    assert trivsel(chain, "outbox", "retry", "assessment", "--dry-run")[1][0]["would_retry"] == 1
    assert trivsel(chain, "outbox", "retry", "assessment")[1][0]["retried"] == 1
    until(lambda: chain.count("assessment", "outbox", "published_at IS NULL") == 0)
    assert trivsel(chain, "outbox", "status", "assessment")[0] == 0


def test_a_replayed_event_that_was_handled_already_changes_nothing(chain: Chain) -> None:
    """Its dead letter is a copy of what the relay has sent: same event, another message."""
    from services.chassis import envelope

    outbox = assessment.Base.metadata.tables["outbox"]
    raised = select(outbox).where(outbox.c.type.like("%concern.raised.v1")).limit(1)
    [row] = chain._rows("assessment", raised)
    with Connection(chain.direct["AMQP_URI"]) as connection:
        connection.Producer().publish(
            envelope.build(row._mapping),
            routing_key="meetings.dlq",
            content_type="application/json",
            content_encoding="utf-8",
            message_id="a-dead-letter",
            headers={"origin-queue": "meetings.require_focus_meetings", "reason": "exhausted"},
            delivery_mode=2,
        )
    until(lambda: chain.dead_letters() == {"meetings": 1})
    assert trivsel(chain, "status", *HOUSE)[0] == 1
    before = (
        chain.count("meetings", "meetings"),
        chain.count("meetings", "inbox", "consumer = 'meetings.require_focus_meetings'"),
    )
    code, [done] = trivsel(chain, "dlq", "replay", "a-dead-letter", "--service", "meetings")
    assert (code, done["sent_back"]) == (0, 1)
    # What comes behind it in its queue has been handled, so it has been too.
    raised_now = sum(chain.submitted[number] == "raised" for number in chain.submit())
    until(lambda: chain.count("meetings", "meetings") == before[0] + raised_now)
    handled = chain.count("meetings", "inbox", "consumer = 'meetings.require_focus_meetings'")
    assert handled == before[1] + raised_now
    assert not chain.dead_letters()


def test_a_wrong_name_is_one_line_and_exit_code_2(chain: Chain) -> None:
    done = chain.fleet.trivsel("verify", "meeting", check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("trivsel: ")
    assert "meetings" in done.stderr
