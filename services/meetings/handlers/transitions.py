"""A child with a concern changes institution: the form, its way past the parents, and who answers for it.

The sender fills the form and shows it to the parents; whether it may be passed on is consent's decision by
the municipality's policy; the receiver accepts it, and until then the sender answers. What a consent opened
is shut to the receiver when the consent is gone, on the next read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NoReturn
from uuid import uuid4

from sqlalchemy import bindparam, or_, select

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork, insert_all, insert_new
from services.chassis.errors import Conflict, Invalid, NotFound
from services.chassis.membership import one_of
from services.meetings import gates, models, policy, tasks, telling
from services.meetings.domain.concerns import Standing
from services.meetings.domain.sharing import places_with_cpr
from services.meetings.domain.transitions import (
    ENDED,
    FIELDS,
    Look,
    Passage,
    Stay,
    Step,
    anybody_objects,
    changes,
    due,
    parents_told,
    responsible_is_sender,
    step_from,
)

APART = "health_visiting"
"""Health visiting goes on beside day-care and school: it is no place that a child changes to."""

REMEMBERED = timedelta(days=60)
"""So long after its receipt a transition still stands among those that somebody has to do with."""


_CONCERN: Any = models.Concern.__table__
_CONCERNED = select(_CONCERN.c.child_id).where(
    one_of(_CONCERN.c.child_id, bindparam("ids")), _CONCERN.c.standing == Standing.RAISED.value
)
_PLACE: Any = models.Enrolment.__table__
_PLACES = select(
    _PLACE.c.child_id, _PLACE.c.institution_id, _PLACE.c.group_id, _PLACE.c.from_day, _PLACE.c.to_day
).where(one_of(_PLACE.c.child_id, bindparam("ids")))


def open_transitions(uow: UnitOfWork, child_ids: Collection[str]) -> None:
    """Opens a transition for each child with a concern who is to change institution; asks the sender."""
    concerned = set(uow.session.scalars(_CONCERNED, {"ids": child_ids}))
    if not concerned:
        return
    rows = [
        _row(child_id, left, reached)
        for child_id, own in sorted(_stays(uow, concerned).items())
        for left, reached in changes(own, clock.today())
    ]
    if not rows:
        return
    rows = _without_those_under_way(uow, rows)
    key = ["child_id", "from_institution_id", "to_institution_id", "starts_on"]
    new = {row[0] for row in insert_new(uow.session, models.Transition, rows, key=key)}
    opened = [row for row in rows if row["transition_id"] in new]
    tasks.give(uow, [task("transition", row) for row in opened])
    _add_steps(uow, [_step_row(row, "transition_opened") for row in opened])


def _stays(uow: UnitOfWork, child_ids: Collection[str]) -> dict[str, list[Stay]]:
    """Where the children are or will be, health visiting aside.

    The institutions' kinds are asked for by themselves. In one question with the enrolments, "of any other
    kind" is guessed to leave nearly none, and all children of all institutions are looked through.
    """
    own: dict[str, list[Stay]] = {}
    for row in uow.session.execute(_PLACES, {"ids": child_ids}):
        own.setdefault(row.child_id, []).append(
            Stay(row.institution_id, row.group_id, row.from_day, row.to_day)
        )
    # Only who has more than one place can change between two.
    several = {child_id: stays for child_id, stays in own.items() if len(stays) > 1}
    places = {stay.institution_id for stays in several.values() for stay in stays}
    if not places:
        return {}
    institution = models.Institution
    kinds = uow.session.execute(
        select(institution.institution_id, institution.kind).where(one_of(institution.institution_id, places))
    )
    goes_on = {row.institution_id for row in kinds if row.kind != APART}
    return {
        child_id: [stay for stay in stays if stay.institution_id in goes_on]
        for child_id, stays in several.items()
    }


def follow_moves(uow: UnitOfWork, child_ids: Collection[str]) -> None:
    """A transition follows its child: to another day or group of the new place, and to its end when she is
    no longer to go there."""
    row = models.Transition
    under_way = uow.session.scalars(
        select(row)
        .where(row.child_id.in_(child_ids), row.state.not_in([state.value for state in ENDED]))
        .order_by(row.transition_id)
        .with_for_update()
    ).all()
    if not under_way:
        return
    place, today = models.Enrolment, clock.today()
    coming: dict[tuple[str, str], models.Enrolment] = {}
    for one in uow.session.scalars(
        select(place)
        .where(
            place.child_id.in_({found.child_id for found in under_way}),
            place.to_day.is_(None) | (place.to_day >= today),
        )
        .order_by(place.from_day.desc())
    ):
        coming[one.child_id, one.institution_id] = one
    for found in under_way:
        there = coming.get((found.child_id, found.to_institution_id))
        if there is None:
            step(found, Step.CANCEL)
            note(uow, found, "transition_cancelled")
            tasks.settle_about(uow, found.transition_id)
        elif (there.from_day, there.group_id) != (found.starts_on, found.to_group_id):
            found.starts_on, found.to_group_id = there.from_day, there.group_id
            found.version += 1


def _without_those_under_way(uow: UnitOfWork, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The ways that have no transition yet. One that was given up is opened again when the way is."""
    row = models.Transition
    known = {
        (found.child_id, found.from_institution_id, found.to_institution_id): found
        for found in uow.session.scalars(
            select(row)
            .where(
                row.child_id.in_({one["child_id"] for one in rows}),
                row.state != Passage.RECEIVED.value,
            )
            .order_by(row.created_at, row.transition_id)
        )
    }
    fresh = []
    for one in rows:
        found = known.get((one["child_id"], one["from_institution_id"], one["to_institution_id"]))
        if found is None:
            fresh.append(one)
        elif found.state == Passage.CANCELLED.value:
            step(found, Step.REOPEN)
            found.starts_on, found.to_group_id = one["starts_on"], one["to_group_id"]
            found.reviewed_on = found.shown_at = None
            note(uow, found, "transition_opened")
            tasks.give(uow, [task("transition", facts(found), once=found.version)])
    return fresh


