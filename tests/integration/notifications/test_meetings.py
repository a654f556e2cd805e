"""From an invitation over a confirmation to a cancellation, as a parent's mail program sees them."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar

from services.chassis.errors import NotYet
from services.chassis.links import open_link
from tests.integration.notifications.town import LINK_KEY, SOON, Family, Parent, Town, key

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def calendar(mail: Any) -> tuple[Any, Any]:
    (part,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    found = Calendar.from_ical(part.get_content())
    assert part["Content-Type"].params["method"] == found["METHOD"]
    return found, found.events[0]


def text(mail: Any) -> str:
    return " ".join(mail.get_body(("plain",)).get_content().split())


def has_calendar(mail: Any) -> bool:
    return any(part.get_content_type() == "text/calendar" for part in mail.walk())


def test_each_custody_holder_gets_the_times_and_a_link_of_her_own(town: Town) -> None:
    family = town.family("well", "well")
    meeting = town.invited(family)
    assert town.send() == {"sent": 2}
    tokens = set()
    for parent in family.parents:
        (mail,) = town.mails(parent)
        said = text(mail)
        assert "torsdag den 3. juni 2027 kl. 13.30–14.00" in said
        (token,) = set(re.findall(r"https://trivsel\.example/svar/([\w.~-]+)", mail.as_string() + said))
        tokens.add(token)
        link = open_link(token, "meeting-answer", LINK_KEY)
        assert (link.subject, link.audience, link.extra) == (meeting, parent.id, {"invitation": 1})
        assert link.expires_at == SOON + timedelta(days=1)
        others = [each for each in family.parents if each is not parent]
        assert all(each.email not in mail.as_string() and each.id not in said for each in others)
    assert len(tokens) == 2


@SQLITE
def test_nothing_but_the_token_is_in_the_link(town: Town) -> None:
    family = town.family("well")
    town.invited(family)
    town.send()
    (address,) = set(
        re.findall(r"https://\S+", town.mails(family.parents[0])[0].get_body(("plain",)).get_content())
    )
    assert re.fullmatch(r"https://trivsel\.example/svar/[\w.~-]+", address)
    assert family.first_name not in address


@SQLITE
def test_a_new_invitation_takes_the_place_of_one_not_yet_sent(town: Town) -> None:
    family = town.family("well")
    meeting = town.invited(family)
    town.invited(family, meeting, invitation=2)
    assert town.send() == {"sent": 1}
    assert town.states(family) == [("invitation", "sent", None), ("invitation", "suppressed", "replaced")]
    (mail,) = town.mails(family.parents[0])
    assert "nye forslag" in text(mail)


@SQLITE
def test_a_new_invitation_after_one_that_was_sent_is_sent_too(town: Town) -> None:
    family = town.family("well")
    meeting = town.invited(family)
    town.send()
    town.invited(family, meeting, invitation=2)
    town.send()
    subjects = [mail["Subject"] for mail in town.mails(family.parents[0])]
    assert subjects == ["Vælg et tidspunkt til vores møde", "Nye forslag til tidspunkter for vores møde"]


def test_the_one_who_chose_and_the_other_are_told_in_their_own_words_with_the_same_entry(town: Town) -> None:
    family = town.family("well", "well")
    chose, other = family.parents
    meeting = town.invited(family)
    town.send()
    town.confirmed(family, meeting, accepted_by=chose.id)
    town.send()
    mine, hers = town.mails(chose)[-1], town.mails(other)[-1]
    assert "Tak for dit svar" in text(mine)
    assert "Der er nu aftalt et tidspunkt" in text(hers)
    events = [calendar(mail)[1] for mail in (mine, hers)]
    assert {str(event["UID"]) for event in events} == {f"{meeting}@meetings.trivsel"}
    assert [str(event["ATTENDEE"]) for event in events] == [f"mailto:{chose.email}", f"mailto:{other.email}"]
    assert str(events[0]["SUMMARY"]) == "Møde i Børnehuset Bakken"
    assert events[0].start == SOON


@SQLITE
def test_a_moved_meeting_keeps_its_uid_and_raises_its_sequence(town: Town) -> None:
    family = town.family("well")
    meeting = town.invited(family)
    town.confirmed(family, meeting)
    town.send()
    town.confirmed(family, meeting, sequence=1, starts=SOON + timedelta(days=1))
    town.send()
    first, second = [mail for mail in town.mails(family.parents[0]) if has_calendar(mail)]
    assert calendar(first)[1]["UID"] == calendar(second)[1]["UID"]
    assert [calendar(each)[1]["SEQUENCE"] for each in (first, second)] == [0, 1]
    assert second["Subject"] == "Mødet er flyttet til fredag den 4. juni 2027 kl. 13.30"


def test_a_confirmation_overtakes_an_invitation_not_yet_sent(town: Town) -> None:
    family = town.family("well")
    meeting = town.invited(family)
    town.confirmed(family, meeting)
    assert town.send() == {"sent": 1}
    (mail,) = town.mails(family.parents[0])
    assert calendar(mail)[0]["METHOD"] == "REQUEST"


def test_who_has_the_meeting_in_her_calendar_gets_it_taken_out(town: Town) -> None:
    family = town.family("well", "well")
    meeting = town.invited(family)
    town.confirmed(family, meeting, sequence=3)
    town.send()
    town.cancelled(family, meeting, sequence=3)
    town.send()
    for parent in family.parents:
        found, event = calendar(town.mails(parent)[-1])
        assert found["METHOD"] == "CANCEL"
        assert event["STATUS"] == "CANCELLED"
        assert event["SEQUENCE"] > 3
        assert str(event["UID"]) == f"{meeting}@meetings.trivsel"


@SQLITE
def test_who_was_only_invited_gets_a_plain_message(town: Town) -> None:
    family = town.family("well")
    meeting = town.invited(family)
    town.send()
    town.cancelled(family, meeting)
    town.send()
    mail = town.mails(family.parents[0])[-1]
    assert mail["Subject"] == "Mødet er aflyst"
    assert not has_calendar(mail)


@SQLITE
def test_who_has_been_told_nothing_is_told_nothing_of_the_cancellation(town: Town) -> None:
    family = town.family("well")
    meeting = town.invited(family)
    town.cancelled(family, meeting)
    assert town.send() == {}
    assert town.states(family) == [("invitation", "suppressed", "cancelled")]


@SQLITE
@pytest.mark.parametrize("reason", ["staff", "withheld"])
def test_a_silent_cancellation_is_silent(town: Town, reason: str) -> None:
    family = town.family("well")
    meeting = town.invited(family)
    town.confirmed(family, meeting)
    town.send()
    before = len(town.mails(family.parents[0]))
    town.cancelled(family, meeting, silent=reason == "staff", reason=reason)
    assert town.send() == {}
    assert len(town.mails(family.parents[0])) == before


def test_a_message_held_back_and_then_called_off_does_not_come_back(town: Town) -> None:
    family, suspicion = town.family("well"), key()
    meeting = town.invited(family)
    town.withheld(family, suspicion)
    town.cancelled(family, meeting, silent=True, reason="withheld")
    town.raised(family, suspicion)
    assert town.send() == {"sent": 1}
    assert [mail["Subject"] for mail in town.mails(family.parents[0])] == ["Vi vil gerne tale med dig"]


@SQLITE
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_in_whatever_order_events_come_only_the_newest_is_told(town: Town, order: tuple[int, ...]) -> None:
    family, meeting = town.family("well"), key()
    steps = [
        lambda: town.invited(family, meeting, version=2),
        lambda: town.confirmed(family, meeting, version=3),
        lambda: town.cancelled(family, meeting, version=4),
    ]
    for number in order:
        steps[number]()
    assert town.send() == {}
    assert town.mails(family.parents[0]) == []


def test_one_who_has_lost_custody_is_not_told_and_one_unknown_is_waited_for(town: Town) -> None:
    family = town.family("well", "well")
    lost = family.parents[1]
    lost.custody = "none"
    town.record(family)
    meeting = key()
    named = [parent.id for parent in family.parents]
    town.happen("invited", meeting, 1, **town.invitation(family, meeting, guardian_ids=named))
    assert [notice.guardian_id for notice in town.notices(family)] == [family.parents[0].id]
    other = key()
    event = town.event("invited", other, 1, **town.invitation(family, other, guardian_ids=[*named, key()]))
    (failure,) = town.handle("invited", event)
    assert isinstance(failure, NotYet)


@SQLITE
def test_an_invitation_that_cannot_be_answered_any_longer_is_not_sent_but_shown(town: Town) -> None:
    family, meeting = town.family("well"), key()
    past = SOON - timedelta(days=3000)
    town.happen("invited", meeting, 1, **town.invitation(family, meeting, answer_by=past))
    assert town.send() == {"failed": 1}
    assert town.states(family) == [("invitation", "failed", "too_late")]


@SQLITE
def test_an_online_meeting_says_so(town: Town) -> None:
    family = town.family("well", language="en")
    town.confirmed(family, key(), place="online")
    town.send()
    (mail,) = town.mails(family.parents[0])
    assert "held online" in text(mail)
    assert str(calendar(mail)[1]["LOCATION"]) == "Online"
    assert str(calendar(mail)[1]["SUMMARY"]) == "Meeting at Børnehuset Bakken"


@SQLITE
def test_a_child_we_do_not_know_waits(town: Town) -> None:
    family, meeting = Family(key(), [Parent(key(), "x@example.org")]), key()
    event = town.event("invited", meeting, 1, **town.invitation(family, meeting))
    (failure,) = town.handle("invited", event)
    assert isinstance(failure, NotYet)
