"""Parents' answers by link.

The link is the authority: the gateway carries it and acts as a system, so no parent needs an account.
It opens one meeting for one custody holder and one invitation. What is wrong with a link that does
not open is told kindly and in the same words for every cause that would give something away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Conflict, Forbidden, Invalid, LinkExpired, LinkForged
from services.chassis.links import open_link
from services.meetings import bookings, events, models, policy, tasks, telling
from services.meetings.domain import invitations
from services.meetings.domain.calendar import slot_of
from services.meetings.domain.invitations import Answer
from services.meetings.domain.settings import Settings
from services.meetings.domain.states import Move, State
from services.meetings.handlers import timing
from services.meetings.handlers.inviting import send, wake_waiting
from services.meetings.planning import Planner
from services.meetings.settings_store import agenda_of, settings_for

PURPOSE = "meeting-answer"
"""What the links are signed for. Their subject is the meeting, their audience the custody holder, and
``extra`` is ``{"invitation": number}``."""

_FORGED = "Linket virker ikke. Brug linket i den nyeste besked, du har fået."
_EXPIRED = "Linket er udløbet. Kontakt institutionen, hvis I ikke har aftalt en tid."
_SUPERSEDED = "Der er sendt en nyere besked om mødet. Brug linket i den."
_ANSWERED = "I har allerede svaret. Kontakt institutionen, hvis noget er ændret."
_TOO_LATE = "Fristen for at svare er gået. Kontakt institutionen for at aftale en tid."
_TAKEN = "Tidspunktet kan ikke længere vælges. Vælg et af de andre, eller bed om andre tider."
_OVER = "Mødet er overstået. Kontakt institutionen, hvis der er noget, du vil tilføje."

_WAITING = frozenset({State.INVITED, State.DECLINED})


@dataclass(slots=True)
class _Opened:
    """A meeting as one custody holder meets it behind her link."""

    meeting: models.Meeting
    guardian: models.MeetingGuardian
    holder: models.Guardian
    settings: Settings

    @property
    def state(self) -> State:
        return State(self.meeting.state)

    @property
    def has_answered(self) -> bool:
        return self.guardian.answered_invitation == self.meeting.invitation


def parent_view(uow: UnitOfWork, actor: Actor, *, token: str, link_key: str) -> dict[str, Any]:
    """What the custody holder sees behind her link."""
    opened = _open(uow, actor, token, link_key, action="read")
    return _view(uow, opened, None)


def answer(
    uow: UnitOfWork,
    actor: Actor,
    *,
    token: str,
    link_key: str,
    choice: str | None = None,
    proposal_id: str | None = None,
    wishes: str | None = None,
    points: str | None = None,
    interpreter: bool | None = None,
    interpreter_language: str | None = None,
) -> dict[str, Any]:
    """Takes her answer, or what she adds to an answer already given; shows what became of it.

    Doing it twice with the same answer changes nothing: a call may be repeated.
    """
    opened = _open(uow, actor, token, link_key, action="change")
    if opened.state not in _WAITING | {State.CONFIRMED}:
        raise Conflict(_OVER, code="meeting-over")
    _note(opened, wishes, points, interpreter, interpreter_language)
    if interpreter:
        uow.session.flush()
        timing.ask_for_interpreters(uow, opened.meeting)
    if choice is None or _is_repeated(opened, choice, proposal_id):
        return _view(uow, opened, "noted")
    if opened.has_answered and opened.state is not State.CONFIRMED:
        raise Conflict(_ANSWERED, code="already-answered")
    match Answer(choice):
        case Answer.ACCEPTED:
            outcome = _accept(uow, opened, str(proposal_id))
        case Answer.OTHER_TIMES:
            outcome = _ask_for_other_times(uow, opened)
        case _:
            outcome = _decline(uow, opened)
    return _view(uow, opened, outcome)


def _open(uow: UnitOfWork, actor: Actor, token: str, link_key: str, *, action: str) -> _Opened:
    if not actor.is_system:
        raise Forbidden("Svar på en invitation gives med linket i beskeden.")
    link = open_link(token, PURPOSE, link_key)
    lock = True if action != "read" else None
    meeting = uow.session.get(models.Meeting, link.subject, with_for_update=lock)
    guardian = uow.session.get(models.MeetingGuardian, (link.subject, link.audience))
    if meeting is None or guardian is None:
        raise LinkForged(_FORGED)
    holder = uow.session.get(models.Guardian, (meeting.child_id, link.audience))
    if holder is None or holder.custody not in telling.CUSTODY or _is_silent(uow, meeting):
        raise LinkExpired(_EXPIRED)
    if link.extra.get("invitation") != meeting.invitation:
        raise LinkExpired(_SUPERSEDED, code="link-superseded")
    parent = Actor(link.audience, "guardian", purpose="link")
    uow.log_access(parent, action=action, kind="meeting", subjects=[meeting.child_id])
    settings = settings_for(uow.session, [meeting.institution_id])[meeting.institution_id]
    return _Opened(meeting, guardian, holder, settings)


def _is_silent(uow: UnitOfWork, meeting: models.Meeting) -> bool:
    """Whether parents must hear nothing: the concern is withheld, or the meeting was called off so."""
    if meeting.state == State.CANCELLED.value and meeting.end_reason in ("withheld", "settled"):
        return True
    return policy.is_withheld(uow.session, meeting.child_id)


def _note(
    opened: _Opened,
    wishes: str | None,
    points: str | None,
    interpreter: bool | None,
    interpreter_language: str | None,
) -> None:
    """Her own words and her need of an interpreter; what is left out stays as it was."""
    guardian = opened.guardian
    if wishes is not None:
        guardian.wishes = wishes.strip() or None
    if points is not None:
        guardian.points = points.strip() or None
    if interpreter is not None:
        language = interpreter_language or guardian.interpreter_language or opened.holder.language
        guardian.interpreter_language = language if interpreter else None


def _is_repeated(opened: _Opened, choice: str, proposal_id: str | None) -> bool:
    return (
        opened.has_answered
        and opened.guardian.answer == choice
        and (choice != Answer.ACCEPTED.value or opened.guardian.proposal_id == proposal_id)
    )


def _accept(uow: UnitOfWork, opened: _Opened, proposal_id: str) -> str:
    meeting = opened.meeting
    proposal = uow.session.get(models.Proposal, proposal_id)
    if (
        proposal is None
        or proposal.meeting_id != meeting.meeting_id
        or proposal.invitation != meeting.invitation
    ):
        raise Invalid(_TAKEN, fields={"proposal_id": "Vælg et af de tidspunkter, der står i beskeden."})
    if opened.state is State.CONFIRMED:
        if proposal.state != "accepted":
            # The other custody holder was faster: her time stands, and this one is shown it.
            return "already_confirmed"
        _record(uow, opened, Answer.ACCEPTED, proposal_id)
        return "confirmed"
    now = clock.now()
    if meeting.answer_by is not None and now > meeting.answer_by:
        raise Conflict(_TOO_LATE, code="too-late")
    if proposal.state != "offered" or not invitations.can_accept(
        proposal.starts_at, now, opened.settings.accept_lead
    ):
        raise Conflict(_TAKEN, code="time-taken", fields={"proposal_id": "Vælg et andet tidspunkt."})
    _record(uow, opened, Answer.ACCEPTED, proposal_id)
    timing.fix(uow, meeting, proposal, accepted_by=opened.guardian.guardian_id)
    return "confirmed"


def _ask_for_other_times(uow: UnitOfWork, opened: _Opened) -> str:
    meeting = opened.meeting
    _record(uow, opened, Answer.OTHER_TIMES, None)
    if opened.state is State.CONFIRMED:
        _tell_staff(uow, opened, "parent_cannot")
        return "noted"
    left = opened.settings.automatic_invitations - meeting.invitation
    if opened.settings.automatic and left > 0 and _propose_others(uow, meeting):
        return "new_times"
    tasks.give(uow, [tasks.for_leader("times_wanted", meeting, once=meeting.invitation)])
    return "noted"


def _decline(uow: UnitOfWork, opened: _Opened) -> str:
    meeting = opened.meeting
    _record(uow, opened, Answer.DECLINED, None)
    if opened.state is State.CONFIRMED:
        _tell_staff(uow, opened, "parent_cannot")
        return "noted"
    if opened.state is State.INVITED and invitations.everybody_declined(_answers(uow, meeting)):
        timing.move(meeting, Move.DECLINE)
        timing.release_proposals(uow, [meeting.meeting_id])
        bookings.release(uow.session, [meeting.meeting_id])
        tasks.give(uow, [tasks.for_leader("declined", meeting, once=meeting.invitation)])
        telling.add_steps(uow.session, [telling.step(meeting, "declined")])
    return "noted"


def _answers(uow: UnitOfWork, meeting: models.Meeting) -> list[Answer]:
    """The answers of all who hold custody now, to the newest invitation."""
    holders = telling.holders_of(uow.session, meeting)
    given = {
        row.guardian_id: row
        for row in uow.session.scalars(
            select(models.MeetingGuardian).where(models.MeetingGuardian.meeting_id == meeting.meeting_id)
        )
    }
    return [
        Answer(given[id_].answer)
        if id_ in given and given[id_].answered_invitation == meeting.invitation
        else Answer.NONE
        for id_ in holders
    ]


def _propose_others(uow: UnitOfWork, meeting: models.Meeting) -> bool:
    """Invites anew with other times than any proposed before; false if there are none."""
    now = clock.now()
    proposed = uow.session.scalars(
        select(models.Proposal).where(models.Proposal.meeting_id == meeting.meeting_id)
    ).all()
    avoid = {slot_of(proposal.starts_at) for proposal in proposed}
    before = [proposal.proposal_id for proposal in proposed if proposal.state == "offered"]
    for _ in range(5):
        planner = Planner(uow.session, [meeting], now)
        plan = planner.plan(meeting, avoid=avoid)
        if plan is None:
            return False
        late = bookings.engage(uow.session, plan.holds)
        if not late:
            break
        bookings.withdraw(uow.session, [hold.hold_id for hold in plan.holds], meeting.meeting_id)
    else:
        return False
    bookings.withdraw(uow.session, before, meeting.meeting_id)
    holders = telling.custody_holders(uow.session, [meeting.child_id])
    send(uow, [(meeting, plan)], planner, holders, now)
    wake_waiting(uow, meeting.institution_id)
    return True


def _record(uow: UnitOfWork, opened: _Opened, given: Answer, proposal_id: str | None) -> None:
    meeting, guardian = opened.meeting, opened.guardian
    guardian.answer = given.value
    guardian.answered_invitation = meeting.invitation
    guardian.answered_at = clock.now()
    guardian.proposal_id = proposal_id
    meeting.version += 1
    uow.emit(
        events.MeetingAnswered,
        subject=meeting.meeting_id,
        version=meeting.version,
        data={
            "meeting_id": meeting.meeting_id,
            "child_id": meeting.child_id,
            "guardian_id": guardian.guardian_id,
            "invitation": meeting.invitation,
            "answer": given.value,
            "interpreter": guardian.interpreter_language is not None,
        },
    )
    telling.add_steps(uow.session, [telling.step(meeting, "answered", detail=given.value)])


def _tell_staff(uow: UnitOfWork, opened: _Opened, kind: str) -> None:
    meeting = opened.meeting
    once = f"{opened.guardian.guardian_id}:{meeting.sequence}"
    tasks.give(uow, [tasks.for_staff(kind, meeting, timing.contact_of(meeting), once=once)])


def _view(uow: UnitOfWork, opened: _Opened, outcome: str | None) -> dict[str, Any]:
    meeting, guardian = opened.meeting, opened.guardian
    proposals = _choosable(uow, opened) if outcome != "new_times" else []
    state = _seen_state(opened, proposals) if outcome != "new_times" else "answered"
    answered = opened.has_answered or outcome == "new_times"
    return {
        "meeting_id": meeting.meeting_id,
        "child_id": meeting.child_id,
        "guardian_id": guardian.guardian_id,
        "institution_id": meeting.institution_id,
        "language": opened.holder.language,
        "invitation": meeting.invitation,
        "state": state,
        "outcome": outcome,
        "answer_by": meeting.answer_by,
        "proposals": proposals if state == "open" else [],
        "starts_at": meeting.starts_at,
        "ends_at": meeting.ends_at,
        "place": meeting.place,
        "sequence": meeting.sequence,
        "own": {
            "answer": guardian.answer if answered else Answer.NONE.value,
            "proposal_id": guardian.proposal_id if answered else None,
            "wishes": guardian.wishes,
            "points": guardian.points,
            "interpreter_language": guardian.interpreter_language,
        },
        "agenda": agenda_of(uow.session, meeting)["items"],
    }


def _choosable(uow: UnitOfWork, opened: _Opened) -> list[models.Proposal]:
    meeting, now = opened.meeting, clock.now()
    if opened.state not in _WAITING or meeting.answer_by is None or now > meeting.answer_by:
        return []
    offered = uow.session.scalars(
        select(models.Proposal)
        .where(
            models.Proposal.meeting_id == meeting.meeting_id,
            models.Proposal.invitation == meeting.invitation,
            models.Proposal.state == "offered",
        )
        .order_by(models.Proposal.starts_at)
    )
    lead = opened.settings.accept_lead
    return [proposal for proposal in offered if invitations.can_accept(proposal.starts_at, now, lead)]


def _seen_state(opened: _Opened, choosable: list[models.Proposal]) -> str:
    state = opened.state
    if state is State.CONFIRMED:
        return "confirmed"
    if state is State.CANCELLED:
        return "cancelled"
    if state not in _WAITING:
        return "over"
    if opened.has_answered:
        return "answered"
    return "open" if choosable else "too_late"