def block_transitions(uow: UnitOfWork, consent_ids: Collection[str], reason: str) -> None:
    """What was passed on by these consents and not accepted yet is taken back, and the sender told."""
    row = models.Transition
    given = []
    for found in uow.session.scalars(
        select(row)
        .where(row.consent_id.in_(consent_ids), row.state == Passage.RELEASED.value)
        .order_by(row.transition_id)
        .with_for_update()
    ):
        step(found, Step.BLOCK)
        found.reason = f"consent_{reason}"
        given.append(task("transition_blocked", facts(found), once=found.version))
        note(uow, found, "transition_blocked", detail=found.reason)
        tasks.settle_about(uow, found.transition_id, ["receive_transition"])
    tasks.give(uow, given)


def list_transitions(
    uow: UnitOfWork, actor: Actor, *, child_id: str | None = None, institution_id: str | None = None
) -> dict[str, Any]:
    """The transitions that the actor has to do with, as sender or receiver; by the day of the change.

    Without a child those that have been received are left out: at once where an institution is named, else
    after :data:`REMEMBERED`.
    """
    policy.require_staff(actor)
    row = models.Transition
    query = select(row).order_by(row.starts_on, row.transition_id).limit(500)
    if child_id:
        query = query.where(row.child_id == child_id)
    elif institution_id:
        there = or_(row.from_institution_id == institution_id, row.to_institution_id == institution_id)
        query = query.where(there, row.state.not_in([state.value for state in ENDED]))
    else:
        lately = row.received_at >= clock.now() - REMEMBERED
        query = query.where(or_(row.state.not_in([state.value for state in ENDED]), lately))
    if (touched := policy.transitions_of(actor)) is not None:
        query = query.where(touched)
    rows = uow.session.scalars(query).all()
    places = {id_ for one in rows for id_ in (one.from_institution_id, one.to_institution_id)}
    # Held while sides are asked about, so that each institution is read once and all of them together.
    known = uow.session.scalars(
        select(models.Institution).where(models.Institution.institution_id.in_(places))
    ).all()
    sides = [(one, _side(uow, actor, one)) for one in rows] if known else []
    found = [(one, side) for one, side in sides if side]
    uow.log_access(
        actor, action="search", kind="transition", subjects=sorted({one.child_id for one, _ in found})
    )
    return {"items": [_shown(one, side) for one, side in found]}


