"""From a request to a signature, a withdrawal, an end: on both engines."""

from __future__ import annotations

import base64
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from services.chassis import clock
from services.chassis.errors import (
    Conflict,
    Forbidden,
    Invalid,
    LinkExpired,
    LinkForged,
    NotFound,
    PreconditionFailed,
)
from services.consent import access, handlers, models, queries, rendering
from services.consent.handlers.paper import LARGEST
from tests.integration.consent.town import KEY, SYSTEM, VAULT, Town, key

PDF = b"%PDF-1.7 en underskrift"


def test_each_signatory_reads_her_own_language_by_her_own_link(town: Town) -> None:
    child = town.enrol()
    consent = town.request(child)
    anna, bo = town.children[child]
    danish, arabic = town.view(town.token(consent, anna)), town.view(town.token(consent, bo))
    assert (danish["text"]["language"], arabic["text"]["language"]) == ("da", "ar")
    assert (danish["text"]["direction"], arabic["text"]["direction"]) == ("ltr", "rtl")
    assert danish["can_answer"]
    assert not danish["can_withdraw"]
    [told] = town.told("requested")
    assert {one["signatory_id"]: one["language"] for one in told["signatories"]} == {anna: "da", bo: "ar"}
    assert told["recipients"] == [town.ppr]


def test_a_signature_says_who_when_how_and_to_which_text(town: Town) -> None:
    child = town.enrol()
    consent = town.request(child)
    _, bo = town.children[child]
    seen = town.view(town.token(consent, bo))
    town.sign(consent, bo, text_hash=seen["text_hash"])
    [signed] = town.rows(models.Signature)
    [text] = [one for one in town.rows(models.ShownText) if one.signatory_id == bo]
    assert (signed.signatory_id, signed.at, signed.method) == (bo, clock.now(), "link")
    assert signed.text_hash == text.text_hash == rendering.text_hash(text.content) == seen["text_hash"]


def test_the_consent_is_granted_when_both_have_said_yes(town: Town) -> None:
    child = town.enrol()
    consent = town.request(child)
    anna, bo = town.children[child]
    first = town.sign(consent, anna)
    assert (first["state"], first["waits_for_others"]) == ("partial", True)
    assert not town.check(child)["allowed"]
    assert town.sign(consent, bo)["state"] == "granted"
    assert town.check(child)["allowed"]
    assert town.told() == ["requested", "signed", "signed", "granted"]
    [granted] = town.told("granted")
    assert set(granted) == {"consent_id", "child_id", "purpose", "valid_to"}


def test_a_check_is_for_the_named_unit_and_purpose_alone(town: Town) -> None:
    consent = town.granted()
    child = consent["child_id"]
    assert town.check(child)["consent_id"] == consent["consent_id"]
    assert not town.check(child, recipient_unit=key())["allowed"]
    assert not town.check(child, purpose="record_sharing")["allowed"]
    specialist = town.staff("specialist", town.ppr, key())
    assert town.check(child, specialist)["allowed"]
    with pytest.raises(NotFound):
        town.check(child, town.staff("specialist", key(), key()))


def test_a_no_declines_and_nothing_follows(town: Town) -> None:
    child = town.enrol()
    consent = town.request(child)
    anna, bo = town.children[child]
    town.sign(consent, anna)
    assert town.sign(consent, bo, "no")["state"] == "declined"
    assert len(town.told("declined")) == 1
    with pytest.raises(Conflict):
        town.sign(consent, anna, "no")


def test_the_same_answer_again_is_one_signature(town: Town) -> None:
    child = town.enrol()
    consent = town.request(child)
    anna, _ = town.children[child]
    town.sign(consent, anna)
    town.sign(consent, anna)
    assert len(town.rows(models.Signature)) == 1
    assert town.told() == ["requested", "signed"]


