"""Consents by mail: each in her language, with a link of her own and no word of what it is about."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.chassis.errors import NotYet
from services.chassis.links import open_link
from services.consent import events as consent
from services.notifications import schemas
from services.notifications.contacts import _child
from services.notifications.handlers import consents
from services.notifications.models import Notice
from services.notifications.writing import CONSENT, facts_of, own_link
from tests.integration.notifications import town as towns
from tests.integration.notifications.town import LINK_KEY, Family, Town, key

LATER = datetime(2027, 6, 3, 11, 30, tzinfo=UTC)
END = datetime(2028, 6, 3, 22, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _consents(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {
        **towns.HANDLERS,
        "requested": (consents.ask, schemas.ConsentRequested, consent.ConsentRequested),
        "reminded": (consents.remind, schemas.ConsentRequested, consent.ConsentReminded),
        "taken_back": (consents.tell_of_withdrawal, schemas.ConsentWithdrawn, consent.ConsentWithdrawn),
    }
    monkeypatch.setattr(towns, "HANDLERS", known)


def people(family: Family, **more: Any) -> list[dict[str, Any]]:
    return [
        {"signatory_id": one.id, "kind": "guardian", "part": "signs", "language": one.language} | more
        for one in family.parents
    ]


def request(family: Family, consent_id: str, **more: Any) -> dict[str, Any]:
    return {
        "consent_id": consent_id,
        "child_id": family.child,
        "purpose": "specialist_meeting",
        "recipients": [key()],
        "information": ["meeting_minutes"],
        "institution_id": family.institution,
        "valid_from": date(2026, 11, 23),
        "valid_to": date(2028, 6, 3),
        "signatories": people(family),
        "answer_by": LATER,
        "link_until": END,
        "edition": 1,
        "reason": "first",
    } | more


def withdrawal(family: Family, consent_id: str) -> dict[str, Any]:
    return {
        "consent_id": consent_id,
        "child_id": family.child,
        "purpose": "specialist_meeting",
        "valid_to": date(2028, 6, 3),
        "withdrawn_at": LATER,
    }


def reminder(family: Family, consent_id: str) -> dict[str, Any]:
    whole = request(family, consent_id, edition=2)
    return {name: whole[name] for name in (
        "consent_id", "child_id", "institution_id", "signatories", "answer_by", "link_until", "edition"
    )}  # fmt: skip


def notices(town: Town, about: str) -> list[Notice]:
    return [one for one in town.notices() if one.about == about]


@pytest.mark.parametrize("language", ["da", "en", "ar", "pl", "so"])
def test_a_request_reaches_each_in_her_language_and_says_nothing_of_its_purpose(
    town: Town, language: str
) -> None:
    family = town.family("ok", "ok", language=language)
    consent_id = key()
    town.happen("requested", consent_id, **request(family, consent_id))
    town.send()
    sent = notices(town, "consent")
    assert {one.guardian_id for one in sent} == {one.id for one in family.parents}
    assert {(one.state, one.language) for one in sent} == {("sent", language)}
    assert all("purpose" not in one.facts and "recipients" not in one.facts for one in sent)


def test_the_link_is_for_this_consent_and_this_person_until_its_end(town: Town) -> None:
    family = town.family("ok")
    consent_id = key()
    town.happen("requested", consent_id, **request(family, consent_id))
    [notice] = notices(town, "consent")
    link = str(own_link(facts_of(notice), towns.DESK))
    page, token = link.rsplit("/", 1)
    assert page.endswith("/samtykke")
    opened = open_link(token, CONSENT, LINK_KEY)
    assert (opened.subject, opened.audience, opened.expires_at) == (consent_id, family.parents[0].id, END)


def test_a_reminder_takes_the_place_of_a_request_not_yet_sent(town: Town) -> None:
    family = town.family("ok")
    consent_id = key()
    town.happen("requested", consent_id, **request(family, consent_id))
    town.happen("reminded", consent_id, **reminder(family, consent_id))
    town.send()
    states = sorted((one.edition, one.state) for one in notices(town, "consent"))
    assert states == [(1, "suppressed"), (2, "sent")]


def test_a_withdrawal_is_told_to_those_who_were_asked_and_acknowledged(town: Town) -> None:
    family = town.family("ok", "ok")
    consent_id = key()
    town.happen("requested", consent_id, **request(family, consent_id, signatories=people(family)[:1]))
    town.send()
    town.happen("taken_back", consent_id, **withdrawal(family, consent_id))
    town.send()
    [told] = notices(town, "withdrawal")
    assert (told.guardian_id, told.state) == (family.parents[0].id, "sent")
    [said] = [one["data"] for one in town.outbox() if one["type"].endswith("acknowledged.v1")]
    assert said == {"consent_id": consent_id, "child_id": family.child}


def test_a_request_not_yet_sent_is_held_back_when_its_consent_is_withdrawn(town: Town) -> None:
    family = town.family("ok")
    consent_id = key()
    town.happen("requested", consent_id, **request(family, consent_id))
    town.happen("taken_back", consent_id, **withdrawal(family, consent_id))
    assert [one.state for one in notices(town, "consent")] == ["suppressed"]


def test_a_withdrawal_that_comes_first_waits_for_its_request(town: Town) -> None:
    family = town.family("ok")
    consent_id = key()
    event = town.event("taken_back", consent_id, 5, **withdrawal(family, consent_id))
    [failure] = town.handle("taken_back", event)
    assert isinstance(failure, NotYet)


def test_a_withdrawal_that_was_missed_is_told_and_acknowledged_when_consent_is_read_anew(town: Town) -> None:
    family = town.family("ok", "ok")
    missed, never_asked, known = key(), key(), key()
    for consent_id in (missed, known):
        town.happen("requested", consent_id, **request(family, consent_id))
    town.send()
    town.happen("taken_back", known, **withdrawal(family, known))
    item = {"child_id": family.child, "state": "withdrawn", "version": 5}
    items = [{**item, "consent_id": id_} for id_ in (missed, never_asked, known, key())]
    waiting = [
        *({"consent_id": id_, "subscriber": "notifications"} for id_ in (missed, never_asked, known)),
        {"consent_id": items[3]["consent_id"], "subscriber": "meetings"},
    ]
    pages = {None: {"items": items[:1], "next": "a"}, "a": {"items": items[1:], "next": None}}

    def call(operation: str, data: dict[str, Any]) -> Any:
        if operation == "consent.pending_acknowledgements":
            return {"items": waiting}
        assert operation == "consent.snapshot"
        return pages[data["after"]]

    def acknowledged() -> list[str]:
        return [one["data"]["consent_id"] for one in town.outbox() if one["type"].endswith("acknowledged.v1")]

    assert consents.reread_withdrawals(town.db, call) == 3
    assert sorted(acknowledged()) == sorted([missed, never_asked, known])
    assert {one.guardian_id for one in notices(town, "withdrawal") if one.subject_id == missed} == {
        one.id for one in family.parents
    }
    assert not [one for one in notices(town, "withdrawal") if one.subject_id == never_asked]
    # Its event comes after all, and once more is nothing new.
    town.happen("taken_back", missed, **withdrawal(family, missed))
    assert consents.reread_withdrawals(town.db, call) == 3
    assert len(acknowledged()) == 3
    assert len(notices(town, "withdrawal")) == 4
    waiting.clear()
    assert consents.reread_withdrawals(town.db, call) == 0


def test_from_fifteen_the_young_person_has_a_card_of_her_own() -> None:
    item = {
        "child_id": key(),
        "first_name": "Alba",
        "own_contact": True,
        "digital_post_exempt": False,
        "email": "alba@example.org",
        "guardians": [],
    }
    card = _child(item).guardians[item["child_id"]]
    assert (card.has_custody, card.email) == (True, "alba@example.org")
    assert _child({**item, "own_contact": False}).guardians == {}