def get_transition(uow: UnitOfWork, actor: Actor, *, transition_id: str) -> dict[str, Any]:
    """One transition; with its form for the sender, and for the receiver once and while she may read it."""
    found, side = _open(uow, actor, transition_id, action="read")
    return with_form(uow, found, side)


def fill_transition(
    uow: UnitOfWork, actor: Actor, *, transition_id: str, expected_version: int, form: Mapping[str, str]
) -> dict[str, Any]:
    """The sender writes the form. A change after the parents' look asks for their look again."""
    found = changed(uow, actor, transition_id, expected_version, "sender")
    written = {name: form.get(name, "").strip() for name in FIELDS}
    if not any(written.values()):
        raise Invalid("Skemaet er tomt.", fields={"form": "Udfyld mindst ét felt."})
    if numbers := places_with_cpr(written.items()):
        raise Invalid(
            "Der står noget, der ligner et CPR-nummer, i skemaet. Det må ikke stå der.",
            code="cpr-in-form",
            fields={f"form.{name}": "Slet det, der ligner et CPR-nummer." for name in numbers},
        )
    if found.form == written and found.state in (Passage.FILLED.value, Passage.PARENT_REVIEWED.value):
        return with_form(uow, found, "sender")
    if found.state != Passage.FILLED.value:
        note(uow, found, "transition_filled")
    step(found, Step.FILL)
    found.form = written
    found.reviewed_on = found.shown_at = None
    tasks.settle_about(uow, transition_id, ["transition_reviewed"])
    return with_form(uow, found, "sender")


def review_transition(
    uow: UnitOfWork,
    actor: Actor,
    *,
    transition_id: str,
    expected_version: int,
    reviewed_on: date,
    remarks: str | None,
) -> dict[str, Any]:
    """The sender notes that the parents have read the form, with what they want added."""
    found = changed(uow, actor, transition_id, expected_version, "sender")
    policy.require_parents_may_be_told(uow.session, found.child_id)
    if reviewed_on > clock.today():
        raise Invalid("Dagen er ikke kommet endnu.", fields={"reviewed_on": "Vælg dagen, hvor de læste det."})
    if places_with_cpr([("remarks", remarks or "")]):
        raise Invalid(
            "Der står noget, der ligner et CPR-nummer. Det må ikke stå der.",
            code="cpr-in-form",
            fields={"remarks": "Slet det, der ligner et CPR-nummer."},
        )
    step(found, Step.REVIEW)
    found.reviewed_on, found.remarks = reviewed_on, (remarks or "").strip() or None
    note(uow, found, "transition_reviewed")
    return with_form(uow, found, "sender")


def release_facts(
    uow: UnitOfWork, actor: Actor, *, transition_id: str, expected_version: int
) -> dict[str, Any]:
    """What consent must know to decide whether the form may be passed on."""
    found = changed(uow, actor, transition_id, expected_version, "sender")
    if step_from(Passage(found.state), Step.RELEASE) is None:
        refuse(found)
    looks, holders = looks_at(uow, found)
    kinds: dict[str, str] = {
        row.institution_id: row.kind
        for row in uow.session.execute(
            select(models.Institution.institution_id, models.Institution.kind).where(
                models.Institution.institution_id.in_([found.from_institution_id, found.to_institution_id])
            )
        )
    }
    return {
        "child_id": found.child_id,
        "sender": kinds[found.from_institution_id],
        "receiver": kinds[found.to_institution_id],
        "recipient_unit": found.to_institution_id,
        "parents_told": found.reviewed_on is not None or parents_told(looks, holders, found.edition),
        "objection": anybody_objects(looks, holders),
    }


