"""Parents answer by link."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
import time_machine

from services.chassis.database import Database
from services.chassis.errors import Conflict, Forbidden, Invalid, LinkExpired, LinkForged
from services.meetings import handlers, models, queries
from tests.integration.meetings.town import KEY, SYSTEM, Town, key


def test_the_link_shows_the_times_and_the_agenda_and_nothing_of_staff(town: Town) -> None:
    meeting = town.invited()
    seen = town.view(town.token(meeting, town.children[meeting.child_id][0]))
    assert seen["state"] == "open"
    assert len(seen["proposals"]) == 3
    assert seen["own"]["answer"] == "none"
    assert seen["agenda"][0]["heading"] == "Velkommen og formål"
    assert not {"staff", "guardians", "concern_id", "track", "round_id"} & set(seen)


def test_accepting_a_time_confirms_it_for_all_and_frees_the_others(town: Town) -> None:
    meeting = town.invited()
    first, second = town.children[meeting.child_id]
    chosen = town.proposals(meeting)[1]
    seen = town.answer(town.token(meeting, first), choice="accepted", proposal_id=chosen.proposal_id)
    assert (seen["state"], seen["outcome"]) == ("confirmed", "confirmed")
    (told,) = town.told("meeting.confirmed")
    assert sorted(told["guardian_ids"]) == sorted([first, second])
    assert (told["accepted_by"], told["sequence"], told["place"]) == (first, 0, "institution")
    assert {row.hold_id for row in town.rows(models.Booking)} == {chosen.proposal_id}
    other = town.view(town.token(meeting, second))
    assert other["state"] == "confirmed"
    assert other["own"]["answer"] == "none"
    assert town.told("meeting.answered")[0]["answer"] == "accepted"


def test_the_second_parent_who_chooses_another_time_is_shown_the_first_ones(town: Town) -> None:
    meeting = town.invited()
    first, second = town.children[meeting.child_id]
    early, late, _ = town.proposals(meeting)
    town.answer(town.token(meeting, first), choice="accepted", proposal_id=late.proposal_id)
    seen = town.answer(town.token(meeting, second), choice="accepted", proposal_id=early.proposal_id)
    assert seen["outcome"] == "already_confirmed"
    assert town.meeting(meeting.child_id).starts_at == late.starts_at
    assert len(town.told("meeting.confirmed")) == 1


def test_an_answer_given_twice_is_one_answer(town: Town) -> None:
    meeting = town.invited()
    token = town.token(meeting, town.children[meeting.child_id][0])
    chosen = town.proposals(meeting)[0].proposal_id
    for _ in range(2):
        seen = town.answer(token, choice="accepted", proposal_id=chosen)
    assert seen["state"] == "confirmed"
    assert len(town.told("meeting.answered")) == 1


def test_a_used_link_shows_what_was_answered_and_takes_points_but_no_other_answer(town: Town) -> None:
    town.call(
        handlers.store_settings,
        institution_id=town.institution,
        expected_version=0,
        values={"automatic_invitations": 1},
    )
    meeting = town.invited()
    token = town.token(meeting, town.children[meeting.child_id][0])
    town.answer(token, choice="other_times", wishes="Helst om eftermiddagen")
    seen = town.answer(token, points="Søvn")
    assert (seen["state"], seen["outcome"]) == ("answered", "noted")
    assert seen["own"]["answer"] == "other_times"
    assert (seen["own"]["wishes"], seen["own"]["points"]) == ("Helst om eftermiddagen", "Søvn")
    chosen = town.proposals(meeting)[0].proposal_id
    with pytest.raises(Conflict) as refused:
        town.answer(token, choice="accepted", proposal_id=chosen)
    assert refused.value.code == "already-answered"


def test_other_times_are_proposed_at_once_and_the_old_links_tell_no_more(town: Town) -> None:
    meeting = town.invited()
    first, second = town.children[meeting.child_id]
    before = {proposal.starts_at for proposal in town.proposals(meeting)}
    seen = town.answer(town.token(meeting, first), choice="other_times", wishes="Ikke før kl. 15")
    assert seen["outcome"] == "new_times"
    now = town.meeting(meeting.child_id)
    assert (now.state, now.invitation) == ("invited", 2)
    after = {proposal.starts_at for proposal in town.proposals(now)}
    assert len(after) == 3
    assert not after & before
    assert town.told("meeting.invited")[1]["reason"] == "new_times"
    for guardian in (first, second):
        with pytest.raises(LinkExpired) as refused:
            town.view(town.token(meeting, guardian))
        assert refused.value.code == "link-superseded"
    assert town.view(town.token(now, second))["state"] == "open"
    held = {row.hold_id for row in town.rows(models.Booking)}
    assert held == {proposal.proposal_id for proposal in town.proposals(now)}


def test_after_three_invitations_staff_take_over_and_see_the_wishes(town: Town) -> None:
    meeting = town.invited()
    parent = town.children[meeting.child_id][0]
    for _ in range(3):
        meeting = town.meeting(meeting.child_id)
        seen = town.answer(town.token(meeting, parent), choice="other_times", wishes="Kun fredag")
    assert seen["outcome"] == "noted"
    assert town.tasks(state="open") == ["times_wanted"]
    shown = town.call(queries.get_meeting, meeting_id=meeting.meeting_id)
    assert "Kun fredag" in [guardian.wishes for guardian in shown["guardians"]]


def test_one_parent_declining_leaves_the_meeting_to_the_other(town: Town) -> None:
    meeting = town.invited()
    first, second = town.children[meeting.child_id]
    town.answer(town.token(meeting, first), choice="declined")
    assert town.meeting(meeting.child_id).state == "invited"
    chosen = town.proposals(meeting)[0].proposal_id
    seen = town.answer(town.token(meeting, second), choice="accepted", proposal_id=chosen)
    assert seen["state"] == "confirmed"


def test_when_all_decline_the_times_are_freed_and_the_leader_is_asked(town: Town) -> None:
    meeting = town.invited()
    for parent in town.children[meeting.child_id]:
        town.answer(town.token(meeting, parent), choice="declined")
    declined = town.meeting(meeting.child_id)
    assert declined.state == "declined"
    assert town.rows(models.Booking) == []
    assert town.tasks(state="open") == ["declined"]
    town.call(handlers.invite, meeting_id=declined.meeting_id, expected_version=declined.version)
    assert town.meeting(meeting.child_id).state == "invited"
    assert town.tasks(state="open") == []


def test_a_parent_who_cannot_come_to_the_fixed_time_is_heard_but_the_time_stands(town: Town) -> None:
    meeting = town.invited()
    first, second = town.children[meeting.child_id]
    chosen = town.proposals(meeting)[0].proposal_id
    town.answer(town.token(meeting, first), choice="accepted", proposal_id=chosen)
    town.answer(town.token(meeting, second), choice="other_times", wishes="Er på arbejde")
    assert town.meeting(meeting.child_id).state == "confirmed"
    assert town.tasks(state="open") == ["parent_cannot"]


def test_the_need_of_an_interpreter_becomes_a_task_once_the_time_is_fixed(town: Town) -> None:
    meeting = town.invited()
    token = town.token(meeting, town.children[meeting.child_id][0])
    town.answer(token, interpreter=True, interpreter_language="so")
    assert town.tasks() == []
    chosen = town.proposals(meeting)[0].proposal_id
    town.answer(token, choice="accepted", proposal_id=chosen)
    (task,) = town.rows(models.Task)
    assert task.kind == "book_interpreter"
    assert task.due < town.meeting(meeting.child_id).starts_at.date()


def test_nothing_a_parent_writes_is_in_any_event(town: Town) -> None:
    meeting = town.invited()
    token = town.token(meeting, town.children[meeting.child_id][0])
    words = "KANARIEFUGL"
    town.answer(token, choice="other_times", wishes=words, points=words)
    table = models.Base.metadata.tables["outbox"]
    with town.db.unit_of_work() as uow:
        assert words not in str(uow.session.execute(table.select()).all())
    assert words not in str([(task.kind, task.once) for task in town.rows(models.Task)])
    assert words not in str([(step.kind, step.detail) for step in town.rows(models.Step)])


# --- links that do not open ---------------------------------------------------------------------------


def test_a_forged_link_and_one_of_another_meeting_or_purpose_open_nothing(town: Town) -> None:
    meeting = town.invited()
    parent = town.children[meeting.child_id][0]
    good = town.token(meeting, parent)
    others = [
        good[:-2] + ("AA" if not good.endswith("AA") else "BB"),
        "",
        "ikke-et-link",
        town.token(meeting, parent, key="another-key-that-is-long-enough-to-sign"),
        town.token(meeting, parent, purpose="consent"),
        town.token(meeting, parent, subject=key()),
        town.token(meeting, key()),
    ]
    texts = set()
    for token in others:
        with pytest.raises(LinkForged) as refused:
            town.view(token)
        texts.add(refused.value.detail)
    assert len(texts) == 1


def test_links_expire_kindly(town: Town, monday: time_machine.Traveller) -> None:
    meeting = town.invited()
    token = town.token(meeting, town.children[meeting.child_id][0])
    assert meeting.link_until is not None
    monday.move_to(meeting.link_until + timedelta(minutes=1))
    with pytest.raises(LinkExpired) as refused:
        town.view(token)
    assert "Kontakt institutionen" in refused.value.detail


def test_a_withheld_child_shows_its_parents_the_same_as_an_expired_link(
    town: Town, monday: time_machine.Traveller
) -> None:
    child = town.enrol()
    data = town.raise_concern(child)
    town.invite()
    meeting = town.meeting(child)
    token = town.token(meeting, town.children[child][0])
    town.withheld(data, version=2)
    details = set()
    for call in (town.view, town.answer):
        with pytest.raises(LinkExpired) as refused:
            call(token)
        details.add((refused.value.code, refused.value.detail))
    assert meeting.link_until is not None
    monday.move_to(meeting.link_until + timedelta(minutes=1))
    with pytest.raises(LinkExpired) as refused:
        town.view(token)
    assert {(refused.value.code, refused.value.detail)} == details


def test_a_parent_who_has_lost_custody_is_shown_nothing(town: Town) -> None:
    meeting = town.invited()
    first, second = town.children[meeting.child_id]
    people = [
        {"guardian_id": first, "custody": "sole", "language": "da", "interpreter": False},
        {"guardian_id": second, "custody": "none", "language": "da", "interpreter": False},
    ]
    town.enrol(child=meeting.child_id, guardians=people, version=2)
    with pytest.raises(LinkExpired):
        town.view(town.token(meeting, second))
    assert town.view(town.token(meeting, first))["state"] == "open"


def test_after_the_time_to_answer_no_time_can_be_chosen_but_points_can_be_added(
    town: Town, monday: time_machine.Traveller
) -> None:
    meeting = town.invited()
    token = town.token(meeting, town.children[meeting.child_id][0])
    chosen = town.proposals(meeting)[-1]
    assert meeting.answer_by is not None
    monday.move_to(meeting.answer_by + timedelta(minutes=1))
    assert town.view(token)["state"] == "too_late"
    with pytest.raises(Conflict) as refused:
        town.answer(token, choice="accepted", proposal_id=chosen.proposal_id)
    assert refused.value.code == "too-late"
    assert town.answer(token, points="Maden")["own"]["points"] == "Maden"


def test_a_time_of_another_meeting_cannot_be_chosen(town: Town) -> None:
    mine, other = town.invited(), town.invited()
    token = town.token(mine, town.children[mine.child_id][0])
    with pytest.raises(Invalid) as refused:
        town.answer(token, choice="accepted", proposal_id=town.proposals(other)[0].proposal_id)
    assert "proposal_id" in refused.value.fields


def test_a_cancelled_meeting_is_told_as_cancelled_to_those_who_were_invited(town: Town) -> None:
    meeting = town.invited()
    token = town.token(meeting, town.children[meeting.child_id][0])
    town.call(
        handlers.cancel, meeting_id=meeting.meeting_id, expected_version=meeting.version, reason="other"
    )
    assert town.view(token)["state"] == "cancelled"
    with pytest.raises(Conflict):
        town.answer(token, points="Nej")


def test_staff_cannot_answer_for_parents_through_the_link(town: Town) -> None:
    meeting = town.invited()
    token = town.token(meeting, town.children[meeting.child_id][0])
    with pytest.raises(Forbidden):
        town.call(handlers.parent_view, town.actor(), token=token, link_key=KEY)


def test_what_a_parent_sees_and_does_is_in_the_access_log_as_hers(town: Town) -> None:
    meeting = town.invited()
    parent = town.children[meeting.child_id][0]
    town.view(town.token(meeting, parent))
    table = models.Base.metadata.tables["access_log"]
    with town.db.unit_of_work() as uow:
        rows = uow.session.execute(table.select().where(table.c.actor_kind == "guardian")).all()
    assert [(row.actor_id, row.action, row.subject) for row in rows] == [(parent, "read", meeting.child_id)]


# --- at the same moment -------------------------------------------------------------------------------


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_parents_who_choose_different_times_at_once_get_one(town: Town) -> None:
    url = town.db.engine.url.render_as_string(hide_password=False)
    replicas = [Database(url, models.Base) for _ in range(2)]
    for _ in range(5):
        meeting = town.invited()
        proposals = town.proposals(meeting)
        with ThreadPoolExecutor(2) as pool:
            outcomes = list(
                pool.map(
                    partial(_choose, town, meeting), replicas, town.children[meeting.child_id], proposals[:2]
                )
            )
        assert sorted(outcomes) == ["already_confirmed", "confirmed"]
        winner = outcomes.index("confirmed")
        assert town.meeting(meeting.child_id).starts_at == proposals[winner].starts_at
        held = {row.hold_id for row in town.rows(models.Booking, meeting_id=meeting.meeting_id)}
        assert held == {proposals[winner].proposal_id}
    for replica in replicas:
        replica.close()


def _choose(
    town: Town, meeting: models.Meeting, replica: Database, parent: str, proposal: models.Proposal
) -> str:
    with replica.unit_of_work() as uow:
        seen = handlers.answer(
            uow,
            SYSTEM,
            token=town.token(meeting, parent),
            link_key=KEY,
            choice="accepted",
            proposal_id=proposal.proposal_id,
        )
    return str(seen["outcome"])
