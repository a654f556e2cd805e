"""What staff may see and do with notices, and that each look is noted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.chassis import clock
from services.chassis.actor import Actor, Grant
from services.chassis.context import Context
from services.chassis.errors import Conflict, Forbidden, Invalid, NotFound, TrivselError
from services.notifications import policy, queries, sample
from services.notifications.handlers import calls
from services.notifications.schemas import NoticeDetail, Notices, Timeline
from tests.integration.notifications.town import DESK, Family, Town, key

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def staff(role: str, unit: str) -> Actor:
    return Actor(f"staff-{role}", "staff", (Grant(role, unit),), "opfølgning")


def ask(town: Town, question: Any, actor: Actor, **data: Any) -> dict[str, Any]:
    with town.db.unit_of_work() as uow:
        result: dict[str, Any] = question(uow, actor, **data)
        return result


def page(town: Town, question: Any, actor: Actor, **data: Any) -> dict[str, Any]:
    return ask(town, question, actor, **{"after": None, "limit": 100, "institution_id": None, **data})


def look(town: Town, actor: Actor, notice_id: str) -> dict[str, Any]:
    found = calls.get_notice(town.db, town.book, DESK, Context.new(), actor, notice_id)
    return dict(NoticeDetail().dump(found))


def failed(town: Town) -> tuple[Family, str]:
    family = town.family("refused")
    town.raised(family)
    town.send()
    return family, town.notices(family)[0].notice_id


def to_print(town: Town) -> tuple[Family, str]:
    family = town.family("well", exempt=True)
    town.raised(family)
    town.send()
    return family, town.notices(family)[0].notice_id


@pytest.mark.parametrize(
    ("role", "unit", "allowed"),
    [
        ("pedagogue", "group", True),
        ("childminder", "group", True),
        ("leader", "institution", True),
        ("leader", "district", True),
        ("administration", "*", True),
        ("leader", "elsewhere", False),
        ("pedagogue", "elsewhere", False),
        ("operations", "*", False),
        ("system", "*", False),
    ],
)
@SQLITE
def test_notices_are_seen_by_those_with_a_task_for_the_child_and_each_look_is_noted(
    town: Town, role: str, unit: str, allowed: bool
) -> None:
    family = town.family("well")
    town.raised(family)
    units = {"group": family.group, "institution": family.institution, "district": family.district}
    actor = staff(role, units.get(unit, "*" if unit == "*" else key()))
    for question, kind in ((queries.list_for_child, "notices"), (queries.timeline, "timeline")):
        if allowed:
            assert len(ask(town, question, actor, child_id=family.child)["items"]) == 1
            assert town.accesses()[-1] == (actor.id, "read", kind, family.child)
        else:
            with pytest.raises(NotFound):
                ask(town, question, actor, child_id=family.child)
    if not allowed:
        assert town.accesses() == []


def test_a_guardian_is_no_staff_and_a_child_that_has_left_is_seen_no_more(town: Town) -> None:
    family = town.family("well")
    guardian = Actor("g", "guardian", (Grant("leader", family.institution),))
    with pytest.raises(NotFound):
        ask(town, queries.list_for_child, guardian, child_id=family.child)
    leader = staff("leader", family.institution)
    ask(town, queries.list_for_child, leader, child_id=family.child)
    moved = Family(family.child, family.parents)
    town.record(moved)
    with pytest.raises(NotFound):
        ask(town, queries.list_for_child, leader, child_id=family.child)
    ask(town, queries.list_for_child, staff("leader", moved.institution), child_id=family.child)


@SQLITE
def test_an_enrolment_that_ended_yesterday_gives_no_access_and_one_that_ends_today_does(town: Town) -> None:
    today = clock.today()
    for days, seen in ((-1, False), (0, True)):
        family = town.family("well")
        enrolment = {
            "institution_id": family.institution, "group_id": family.group, "district_id": None,
            "kind": "boernehave", "from": date(2025, 1, 1), "to": today + timedelta(days=days),
        }  # fmt: skip
        town.happen(
            "recorded", family.child, child_id=family.child, born=None, active=True, languages=[],
            own_contact=False, enrolments=[enrolment], guardians=[],
        )  # fmt: skip
        leader = staff("leader", family.institution)
        if seen:
            ask(town, queries.list_for_child, leader, child_id=family.child)
        else:
            with pytest.raises(NotFound):
                ask(town, queries.list_for_child, leader, child_id=family.child)


@SQLITE
def test_a_list_tells_how_far_and_not_what(town: Town) -> None:
    family, _ = failed(town)
    found = Notices().dump(
        ask(town, queries.list_for_child, staff("leader", family.institution), child_id=family.child)
    )
    (notice,) = found["items"]
    assert (notice["state"], notice["code"], notice["tries"]) == ("failed", "recipient_refused", 1)
    assert notice["explanation"].startswith("Modtagerens mailserver afviser")
    assert not {"subject", "text", "html", "facts", "letter", "message"} & set(notice)


def test_staff_see_a_message_as_it_reads_but_never_the_parents_own_link(town: Town) -> None:
    family = town.family("well")
    town.invited(family)
    town.send()
    (notice,) = town.notices(family)
    found = look(town, staff("pedagogue", family.group), notice.notice_id)
    message = found["message"]
    assert "torsdag den 3. juni 2027" in message["text"]
    assert "trivsel.example" not in message["text"] + message["html"]
    assert message["as_sent"] is True
    assert town.accesses()[-1][1:] == ("read", "notice", family.child)
    family.first_name = "Villy"
    assert look(town, staff("pedagogue", family.group), notice.notice_id)["message"]["as_sent"] is False
    with pytest.raises(NotFound):
        look(town, staff("pedagogue", key()), notice.notice_id)


@SQLITE
def test_a_confirmation_is_shown_with_its_calendar_file(town: Town) -> None:
    family = town.family("well")
    town.confirmed(family, key())
    found = look(town, staff("leader", family.institution), town.notices(family)[0].notice_id)
    assert "METHOD:REQUEST" in found["message"]["calendar"]
    assert found["message"]["as_sent"] is None


def test_a_leader_sees_what_failed_in_her_own_institution_page_by_page(town: Town) -> None:
    family = town.family("refused", "refused", "refused")
    town.raised(family)
    other, _ = failed(town)
    town.send()
    leader = staff("leader", family.institution)
    seen, after = [], None
    while True:
        found = page(town, queries.failed_notices, leader, limit=2, after=after)
        seen += [item["notice_id"] for item in found["items"]]
        after = found["next"]
        if after is None:
            break
    assert sorted(seen) == sorted(notice.notice_id for notice in town.notices(family))
    assert town.accesses()[-1] == (leader.id, "search", "failed_notices", family.child)
    everywhere = page(town, queries.failed_notices, staff("administration", "*"))
    assert len(everywhere["items"]) == 4
    one = page(town, queries.failed_notices, staff("administration", "*"), institution_id=other.institution)
    assert [item["child_id"] for item in one["items"]] == [other.child]
    with pytest.raises(Forbidden):
        page(town, queries.failed_notices, staff("pedagogue", family.group))
    with pytest.raises(Invalid) as caught:
        page(town, queries.failed_notices, leader, after="nonsense")
    assert "after" in caught.value.fields


def test_a_failed_notice_tried_again_goes_when_the_cause_is_mended(town: Town) -> None:
    family, notice_id = failed(town)
    leader = staff("leader", family.institution)
    with pytest.raises(Forbidden):
        ask(town, calls.retry, staff("pedagogue", family.group), notice_id=notice_id)
    with pytest.raises(NotFound):
        ask(town, calls.retry, staff("leader", key()), notice_id=notice_id)
    family.parents[0].email = f"well-{key()}@example.org"
    assert ask(town, calls.retry, leader, notice_id=notice_id)["state"] == "intended"
    assert town.accesses()[-1] == (leader.id, "change", "notice", family.child)
    assert town.send() == {"sent": 1}
    with pytest.raises(Conflict):
        ask(town, calls.retry, leader, notice_id=notice_id)


def test_nothing_is_tried_again_for_parents_who_may_not_be_contacted(town: Town) -> None:
    family, notice_id = failed(town)
    town.withheld(family, key())
    with pytest.raises(Conflict):
        ask(town, calls.retry, staff("leader", family.institution), notice_id=notice_id)
    assert town.send() == {}


def test_a_letter_is_listed_fetched_printed_and_then_told_of(town: Town) -> None:
    family, notice_id = to_print(town)
    leader = staff("leader", family.institution)
    (item,) = page(town, queries.print_queue, leader, state="to_print")["items"]
    assert (item["notice_id"], item["channel"], item["state"]) == (notice_id, "letter", "to_print")
    letter = ask(town, queries.letter, leader, notice_id=notice_id)
    assert letter["html"].startswith("<!DOCTYPE html>")
    assert town.accesses()[-1] == (leader.id, "export", "letter", family.child)
    assert ask(town, calls.mark_printed, leader, notice_ids=[notice_id, notice_id]) == {"printed": 1}
    assert ask(town, calls.mark_printed, leader, notice_ids=[notice_id]) == {"printed": 0}
    assert page(town, queries.print_queue, leader, state="to_print")["items"] == []
    assert len(page(town, queries.print_queue, leader, state="printed")["items"]) == 1
    sent = [row for row in town.outbox() if row["type"].endswith("notice.sent.v1")]
    assert [row["data"]["channel"] for row in sent] == ["letter"]


@SQLITE
def test_letters_are_for_those_who_manage_the_institution(town: Town) -> None:
    family, notice_id = to_print(town)
    for actor, error in (
        (staff("pedagogue", family.group), Forbidden),
        (staff("leader", key()), NotFound),
    ):
        with pytest.raises(error):
            ask(town, queries.letter, actor, notice_id=notice_id)
        with pytest.raises(error):
            ask(town, calls.mark_printed, actor, notice_ids=[notice_id])


def test_a_letter_about_parents_who_may_not_be_contacted_can_no_longer_be_printed(town: Town) -> None:
    family, notice_id = to_print(town)
    leader = staff("leader", family.institution)
    town.withheld(family, key())
    assert page(town, queries.print_queue, leader, state="to_print")["items"] == []
    with pytest.raises(Conflict):
        ask(town, queries.letter, leader, notice_id=notice_id)
    with pytest.raises(Conflict):
        ask(town, calls.mark_printed, leader, notice_ids=[notice_id])


@SQLITE
def test_the_timeline_tells_what_was_decided_and_what_became_of_it(town: Town) -> None:
    family = town.family("well", "refused")
    concern = town.raised(family)
    town.send()
    items = Timeline().dump(
        ask(town, queries.timeline, staff("leader", family.institution), child_id=family.child)
    )["items"]
    assert [item["kind"] for item in items][:2] == ["notice.intended"] * 2
    assert sorted(item["kind"] for item in items)[:2] == ["notice.failed", "notice.intended"]
    assert {item["concern_id"] for item in items} == {concern}
    assert items == sorted(items, key=lambda item: item["at"])


def test_only_those_who_run_the_system_rebuild_it() -> None:
    policy.require_maintaining(Actor.system("tests"))
    policy.require_maintaining(staff("operations", "*"))
    for actor in (staff("leader", "*"), staff("operations", key()), Actor("g", "guardian")):
        with pytest.raises(Forbidden):
            policy.require_maintaining(actor)


def test_a_preview_shows_every_wording_and_names_those_there_are() -> None:
    for about, variants in sample.VARIANTS.items():
        for variant in variants:
            for channel in ("email", "letter"):
                shown = sample.preview(about.value, "en", channel, variant, clock.now())
                assert "Kirsten" in shown["text"]
    with pytest.raises(Invalid) as caught:
        sample.preview("concern", "da", "email", "nonsense", clock.now())
    assert "joint, sole" in caught.value.fields["variant"]


@SQLITE
def test_errors_say_nothing_of_anybody(town: Town) -> None:
    family, notice_id = failed(town)
    told: list[TrivselError] = []
    for actor in (staff("leader", key()), staff("pedagogue", family.group)):
        for question, data in (
            (queries.notice, {"notice_id": key()}),
            (calls.retry, {"notice_id": notice_id}),
            (calls.mark_printed, {"notice_ids": [notice_id]}),
        ):
            try:
                ask(town, question, actor, **data)
            except TrivselError as error:
                told.append(error)
    assert told
    assert not any(
        word in str(error.problem()) for error in told for word in ("Viggo", "Kirsten", "example.org")
    )
