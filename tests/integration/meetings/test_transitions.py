"""A child with a concern changes institution: the form, its release by policy, and its receipt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from services.chassis import clock
from services.chassis.actor import Actor, Grant
from services.chassis.errors import (
    Conflict,
    Forbidden,
    Invalid,
    LinkExpired,
    LinkForged,
    NotFound,
    PreconditionFailed,
)
from services.chassis.links import sign_link
from services.meetings import handlers, models, projection, queries, schemas
from services.meetings.handlers import transition_looks, transition_meetings, transitions
from services.meetings.schemas import transitions as passing
from tests.integration.meetings.town import KEY, SYSTEM, Town, at, key

FORM = {"language": "Taler i hele sætninger.", "resources": "Er god til at lege."}


class Move:
    """A child who is to go from the town's day-care to school, and the school's leader."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.school, self.grade, self.teacher = key(), key(), key()
        data = {"institution_id": self.school, "kind": "school", "district_id": None, "active": True}
        town.hear(projection.record_institutions, schemas.InstitutionRecorded, data)
        self.receiver = Actor(key(), "staff", (Grant("leader", self.school),), "trivsel")
        self.child = town.enrol()

    def is_told(self, version: int = 2, in_days: int = 60) -> None:
        """The registry tells of the coming place."""
        begins = clock.today() + timedelta(days=in_days)
        ends = begins - timedelta(days=1)
        here = {"institution_id": self.town.institution, "group_id": self.town.group}
        there = {"institution_id": self.school, "group_id": self.grade, "district_id": None}
        stays = [
            {**here, "district_id": self.town.district, "from": "2020-01-01", "to": ends.isoformat()},
            {**there, "from": begins.isoformat(), "to": None},
        ]
        self.town.enrol(child=self.child, version=version, enrolments=stays)

    @property
    def row(self) -> models.Transition:
        [found] = self.town.rows(models.Transition)
        return found  # type: ignore[no-any-return]

    def do(self, handler: Any, actor: Actor | None = None, **more: Any) -> dict[str, Any]:
        row = self.row
        data = {"transition_id": row.transition_id, "expected_version": row.version} | more
        found: dict[str, Any] = self.town.call(handler, actor, **data)
        return found

    def read(self, actor: Actor | None = None) -> dict[str, Any]:
        found: dict[str, Any] = self.town.call(
            transitions.get_transition, actor, transition_id=self.row.transition_id
        )
        return found

    def reviewed(self) -> None:
        self.do(transitions.fill_transition, form=FORM)
        self.do(transitions.review_transition, reviewed_on=clock.today(), remarks="Husk tøjet.")

    def released(self, consent_id: str | None = None) -> dict[str, Any]:
        decision = {
            "allowed": True,
            "policy": "written_consent" if consent_id else "statutory",
            "reason": "consent" if consent_id else "statutory",
            "consent_id": consent_id,
        }
        return self.do(transitions.release_transition, decision=decision)


@pytest.fixture
def move(town: Town) -> Move:
    """A concern has been raised, and then the move is known."""
    built = Move(town)
    town.raise_concern(built.child)
    built.is_told()
    return built


def consent(move: Move) -> str:
    data = {
        "consent_id": key(),
        "child_id": move.child,
        "purpose": "transition_release",
        "recipients": [move.school],
        "valid_from": clock.today().isoformat(),
        "valid_to": (clock.today() + timedelta(days=300)).isoformat(),
    }
    move.town.hear(handlers.consent_requested, schemas.ConsentRequested, data)
    outcome = {"consent_id": data["consent_id"], "child_id": move.child}
    move.town.hear(handlers.consent_granted, schemas.ConsentOutcome, outcome, version=2)
    return str(data["consent_id"])


def withdraw(move: Move, consent_id: str) -> None:
    outcome = {"consent_id": consent_id, "child_id": move.child}
    move.town.hear(handlers.consent_withdrawn, schemas.ConsentOutcome, outcome, version=3)