def release_transition(
    uow: UnitOfWork,
    actor: Actor,
    *,
    transition_id: str,
    expected_version: int,
    decision: Mapping[str, Any],
) -> dict[str, Any]:
    """Passes the form on, or notes why it may not be; then the sender sees to what is missing."""
    found = changed(uow, actor, transition_id, expected_version, "sender")
    found.policy, found.reason = decision["policy"], decision["reason"]
    consent_id = decision["consent_id"]
    known = uow.session.get(models.Consent, consent_id) if consent_id else None
    gone = known is not None and known.state not in (gates.GRANTED, "requested")
    if not decision["allowed"] or gone:
        step(found, Step.BLOCK)
        tasks.give(uow, [task("transition_blocked", facts(found), once=found.version)])
        note(uow, found, "transition_blocked", detail=found.reason)
        return with_form(uow, found, "sender")
    step(found, Step.RELEASE)
    found.consent_id = consent_id
    found.released_at, found.released_by = clock.now(), actor.id
    tasks.settle_about(uow, transition_id, ["transition", "transition_blocked", "transition_reviewed"])
    received_there = {"institution_id": found.to_institution_id, "group_id": found.to_group_id}
    tasks.give(uow, [{**task("receive_transition", facts(found), once=found.version), **received_there}])
    note(uow, found, "transition_released", detail=found.policy)
    return with_form(uow, found, "sender")


def receive_transition(
    uow: UnitOfWork, actor: Actor, *, transition_id: str, expected_version: int
) -> dict[str, Any]:
    """The receiver accepts the form, and answers for the matter from now on."""
    found = changed(uow, actor, transition_id, expected_version, "receiver")
    if not _may_read(uow, found):
        refuse(found)
    step(found, Step.RECEIVE)
    found.received_at, found.received_by = clock.now(), actor.id
    tasks.settle_about(uow, transition_id)
    note(uow, found, "transition_received")
    return with_form(uow, found, "receiver")


# What the parts about transitions share ---------------------------------------------------------------


def looks_at(uow: UnitOfWork, found: models.Transition) -> tuple[list[Look], list[str]]:
    """What the parents have answered about the form, and who has custody now."""
    rows = uow.session.scalars(
        select(models.TransitionLook)
        .where(models.TransitionLook.transition_id == found.transition_id)
        .order_by(models.TransitionLook.guardian_id)
    )
    looks = [Look(row.guardian_id, row.edition, row.objects) for row in rows]
    holders = telling.custody_holders(uow.session, [found.child_id]).get(found.child_id, [])
    return looks, [holder.guardian_id for holder in holders]


def facts(found: models.Transition) -> dict[str, Any]:
    """What a task about the transition needs to know of it."""
    names = ("transition_id", "child_id", "from_institution_id", "from_group_id", "starts_on")
    return {name: getattr(found, name) for name in names}


def task(kind: str, row: Mapping[str, Any], *, once: object = "") -> dict[str, Any]:
    """A task for whoever leads where the child leaves."""
    return {
        **tasks.bare(
            kind,
            f"{kind}:{row['transition_id']}:{once}",
            row["child_id"],
            due(kind, row["starts_on"], clock.today()),
        ),
        "transition_id": row["transition_id"],
        "institution_id": row["from_institution_id"],
        "group_id": row["from_group_id"],
        "staff_id": None,
    }


def note(uow: UnitOfWork, found: models.Transition, kind: str, *, detail: str | None = None) -> None:
    """Adds a step to the child's timeline."""
    _add_steps(uow, [_step_row(facts(found), kind, detail)])


def changed(
    uow: UnitOfWork, actor: Actor, transition_id: str, expected_version: int, by: str
) -> models.Transition:
    """The transition for a change by the sender or the receiver, locked, in the version that she knows."""
    found, side = _open(uow, actor, transition_id, action="change")
    if side != by:
        raise NotFound("Overgangen findes ikke, eller du har ikke adgang til den.")
    policy.require_version(found.version, expected_version, "Overgangen")
    return found


def step(found: models.Transition, which: Step) -> None:
    """Takes the step and counts the version up, or refuses."""
    after = step_from(Passage(found.state), which)
    if after is None:
        refuse(found)
    found.state = after.value
    found.version += 1


def refuse(found: models.Transition) -> NoReturn:
    """Says that it cannot be as the transition stands."""
    raise Conflict(
        "Det kan ikke lade sig gøre, som overgangen står nu.",
        code="not-now",
        extra={"version": found.version, "state": found.state},
    )


def _step_row(row: Mapping[str, Any], kind: str, detail: str | None = None) -> dict[str, Any]:
    return {
        "step_id": str(uuid4()),
        "transition_id": row["transition_id"],
        "child_id": row["child_id"],
        "at": clock.now(),
        "kind": kind,
        "detail": detail,
    }