def test_a_withdrawal_is_effective_at_once_and_history_stays(
    town: Town, monday: time_machine.Traveller
) -> None:
    consent = town.granted()
    child = consent["child_id"]
    _, bo = town.children[child]
    assert town.check(child)["allowed"]
    monday.shift(timedelta(minutes=1))
    seen = town.withdraw(consent, bo)
    assert (seen["state"], seen["can_withdraw"]) == ("withdrawn", False)
    assert not town.check(child)["allowed"]
    answers = [one["answer"] for one in town.get(consent["consent_id"])["signatures"]]
    assert answers == ["yes", "yes", "withdrawn"]
    [told] = town.told("withdrawn")
    assert told["withdrawn_at"].startswith("2026-11-23")
    town.withdraw(consent, bo)
    assert len(town.told("withdrawn")) == 1


def test_staff_note_a_withdrawal_on_her_word(town: Town) -> None:
    consent = town.granted()
    anna = town.children[consent["child_id"]][0]
    town.call(handlers.withdraw, link_key=KEY, consent_id=consent["consent_id"], signatory_id=anna)
    last = [one for one in town.rows(models.Signature) if one.answer == "withdrawn"]
    assert [(one.method, one.noted_by) for one in last] == [("word", town.leader)]


def test_every_subscriber_acknowledges_a_withdrawal_and_is_asked_when_it_does_not(
    town: Town, monday: time_machine.Traveller
) -> None:
    consent = town.granted()
    town.withdraw(consent, town.children[consent["child_id"]][0])
    assert handlers.chase_acknowledgements(town.db) == 0
    town.acknowledged("notifications", consent["consent_id"])
    monday.shift(timedelta(minutes=11))
    assert handlers.chase_acknowledgements(town.db) == 2
    assert handlers.chase_acknowledgements(town.db) == 0
    operations = town.staff("operations", "*")
    waiting = town.call(queries.pending_acknowledgements, operations)["items"]
    assert [one.subscriber for one in waiting] == ["assessment", "meetings"]
    town.acknowledged("assessment", consent["consent_id"])
    town.acknowledged("meetings", consent["consent_id"])
    town.acknowledged("meetings", consent["consent_id"])
    monday.shift(timedelta(hours=5))
    assert handlers.chase_acknowledgements(town.db) == 0
    assert town.call(queries.pending_acknowledgements, operations)["items"] == []


def test_loss_of_custody_while_pending_closes_the_link_and_tells_why(town: Town) -> None:
    child = town.enrol()
    consent = town.request(child)
    anna, bo = town.children[child]
    link = town.token(consent, bo)
    town.sign(consent, anna)
    town.enrol(child=child, custody=("sole", "none"))
    assert town.get(consent["consent_id"])["state"] == "granted"
    with pytest.raises(LinkExpired):
        town.view(link)
    kinds = [(one.kind, one.detail) for one in town.rows(models.Step, consent_id=consent["consent_id"])]
    assert ("custody_changed", "removed") in kinds


def test_who_gains_custody_is_written_to_in_her_language(town: Town) -> None:
    child = town.enrol(custody=("sole",))
    consent = town.request(child)
    anna = town.children[child][0]
    before = town.view(town.token(consent, anna))["text_hash"]
    town.enrol(child=child, custody=("joint", "joint"))
    told = town.told("requested")[-1]
    new = town.children[child][1]
    assert told["reason"] == "custody"
    assert [one["signatory_id"] for one in told["signatories"]] == [new]
    # Anna now reads that another must answer too, so she cannot sign the text of before.
    with pytest.raises(Conflict):
        town.sign(consent, anna, text_hash=before)
    town.sign(consent, anna)
    assert town.sign(consent, new)["state"] == "granted"


def test_at_fifteen_the_young_person_is_asked_and_the_parents_are_told(
    town: Town, monday: time_machine.Traveller
) -> None:
    born = date(2011, 11, 24)
    child = town.enrol(born=born)
    consent = town.request(child)
    anna, bo = town.children[child]
    town.sign(consent, anna)
    monday.shift(timedelta(days=1))
    town.enrol(child=child, born=born)
    found = town.get(consent["consent_id"])
    parts = {one["signatory_id"]: one["part"] for one in found["signatories"]}
    assert parts == {anna: "informed", bo: "informed", child: "signs"}
    assert found["state"] == "requested"
    with pytest.raises(Conflict):
        town.sign(consent, bo)
    assert town.sign(consent, child)["state"] == "granted"