def test_a_move_of_a_child_with_a_concern_is_offered_once_and_of_others_not(town: Town) -> None:
    calm = Move(town)
    calm.is_told()
    assert town.rows(models.Transition) == []
    town.raise_concern(calm.child)
    assert calm.row.state == "open"
    calm.is_told(version=3)
    calm.is_told(version=4)
    assert (calm.row.state, calm.row.to_institution_id) == ("open", calm.school)
    assert town.tasks(kind="transition") == ["transition"]


def test_the_form_goes_past_the_parents_before_it_is_passed_on(move: Move) -> None:
    with pytest.raises(Conflict):
        move.do(transitions.release_facts)
    with pytest.raises(Invalid):
        move.do(transitions.fill_transition, form={"language": "  "})
    move.do(transitions.fill_transition, form=FORM)
    with pytest.raises(Conflict):
        move.do(transitions.release_facts)
    move.do(transitions.review_transition, reviewed_on=clock.today(), remarks=None)
    assert move.do(transitions.release_facts) == {
        "child_id": move.child,
        "sender": "boernehave",
        "receiver": "school",
        "recipient_unit": move.school,
        "parents_told": True,
        "objection": False,
    }
    # A form that is changed goes past them again.
    move.do(transitions.fill_transition, form={**FORM, "play": "Leger med alle."})
    with pytest.raises(Conflict):
        move.do(transitions.release_facts)


def test_the_sender_answers_until_the_receiver_has_accepted(move: Move) -> None:
    move.reviewed()
    before = move.read(move.receiver)
    assert (before["form"], before["responsible"]) == (None, move.town.institution)
    move.released()
    shown = move.read(move.receiver)
    assert shown["form"]["language"] == FORM["language"]
    assert shown["responsible"] == move.town.institution
    with pytest.raises(NotFound):
        move.do(transitions.receive_transition)
    received = move.do(transitions.receive_transition, move.receiver)
    assert (received["state"], received["responsible"]) == ("received", move.school)
    assert move.town.tasks(state="open", kind="receive_transition") == []


def test_lr_9_a_form_that_may_not_be_passed_on_stays_and_the_sender_is_told(move: Move) -> None:
    move.reviewed()
    decision = {"allowed": False, "policy": "never", "reason": "never", "consent_id": None}
    blocked = move.do(transitions.release_transition, decision=decision)
    assert (blocked["state"], blocked["reason"]) == ("blocked", "never")
    assert move.read(move.receiver)["form"] is None
    assert "transition_blocked" in move.town.tasks()
    move.released()
    assert move.row.state == "released"


def test_lr_5_a_withdrawal_takes_back_what_was_passed_on_and_shuts_what_was_received(move: Move) -> None:
    move.reviewed()
    first = consent(move)
    move.released(first)
    withdraw(move, first)
    assert (move.row.state, move.row.reason) == ("blocked", "consent_withdrawn")
    assert move.read(move.receiver)["form"] is None
    second = consent(move)
    move.released(second)
    move.do(transitions.receive_transition, move.receiver)
    assert move.read(move.receiver)["form"] is not None
    withdraw(move, second)
    after = move.read(move.receiver)
    assert (after["state"], after["form"]) == ("received", None)


def test_a_consent_that_went_while_it_was_decided_releases_nothing(move: Move) -> None:
    move.reviewed()
    gone = consent(move)
    withdraw(move, gone)
    assert move.released(gone)["state"] == "blocked"


def test_a_meeting_with_both_places_is_made_from_the_transition(move: Move) -> None:
    hold_by = clock.today() + timedelta(days=20)
    meeting = move.do(transition_meetings.transition_meeting, hold_by=hold_by)
    assert (meeting["kind"], meeting["consent"]) == ("transition", "not_needed")
    assert move.row.meeting_id == meeting["meeting_id"]
    assert [item["code"] for item in meeting["agenda"]["items"]][-2:] == ["handing_over", "follow_up"]
    with pytest.raises(Conflict):
        move.do(transition_meetings.transition_meeting, hold_by=hold_by)


