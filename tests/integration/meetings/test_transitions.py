"""A child with a concern changes institution: the form, its release by policy, and its receipt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.chassis import clock
from services.chassis.actor import Actor, Grant
from services.chassis.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed
from services.meetings import handlers, models, projection, schemas
from services.meetings.handlers import transitions
from tests.integration.meetings.town import Town, key

FORM = {"language": "Taler i hele sætninger.", "resources": "Er god til at lege."}


class Move:
    """A child who is to go from the town's day-care to school, and the school's leader."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.school, self.grade = key(), key()
        data = {"institution_id": self.school, "kind": "school", "district_id": None, "active": True}
        town.hear(projection.record_institutions, schemas.InstitutionRecorded, data)
        self.receiver = Actor(key(), "staff", (Grant("leader", self.school),), "trivsel")
        self.child = town.enrol()

    def is_told(self, version: int = 2) -> None:
        """The registry tells of the coming place."""
        begins = clock.today() + timedelta(days=60)
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
    meeting = move.do(transitions.transition_meeting, hold_by=hold_by)
    assert (meeting["kind"], meeting["consent"]) == ("transition", "not_needed")
    assert move.row.meeting_id == meeting["meeting_id"]
    with pytest.raises(Conflict):
        move.do(transitions.transition_meeting, hold_by=hold_by)


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
    assert own["child_id"] == move.child