def test_a_reminder_goes_once_a_day_it_is_due_and_only_to_who_is_silent(
    town: Town, monday: time_machine.Traveller
) -> None:
    child = town.enrol()
    consent = town.request(child)
    anna, bo = town.children[child]
    town.sign(consent, anna)
    assert handlers.remind_due(town.db) == 0
    monday.shift(timedelta(days=4))
    assert handlers.remind_due(town.db) == 1
    assert handlers.remind_due(town.db) == 0
    monday.shift(timedelta(days=6))
    assert handlers.remind_due(town.db) == 1
    assert [[one["signatory_id"] for one in told["signatories"]] for told in town.told("reminded")] == [
        [bo],
        [bo],
    ]
    assert [told["edition"] for told in town.told("reminded")] == [2, 3]


def test_a_request_that_nobody_answers_ends_and_so_does_a_consent_whose_time_is_over(
    town: Town, monday: time_machine.Traveller
) -> None:
    silent = town.request(town.enrol())
    given = town.granted(valid_to=clock.today() + timedelta(days=20))
    assert handlers.expire_due(town.db) == 0
    monday.shift(timedelta(days=14))
    assert handlers.expire_due(town.db) == 1
    monday.shift(timedelta(days=7))
    assert not town.check(given["child_id"])["allowed"]
    assert handlers.expire_due(town.db) == 1
    assert handlers.expire_due(town.db) == 0
    told = {one["consent_id"]: one["reason"] for one in town.told("expired")}
    assert told == {silent["consent_id"]: "unanswered", given["consent_id"]: "validity"}


def test_a_renewal_keeps_the_chain_without_a_gap(town: Town) -> None:
    old = town.granted()
    child = old["child_id"]
    new = town.call(handlers.renew, consent_id=old["consent_id"], expected_version=old["version"])
    assert new["supersedes"] == old["consent_id"]
    assert town.check(child)["consent_id"] == old["consent_id"]
    for who in town.children[child]:
        town.sign(new, who)
    assert town.check(child)["consent_id"] == new["consent_id"]
    was = town.get(old["consent_id"])
    assert (was["state"], was["renewed_by"]) == ("superseded", new["consent_id"])
    assert town.told("superseded")[0]["by"] == new["consent_id"]


def paper(town: Town, consent: dict[str, Any], who: str, scan: bytes = PDF, **more: Any) -> dict[str, Any]:
    facts = {
        "consent_id": consent["consent_id"],
        "expected_version": town.get(consent["consent_id"])["version"],
        "signatory_id": who,
        "answer": "yes",
        "signed_on": clock.today(),
        "scan": base64.b64encode(scan).decode(),
    } | more
    found: dict[str, Any] = town.call(handlers.record_paper, vault=VAULT, **facts)
    return found


def test_paper_counts_as_a_link_does_and_its_scan_is_sealed(town: Town) -> None:
    child = town.enrol()
    consent = town.request(child)
    anna, bo = town.children[child]
    town.sign(consent, anna)
    assert paper(town, consent, bo)["state"] == "granted"
    [scan] = town.rows(models.Scan)
    assert b"underskrift" not in scan.sealed
    shown = town.call(handlers.get_scan, vault=VAULT, consent_id=consent["consent_id"], scan_id=scan.scan_id)
    assert base64.b64decode(shown["scan"]) == PDF
    with pytest.raises(Conflict):
        paper(town, consent, bo)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"scan": b"GIF89a"}, "scan"),
        ({"scan": b"%PDF-" + bytes(LARGEST)}, "scan"),
        ({"signed_on": date(2026, 11, 24)}, "signed_on"),
        ({"signed_on": date(2026, 11, 22)}, "signed_on"),
        ({"who": "00000000-0000-4000-8000-000000000000"}, "signatory_id"),
    ],
)
def test_a_paper_that_cannot_be_is_told_by_field(town: Town, more: dict[str, Any], field: str) -> None:
    child = town.enrol()
    consent = town.request(child)
    asked = {"who": town.children[child][0]} | more
    with pytest.raises(Invalid) as refused:
        paper(town, consent, **asked)
    assert field in refused.value.fields
    assert town.rows(models.Scan) == []


