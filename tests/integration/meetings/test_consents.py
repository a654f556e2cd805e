"""Meetings with specialists: they wait for a consent, and end with it, on the next read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from services.chassis import clock
from services.chassis.actor import Actor, Grant
from services.chassis.errors import Conflict, Invalid, NotFound, NotYet
from services.meetings import gates, handlers, models, projection, queries, schemas, shared
from services.meetings.handlers import consents
from services.meetings.schemas import records
from tests.integration.meetings.town import Town, key


@pytest.fixture
def ppr(town: Town) -> Actor:
    """A specialist of the town's PPR, which is its district's."""
    person = key()
    town.employ(person, "specialist", town.district)
    return Actor(person, "staff", (Grant("specialist", town.district),), "trivsel")


def held(town: Town) -> models.Meeting:
    """A focus meeting that has been held."""
    meeting = town.invited()
    with town.db.unit_of_work() as uow:
        row = uow.session.get_one(models.Meeting, meeting.meeting_id)
        row.state, row.version = "held", row.version + 1
    return town.meeting(meeting.child_id)


def further(town: Town, before: models.Meeting, *specialists: str, **more: Any) -> dict[str, Any]:
    facts = {
        "meeting_id": before.meeting_id,
        "expected_version": before.version,
        "kind": "specialist",
        "hold_by": clock.today() + timedelta(days=14),
        "specialist_ids": list(specialists),
    } | more
    found: dict[str, Any] = town.call(handlers.further_meeting, **facts)
    return found


def asked(town: Town, child: str, **more: Any) -> str:
    """The id of a consent that meetings has heard was asked for."""
    data = {
        "consent_id": key(),
        "child_id": child,
        "purpose": "specialist_meeting",
        "recipients": [town.district],
        "information": ["meeting_minutes"],
        "valid_from": clock.today().isoformat(),
        "valid_to": (clock.today() + timedelta(days=100)).isoformat(),
    } | more
    town.hear(handlers.consent_requested, schemas.ConsentRequested, data)
    return str(data["consent_id"])


def become(town: Town, what: str, consent_id: str, child: str, version: int = 2, **more: Any) -> None:
    reads = schemas.ConsentSuperseded if what == "superseded" else schemas.ConsentOutcome
    handler = getattr(handlers, f"consent_{what}")
    town.hear(handler, reads, {"consent_id": consent_id, "child_id": child, **more}, version=version)


def granted(town: Town, child: str, **more: Any) -> str:
    consent = asked(town, child, **more)
    become(town, "granted", consent, child)
    return consent


def read(town: Town, actor: Actor, meeting_id: str) -> dict[str, Any]:
    return dict(schemas.Meeting().dump(town.call(queries.get_meeting, actor, meeting_id=meeting_id)))


def test_a_follow_up_needs_no_consent_and_is_planned_at_once(town: Town) -> None:
    before = held(town)
    meeting = further(town, before, kind="follow_up")
    assert (meeting["kind"], meeting["follows"], meeting["consent"]) == (
        "follow_up", before.meeting_id, "not_needed",
    )  # fmt: skip
    assert "plan_meeting" in town.tasks(meeting_id=meeting["meeting_id"])
    invited = town.call(handlers.invite, meeting_id=meeting["meeting_id"], expected_version=1)
    assert invited["state"] == "invited"
    assert town.told("meeting.required")[-1]["kind"] == "follow_up"
    with pytest.raises(Conflict):
        further(town, before, kind="follow_up")


def test_a_meeting_with_a_specialist_waits_for_consent(town: Town, ppr: Actor) -> None:
    meeting = further(town, held(town), ppr.id)
    assert meeting["consent"] == "waiting"
    for handler, more in ((handlers.invite, {}), (handlers.confirm, {"starts_at": clock.now()})):
        with pytest.raises(Conflict) as refused:
            town.call(handler, meeting_id=meeting["meeting_id"], expected_version=1, **more)
        assert refused.value.code == "consent-missing"
    with pytest.raises(NotFound):
        read(town, ppr, meeting["meeting_id"])
    granted(town, meeting["child_id"])
    assert "consent_granted" in town.tasks(meeting_id=meeting["meeting_id"])
    seen = read(town, ppr, meeting["meeting_id"])
    assert seen["consent"] == "open"
    town.call(handlers.invite, meeting_id=meeting["meeting_id"], expected_version=seen["version"])
    listed = town.call(queries.list_meetings, ppr, mine=True)["items"]
    assert [one.meeting_id for one in listed] == [meeting["meeting_id"]]


def test_lr_5_a_withdrawal_shuts_the_door_for_the_next_read_and_tells_the_owner(
    town: Town, ppr: Actor
) -> None:
    meeting = further(town, held(town), ppr.id)
    child = meeting["child_id"]
    consent = granted(town, child)
    version = read(town, ppr, meeting["meeting_id"])["version"]
    become(town, "withdrawn", consent, child, version=3)
    with pytest.raises(NotFound):
        read(town, ppr, meeting["meeting_id"])
    assert town.call(queries.list_meetings, ppr, mine=True)["items"] == []
    seen = read(town, town.actor(), meeting["meeting_id"])
    assert (seen["consent"], seen["version"] > version) == ("suspended", True)
    assert "consent_withdrawn" in town.tasks(meeting_id=meeting["meeting_id"], state="open")
    assert town.told("withdrawal.acknowledged") == [{"consent_id": consent, "child_id": child}]
    with pytest.raises(Conflict):
        town.call(handlers.invite, meeting_id=meeting["meeting_id"], expected_version=seen["version"])
    again = granted(town, child)
    assert read(town, ppr, meeting["meeting_id"])["consent_id"] == again
    assert "consent_withdrawn" not in town.tasks(meeting_id=meeting["meeting_id"], state="open")


def test_what_is_told_late_or_twice_opens_nothing(town: Town, ppr: Actor) -> None:
    meeting = further(town, held(town), ppr.id)
    child = meeting["child_id"]
    with pytest.raises(NotYet):
        become(town, "granted", key(), child)
    consent = asked(town, child)
    become(town, "withdrawn", consent, child, version=5)
    become(town, "granted", consent, child, version=4)
    with pytest.raises(NotFound):
        read(town, ppr, meeting["meeting_id"])
    town.hear(
        handlers.consent_requested,
        schemas.ConsentRequested,
        {
            "consent_id": consent,
            "child_id": child,
            "purpose": "specialist_meeting",
            "recipients": [town.district],
            "valid_from": "2026-01-01",
            "valid_to": "2030-01-01",
        },
        version=9,
    )
    assert [one.state for one in town.rows(models.Consent)] == ["withdrawn"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"purpose": "record_sharing", "recipients": ["00000000-0000-4000-8000-000000000000"]},
        {"recipients": ["00000000-0000-4000-8000-000000000000"]},
        {"valid_from": "2026-11-24"},
        {"valid_to": "2026-11-22"},
        {"purpose": "cross_professional_course"},
        {"purpose": "record_sharing", "information": ["wellbeing"]},
    ],
)
def test_only_a_consent_for_this_unit_purpose_and_day_opens(
    town: Town, ppr: Actor, wrong: dict[str, Any]
) -> None:
    meeting = further(town, held(town), ppr.id)
    granted(town, meeting["child_id"], **wrong)
    with pytest.raises(NotFound):
        read(town, ppr, meeting["meeting_id"])


def test_a_consent_ends_by_the_calendar_also_when_nobody_says_so(
    town: Town, ppr: Actor, monday: time_machine.Traveller
) -> None:
    meeting = further(town, held(town), ppr.id)
    granted(town, meeting["child_id"], valid_to="2026-11-24")
    monday.shift(timedelta(days=1))
    assert read(town, ppr, meeting["meeting_id"])["consent"] == "open"
    monday.shift(timedelta(days=1))
    with pytest.raises(NotFound):
        read(town, ppr, meeting["meeting_id"])


def test_a_shared_record_is_read_by_the_named_unit_and_changed_by_nobody_there(
    town: Town, ppr: Actor
) -> None:
    before = held(town)
    with pytest.raises(NotFound):
        read(town, ppr, before.meeting_id)
    consent = granted(town, before.child_id, purpose="record_sharing")
    assert read(town, ppr, before.meeting_id)["meeting_id"] == before.meeting_id
    with pytest.raises(NotFound):
        town.call(
            handlers.cancel,
            ppr,
            meeting_id=before.meeting_id,
            expected_version=before.version,
            reason="other",
        )
    everywhere = Actor(key(), "staff", (Grant("specialist", "*"),), "trivsel")
    with pytest.raises(NotFound):
        read(town, everywhere, before.meeting_id)
    become(town, "withdrawn", consent, before.child_id, version=3)
    with pytest.raises(NotFound):
        read(town, ppr, before.meeting_id)


def test_a_renewed_consent_carries_the_meeting_on_without_a_gap(town: Town, ppr: Actor) -> None:
    meeting = further(town, held(town), ppr.id)
    child = meeting["child_id"]
    old = granted(town, child)
    new = granted(town, child)
    become(town, "superseded", old, child, version=9, by=new)
    seen = read(town, ppr, meeting["meeting_id"])
    assert (seen["consent"], seen["consent_id"]) == ("open", new)


def test_a_declined_consent_asks_the_owner_what_instead(town: Town, ppr: Actor) -> None:
    meeting = further(town, held(town), ppr.id)
    consent = asked(town, meeting["child_id"])
    become(town, "declined", consent, meeting["child_id"])
    assert "consent_declined" in town.tasks(meeting_id=meeting["meeting_id"])


def test_who_is_no_specialist_is_not_invited_as_one(town: Town) -> None:
    before = held(town)
    for specialists in ((), (town.leader,), (key(),)):
        with pytest.raises(Invalid) as refused:
            further(town, before, *specialists)
        assert "specialist_ids" in refused.value.fields


def test_reading_all_consents_anew_shuts_what_should_be_shut(town: Town, ppr: Actor) -> None:
    meeting = further(town, held(town), ppr.id)
    child = meeting["child_id"]
    consent = granted(town, child)
    item = {
        "version": 7,
        "consent_id": consent,
        "child_id": child,
        "purpose": "specialist_meeting",
        "state": "withdrawn",
        "recipients": [town.district],
        "valid_from": "2026-11-01",
        "valid_to": "2027-11-01",
    }
    other = {**item, "consent_id": key(), "state": "partial"}
    pages = {None: {"items": [item], "next": "a"}, "a": {"items": [other], "next": None}}
    assert consents.rebuild(town.db, lambda after: pages[after]) == 2
    with pytest.raises(NotFound):
        read(town, ppr, meeting["meeting_id"])
    assert "consent_withdrawn" in town.tasks(meeting_id=meeting["meeting_id"])
    assert gates.GRANTED not in {one.state for one in town.rows(models.Consent)}


def test_minutes_are_shared_as_the_parents_were_given_them_and_no_longer_than_the_consent(
    town: Town, ppr: Actor
) -> None:
    before = held(town)
    child, meeting_id = before.child_id, before.meeting_id
    with town.db.unit_of_work() as uow:
        uow.session.add_all(edition(meeting_id, number, text) for number, text in ((1, "Ældre"), (2, "Ny")))
    school, group = key(), key()
    uninformed = granted(town, child, purpose="record_sharing", recipients=[school], information=["health"])
    institution = {"institution_id": school, "kind": "school", "district_id": None, "active": True,
                   "groups": [{"group_id": group, "active": True}]}  # fmt: skip
    town.hear(projection.record_institutions, schemas.InstitutionRecorded, institution)
    headmaster = Actor(key(), "staff", (Grant("leader", school),), "trivsel")
    stranger = Actor(key(), "staff", (Grant("leader", key()), Grant("leader", "*")), "trivsel")

    def texts(actor: Actor) -> list[str] | None:
        try:
            found = records.SharedMinutes().dump(town.call(shared.shared_minutes, actor, child_id=child))
        except NotFound:
            return None
        assert set(found["meetings"][0]["agreements"][0]) == {"what", "who", "due"}
        return [item["text"] for meeting in found["meetings"] for item in meeting["items"]]

    assert [texts(each) for each in (ppr, headmaster, stranger)] == [None, None, None]
    consent = granted(town, child, purpose="record_sharing", recipients=[school, town.district])
    assert [texts(each) for each in (ppr, headmaster, stranger)] == [["Ny"], ["Ny"], None]
    become(town, "withdrawn", consent, child, version=3)
    assert [texts(each) for each in (ppr, headmaster, stranger)] == [None, None, None]
    assert uninformed != consent


def test_reading_all_consents_anew_learns_the_kinds_of_one_told_before_they_were(
    town: Town, ppr: Actor
) -> None:
    before = held(town)
    consent = granted(town, before.child_id, purpose="record_sharing", information=[])
    with pytest.raises(NotFound):
        read(town, ppr, before.meeting_id)
    item = {
        "version": 2, "consent_id": consent, "child_id": before.child_id, "purpose": "record_sharing",
        "state": "granted", "recipients": [town.district], "information": ["meeting_minutes"],
        "valid_from": "2026-11-01", "valid_to": "2027-11-01",
    }  # fmt: skip
    consents.rebuild(town.db, lambda after: {"items": [item], "next": None})
    assert read(town, ppr, before.meeting_id)["meeting_id"] == before.meeting_id


def edition(meeting_id: str, number: int, text: str) -> models.SharedMinutes:
    """Minutes as parents were given them."""
    return models.SharedMinutes(
        meeting_id=meeting_id,
        edition=number,
        minutes_version=number,
        items=[{"code": "view", "heading": "Forældrenes syn", "text": text}],
        agreements=[{"what": "Læse sammen", "who": "Far", "due": None}],
        follow_up_on=None,
        link_until=clock.now(),
        shared_at=clock.now(),
        shared_by=key(),
    )