def test_the_meeting_needs_no_meeting_before_it(town: Town) -> None:
    move = Move(town)
    concern = town.raise_concern(move.child)
    with town.db.unit_of_work() as uow:
        uow.session.execute(delete(models.Step))
        uow.session.execute(delete(models.Meeting))
    move.is_told()
    meeting = move.do(transition_meetings.transition_meeting, hold_by=clock.today() + timedelta(days=20))
    assert (meeting["concern_id"], meeting["round_id"]) == (concern["concern_id"], concern["round_id"])
    assert meeting["follows"] is None


def coming(move: Move) -> dict[str, Any]:
    """A transition meeting with a time, to which a teacher and the leader of the school come."""
    move.town.employ(move.receiver.id, "leader", move.school)
    move.town.employ(move.teacher, "teacher", move.grade)
    meeting = move.do(transition_meetings.transition_meeting, hold_by=clock.today() + timedelta(days=20))
    invited = move.town.call(
        handlers.invite, meeting_id=meeting["meeting_id"], expected_version=meeting["version"]
    )
    return dict(
        move.town.call(
            handlers.confirm,
            meeting_id=meeting["meeting_id"],
            expected_version=invited["version"],
            proposal_id=invited["proposals"][0].proposal_id,
        )
    )


def test_people_of_both_places_are_engaged_for_the_meeting_and_those_of_the_new_one_told(move: Move) -> None:
    meeting = coming(move)
    receivers = {one.staff_id for one in meeting["staff"] if one.capacity == "receiver"}
    assert receivers == {move.receiver.id, move.teacher}
    assert {one.capacity for one in meeting["staff"]} == {"leader", "staff", "receiver"}
    engaged = {row.person_id for row in move.town.rows(models.Booking, meeting_id=meeting["meeting_id"])}
    assert engaged == {one.staff_id for one in meeting["staff"]}
    teacher = Actor(move.teacher, "staff", (Grant("teacher", move.grade),), "trivsel")
    [task] = move.town.call(queries.my_tasks, teacher)["items"]
    assert (task.kind, task.meeting_id) == ("join_meeting", meeting["meeting_id"])
    listed = move.town.call(queries.list_meetings, teacher, mine=True)["items"]
    assert [one.meeting_id for one in listed] == [meeting["meeting_id"]]
    assert (
        move.town.call(queries.get_meeting, teacher, meeting_id=meeting["meeting_id"])["kind"] == "transition"
    )
    other = Actor(key(), "staff", (Grant("teacher", move.grade),), "trivsel")
    with pytest.raises(NotFound):
        move.town.call(queries.get_meeting, other, meeting_id=meeting["meeting_id"])


def test_a_transition_meeting_without_the_new_place_is_refused_by_name(move: Move) -> None:
    move.town.employ(move.receiver.id, "leader", move.school)
    meeting = move.do(transition_meetings.transition_meeting, hold_by=clock.today() + timedelta(days=20))
    for handler, more in (
        (handlers.save_plan, {}),
        (handlers.invite, {"starts_at": [at(clock.today() + timedelta(days=2), "10:00")]}),
    ):
        with pytest.raises(Invalid) as refused:
            move.town.call(
                handler,
                meeting_id=meeting["meeting_id"],
                expected_version=1,
                staff_ids=[move.town.leader],
                **more,
            )
        assert list(refused.value.fields) == ["staff_ids"]
    assert move.town.rows(models.Booking, meeting_id=meeting["meeting_id"]) == []


def test_when_parents_may_not_be_contacted_their_further_meetings_are_called_off_too(move: Move) -> None:
    meeting = coming(move)
    move.town.withheld(move.town.concern(move.child), version=1)
    [found] = move.town.rows(models.Meeting, meeting_id=meeting["meeting_id"])
    assert (found.state, found.end_reason) == ("cancelled", "withheld")
    assert move.town.told("meeting.cancelled")[-1]["silent"] is True
    with pytest.raises(Conflict):
        move.do(transition_meetings.transition_meeting, hold_by=clock.today())


# The move itself -----------------------------------------------------------------------------------


def test_a_transition_follows_its_child_to_another_day_and_is_not_opened_twice(move: Move) -> None:
    move.reviewed()
    before = move.row
    move.is_told(version=3, in_days=90)
    after = move.row
    assert (after.transition_id, after.state) == (before.transition_id, "parent_reviewed")
    assert after.starts_on == clock.today() + timedelta(days=90)
    assert move.town.tasks(kind="transition") == ["transition"]