def test_where_the_municipality_asks_for_identity_a_link_alone_signs_nothing(town: Town) -> None:
    administration = town.staff("administration", "*", key())
    town.call(handlers.store_settings, administration, expected_version=0, values={"assurance": "oidc"})
    child = town.enrol()
    consent = town.request(child)
    anna, bo = town.children[child]
    with pytest.raises(Forbidden) as refused:
        town.sign(consent, anna)
    assert refused.value.code == "identity-needed"
    identity = {"level": "substantial", "evidence": "ab" * 32}
    for who in (anna, bo):
        town.sign(consent, who, identity=identity)
    assert {(one.method, one.assurance) for one in town.rows(models.Signature)} == {("oidc", "substantial")}
    # To say no, and to take back, is never harder than the link.
    assert town.sign(town.request(child, purpose="record_sharing"), bo, answer="no")["state"] == "declined"
    assert town.withdraw(consent, anna)["state"] == "withdrawn"


def test_a_forged_link_or_another_hand_opens_nothing(town: Town) -> None:
    child = town.enrol()
    consent = town.request(child)
    anna = town.children[child][0]
    for wrong in ({"purpose": "meeting-answer"}, {"subject": key()}, {"key": "another key entirely"}):
        with pytest.raises(LinkForged):
            town.view(town.token(consent, anna, **wrong))
    with pytest.raises(LinkForged):
        town.view(town.token(consent, key()))
    with pytest.raises(Forbidden):
        town.call(handlers.parent_view, token=town.token(consent, anna), link_key=KEY)


def test_every_read_and_change_is_in_the_access_log(town: Town) -> None:
    child = town.enrol()
    consent = town.request(child)
    anna, bo = town.children[child]
    town.view(town.token(consent, anna))
    town.sign(consent, bo)
    town.check(child)
    town.call(queries.list_by_child, child_id=child)
    town.call(queries.timeline, child_id=child)
    town.call(queries.follow_up)
    log = town.log()
    assert {subject for *_, subject in log} == {child}
    assert [(actor, action, kind) for actor, action, kind, _ in log] == [
        (town.leader, "add", "consent"),
        (anna, "read", "consent"),
        (bo, "change", "consent"),
        (SYSTEM.id, "read", "consent-check"),
        (town.leader, "read", "consent"),
        (town.leader, "read", "timeline"),
        (town.leader, "search", "consent"),
    ]


@pytest.mark.parametrize("role", ["specialist", "administration", "operations"])
def test_who_has_no_task_with_the_child_sees_no_consent(town: Town, role: str) -> None:
    consent = town.granted()
    stranger = town.staff(role, town.institution, key())
    for handler, data in (
        (queries.get, {"consent_id": consent["consent_id"]}),
        (queries.list_by_child, {"child_id": consent["child_id"]}),
        (handlers.request, {"child_id": consent["child_id"], **town.parts()}),
    ):
        with pytest.raises(NotFound):
            town.call(handler, stranger, **data)
    with pytest.raises(NotFound):
        town.call(queries.get, town.staff("leader", key()), consent_id=consent["consent_id"])


def test_a_preview_shows_every_text_and_stores_nothing(town: Town) -> None:
    child = town.enrol(languages=("so", "uk"))
    shown = town.call(handlers.preview, child_id=child, **town.parts())["items"]
    assert {one["text"]["language"]: one["needs_interpreter"] for one in shown} == {"so": False, "da": True}
    assert town.rows(models.Consent) == []
    assert town.told() == []