def _add_steps(uow: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        uow.session.flush()
        insert_all(uow.session, models.TransitionStep, list(rows))


def _row(child_id: str, left: Stay, reached: Stay) -> dict[str, Any]:
    return {
        "transition_id": str(uuid4()),
        "version": 1,
        "child_id": child_id,
        "from_institution_id": left.institution_id,
        "from_group_id": left.group_id,
        "to_institution_id": reached.institution_id,
        "to_group_id": reached.group_id,
        "starts_on": reached.from_day,
        "state": Passage.OPEN.value,
        "concern": True,
        "form": {},
        "created_at": clock.now(),
    }


def _open(uow: UnitOfWork, actor: Actor, transition_id: str, *, action: str) -> tuple[models.Transition, str]:
    policy.require_staff(actor)
    lock = True if action != "read" else None
    found = uow.session.get(models.Transition, transition_id, with_for_update=lock)
    side = _side(uow, actor, found) if found is not None else None
    if found is None or side is None:
        raise NotFound("Overgangen findes ikke, eller du har ikke adgang til den.")
    uow.log_access(actor, action=action, kind="transition", subjects=[found.child_id])
    return found, side


def _side(uow: UnitOfWork, actor: Actor, found: models.Transition) -> str | None:
    """Whether the actor is of the sender or the receiver; who is of both is the sender until it is passed
    on."""
    sends = actor.holds(policy.STAFF, _units(uow, found.from_institution_id, found.from_group_id))
    receives = actor.holds(policy.STAFF, _units(uow, found.to_institution_id, found.to_group_id))
    if receives and (not sends or found.state in (Passage.RELEASED.value, Passage.RECEIVED.value)):
        return "receiver"
    return "sender" if sends else None


def _units(uow: UnitOfWork, institution_id: str, group_id: str) -> set[str]:
    place = uow.session.get(models.Institution, institution_id)
    return {institution_id, group_id, *([place.district_id] if place and place.district_id else [])}


def _may_read(uow: UnitOfWork, found: models.Transition) -> bool:
    """Whether the receiver may read the form now: it has been passed on, and what it rests on holds."""
    if found.state not in (Passage.RELEASED.value, Passage.RECEIVED.value):
        return False
    if found.consent_id is None:
        return True
    consent = uow.session.get(models.Consent, found.consent_id)
    return consent is not None and gates.is_holding(consent)


def with_form(uow: UnitOfWork, found: models.Transition, side: str) -> dict[str, Any]:
    """The transition as it is shown to one side: the form for the receiver only while she may read it."""
    uow.session.flush()
    shown = _shown(found, side)
    if side == "receiver" and not _may_read(uow, found):
        hidden = ("form", "remarks", "reviewed_on", "shown_at")
        return {**shown, **dict.fromkeys(hidden), "looks": [], "may_read": False}
    return {
        **shown,
        **{name: getattr(found, name) for name in ("form", "remarks", "reviewed_on", "shown_at")},
        "looks": _looks(uow, found),
        "may_read": True,
    }


def _looks(uow: UnitOfWork, found: models.Transition) -> list[dict[str, Any]]:
    """Each custody holder with what she has answered; ``current`` is whether to the form as it stands."""
    _, holders = looks_at(uow, found)
    given = {
        row.guardian_id: row
        for row in uow.session.scalars(
            select(models.TransitionLook).where(models.TransitionLook.transition_id == found.transition_id)
        )
    }
    empty = models.TransitionLook(edition=0, seen_at=None, objects=False, words=None)
    return [
        {
            "guardian_id": id_,
            "seen_at": row.seen_at,
            "objects": row.objects,
            "words": row.words,
            "current": row.edition == found.edition and found.shown_at is not None,
        }
        for id_ in holders
        for row in [given.get(id_, empty)]
    ]


def _shown(found: models.Transition, side: str) -> dict[str, Any]:
    names = [column.name for column in models.Transition.__table__.columns]
    sender = responsible_is_sender(Passage(found.state))
    hidden = ("form", "remarks", "reviewed_on", "shown_at")
    return {
        **{name: getattr(found, name) for name in names if name not in hidden},
        "responsible": found.from_institution_id if sender else found.to_institution_id,
        "side": side,
        # Why it was stopped is between the sender and the parents.
        **({} if side == "sender" else {"reason": None, "policy": None}),
    }