def test_a_child_who_is_not_to_move_after_all_has_no_transition_under_way(move: Move) -> None:
    move.reviewed()
    move.released()
    move.town.enrol(child=move.child, version=3)
    assert move.row.state == "cancelled"
    assert move.read(move.receiver)["form"] is None
    assert move.town.tasks(state="open", kind="receive_transition") == []
    assert move.town.call(transitions.list_transitions)["items"] == []
    with pytest.raises(Conflict):
        move.do(transitions.fill_transition, form={**FORM, "play": "Leger."})
    move.is_told(version=4)
    assert (move.row.state, move.row.form["language"]) == ("open", FORM["language"])
    assert move.town.tasks(state="open", kind="transition") == ["transition"]


def test_what_has_been_received_stays_received(move: Move) -> None:
    move.reviewed()
    move.released()
    move.do(transitions.receive_transition, move.receiver)
    move.town.enrol(child=move.child, version=3)
    assert move.row.state == "received"


# The parents' own look -----------------------------------------------------------------------------


def shown(move: Move) -> list[str]:
    """The form is filled and shown; a link for each parent."""
    move.do(transitions.fill_transition, form=FORM)
    move.do(transition_looks.show_transition)
    return [link(move, guardian) for guardian in move.town.children[move.child]]


def link(move: Move, guardian: str, **more: Any) -> str:
    row = move.row
    facts: dict[str, Any] = {
        "purpose": transition_looks.PURPOSE,
        "subject": row.transition_id,
        "audience": guardian,
        "extra": {"edition": row.edition},
        "expires_at": row.link_until,
        "key": KEY,
    }
    return sign_link(**facts | more)


def looks(move: Move, token: str) -> dict[str, Any]:
    found = move.town.call(transition_looks.transition_view, SYSTEM, token=token, link_key=KEY)
    return dict(passing.TransitionView().dump(found))


def answers(move: Move, token: str, *, objects: bool = False, words: str | None = None) -> dict[str, Any]:
    found = move.town.call(
        transition_looks.answer_transition, SYSTEM, token=token, link_key=KEY, objects=objects, words=words
    )
    return dict(passing.TransitionView().dump(found))


def test_each_parent_reads_the_form_by_a_link_of_her_own_and_the_event_says_nothing_of_it(move: Move) -> None:
    mother, father = shown(move)
    [told] = move.town.told("transition.shown")
    assert sorted(told["guardian_ids"]) == sorted(move.town.children[move.child])
    assert FORM["language"] not in str(told)
    assert looks(move, mother)["form"]["language"] == FORM["language"]
    assert move.row.state == "filled"
    answered = answers(move, mother, words="Hun er bange for høje lyde.")
    assert (answered["seen"], answered["objects"]) == (True, False)
    assert looks(move, father)["words"] is None
    assert (move.row.state, move.town.tasks(state="open", kind="transition_reviewed")) == (
        "parent_reviewed",
        ["transition_reviewed"],
    )
    words = {one["words"] for one in move.read()["looks"]}
    assert words == {"Hun er bange for høje lyde.", None}
    assert move.read(move.receiver)["looks"] == []


def test_silence_counts_only_when_each_parent_has_seen_the_form_as_it_stands(move: Move) -> None:
    mother, father = shown(move)
    answers(move, mother)
    assert move.do(transitions.release_facts)["parents_told"] is False
    answers(move, father)
    assert move.do(transitions.release_facts)["parents_told"] is True
    move.do(transitions.fill_transition, form={**FORM, "play": "Leger med alle."})
    with pytest.raises(LinkExpired):
        looks(move, mother)
    move.do(transition_looks.show_transition)
    answers(move, link(move, move.town.children[move.child][0]))
    assert move.do(transitions.release_facts)["parents_told"] is False