def test_the_municipalitys_own_texts_are_versions_and_old_consents_keep_theirs(town: Town) -> None:
    child = town.enrol(custody=("sole",))
    before = town.request(child)
    administration = town.staff("administration", "*", key())
    texts = {**rendering.built_in("da"), "yes": "Ja tak"}
    stored = {"language": "da", "expected_version": 0, "texts": texts}
    town.call(handlers.store_template, administration, **stored)
    with pytest.raises(PreconditionFailed) as late:
        town.call(handlers.store_template, administration, **stored)
    assert late.value.extra == {"version": 1}
    after = town.request(child)
    [anna] = town.children[child]
    assert town.view(town.token(before, anna))["text"]["answers"]["yes"] != "Ja tak"
    assert town.view(town.token(after, anna))["text"]["answers"]["yes"] == "Ja tak"
    with pytest.raises(Forbidden):
        town.call(handlers.store_template, language="da", expected_version=1, texts=texts)


def test_a_child_without_custody_holders_cannot_be_asked_for(town: Town) -> None:
    with pytest.raises(Conflict) as refused:
        town.request(town.enrol(custody=("none", "none")))
    assert refused.value.code == "no-signatory"


def test_resending_reaches_those_who_are_silent(town: Town) -> None:
    child = town.enrol()
    consent = town.request(child)
    anna, bo = town.children[child]
    town.sign(consent, anna)
    found = town.get(consent["consent_id"])
    town.call(handlers.resend, consent_id=consent["consent_id"], expected_version=found["version"])
    told = town.told("requested")[-1]
    assert (told["reason"], [one["signatory_id"] for one in told["signatories"]]) == ("again", [bo])
    with pytest.raises(PreconditionFailed):
        town.call(handlers.resend, consent_id=consent["consent_id"], expected_version=found["version"])


def test_a_page_of_what_waits_goes_on_where_the_one_before_ended(town: Town) -> None:
    asked = {town.request(town.enrol())["consent_id"] for _ in range(5)}
    seen: list[str] = []
    after = None
    while True:
        page = town.call(queries.follow_up, limit=2, after=after)
        seen += [one["consent_id"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == 5
    assert set(seen) == asked
    with pytest.raises(Invalid):
        town.call(queries.follow_up, after="nonsense")


def test_a_consent_whose_renewal_is_asked_for_asks_for_no_other(town: Town) -> None:
    consent = town.granted(valid_to=clock.today() + timedelta(days=5))
    child, own = consent["child_id"], consent["consent_id"]

    def waiting() -> dict[str, str]:
        return {one["consent_id"]: one["attention"] for one in town.call(queries.follow_up)["items"]}

    assert waiting() == {own: "soon_over"}
    newer = town.call(handlers.renew, consent_id=own, expected_version=consent["version"])["consent_id"]
    assert waiting() == {newer: "waiting"}
    listed = town.call(queries.list_by_child, child_id=child)["items"]
    assert {one["consent_id"]: one["attention"] for one in listed} == {newer: "waiting", own: None}
    town.sign(town.get(newer), town.children[child][0], "no")
    assert waiting() == {newer: "declined", own: "soon_over"}


def test_leaders_and_administration_read_the_log_and_professionals_do_not(town: Town) -> None:
    consent = town.granted()
    child = consent["child_id"]
    pedagogue = town.staff("pedagogue", town.group, key())
    town.call(queries.get, pedagogue, consent_id=consent["consent_id"])
    page = {"child_id": child, "after": None, "limit": 50, "extract": False}
    for reader in (town.staff(), town.staff("administration", "*", key())):
        items = town.call(access.access_log, reader, **page)["items"]
        assert (pedagogue.id, "read", "consent") in {
            (one["actor_id"], one["action"], one["kind"]) for one in items
        }
    assert {one["actor_id"] for one in town.call(access.access_log, **page | {"extract": True})["items"]} == {
        None
    }
    for stranger in (pedagogue, town.staff("leader", key(), key()), town.staff("specialist", town.group)):
        with pytest.raises(NotFound):
            town.call(access.access_log, stranger, **page)


def test_whose_consent_it_is_is_told_to_the_gateway_alone(town: Town) -> None:
    consent = town.granted()
    own = {"consent_id": consent["consent_id"]}
    assert town.call(queries.child_of, SYSTEM, **own) == {"child_id": consent["child_id"]}
    with pytest.raises(Forbidden):
        town.call(queries.child_of, town.staff(), **own)
    with pytest.raises(NotFound):
        town.call(queries.child_of, SYSTEM, consent_id=key())