def test_an_objection_stands_until_the_parent_says_otherwise(move: Move) -> None:
    mother, father = shown(move)
    answers(move, father)
    answers(move, mother, objects=True)
    assert move.do(transitions.release_facts)["objection"] is True
    move.do(transitions.fill_transition, form={**FORM, "play": "Leger med alle."})
    move.do(transition_looks.show_transition)
    answers(move, link(move, move.town.children[move.child][1]))
    assert move.do(transitions.release_facts)["objection"] is True
    answers(move, link(move, move.town.children[move.child][0]))
    assert move.do(transitions.release_facts)["objection"] is False


def test_an_objection_takes_back_what_was_passed_on_because_nobody_had_objected(move: Move) -> None:
    mother, father = shown(move)
    answers(move, mother)
    answers(move, father)
    decision = {"allowed": True, "policy": "opt_out", "reason": "no_objection", "consent_id": None}
    move.do(transitions.release_transition, decision=decision)
    assert move.read(move.receiver)["form"] is not None
    answers(move, mother, objects=True)
    assert (move.row.state, move.row.reason) == ("blocked", "objection")
    assert move.read(move.receiver)["form"] is None
    assert move.town.tasks(state="open", kind="receive_transition") == []
    assert move.read(move.receiver)["reason"] is None
    answers(move, mother)
    assert move.row.state == "parent_reviewed"


def test_a_link_that_is_anothers_forged_or_of_one_without_custody_opens_nothing(move: Move) -> None:
    mother, _ = shown(move)
    row = move.row
    with pytest.raises(LinkForged):
        looks(move, link(move, key(), key="another-key-that-is-not-ours-0000000000"))
    with pytest.raises(LinkForged):
        looks(move, link(move, key(), purpose="meeting-minutes"))
    with pytest.raises(LinkExpired):
        looks(move, link(move, key()))
    with pytest.raises(Forbidden):
        move.town.call(transition_looks.transition_view, token=mother, link_key=KEY)
    move.town.withheld(move.town.concern(move.child), version=1)
    with pytest.raises(LinkExpired):
        looks(move, mother)
    with pytest.raises(Conflict):
        move.do(transition_looks.show_transition)
    assert row.version == move.row.version


def test_what_looks_like_a_cpr_number_is_not_written_into_the_form(move: Move) -> None:
    with pytest.raises(Invalid) as refused:
        move.do(transitions.fill_transition, form={"family": "Mor har 010180-1111."})
    assert list(refused.value.fields) == ["form.family"]
    move.do(transitions.fill_transition, form=FORM)
    with pytest.raises(Invalid) as refused:
        move.do(transitions.review_transition, reviewed_on=clock.today(), remarks="Ring: 010180-1111")
    assert list(refused.value.fields) == ["remarks"]


def test_the_timeline_tells_the_steps_and_no_words(move: Move) -> None:
    mother, father = shown(move)
    answers(move, mother, words="Hun er bange for høje lyde.")
    answers(move, father)
    move.released()
    move.do(transitions.receive_transition, move.receiver)
    told = move.town.call(queries.timeline, child_id=move.child)["items"]
    # The clock stands still here, so only what was told is compared.
    assert sorted(item["kind"] for item in told if item.get("transition_id")) == [
        "transition_filled",
        "transition_opened",
        "transition_received",
        "transition_released",
        "transition_seen",
        "transition_seen",
        "transition_shown",
    ]
    assert "høje lyde" not in str(told)


def test_strangers_see_no_transition_and_old_versions_change_none(move: Move) -> None:
    stranger = Actor(key(), "staff", (Grant("leader", key()),), "trivsel")
    with pytest.raises(NotFound):
        move.read(stranger)
    listed = move.town.call(transitions.list_transitions, stranger, child_id=move.child)
    assert listed["items"] == []
    with pytest.raises(PreconditionFailed):
        move.do(transitions.fill_transition, form=FORM, expected_version=9)
    with pytest.raises(Forbidden):
        move.read(Actor.system("gateway"))
    [own] = move.town.call(transitions.list_transitions, institution_id=move.school)["items"]
    assert (own["child_id"], own["side"]) == (move.child, "sender")
    [theirs] = move.town.call(transitions.list_transitions, move.receiver)["items"]
    assert theirs["side"] == "receiver"
    assert move.town.call(transitions.list_transitions, stranger)["items"] == []
