"""Joint ratings and their revisions: the only thing that raises, withholds or settles a concern."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import bindparam, exists, select, update

from services.assessment import events, policy
from services.assessment.domain import states
from services.assessment.domain.concern import consider_notification
from services.assessment.domain.ratings import joint_rating_faults
from services.assessment.domain.states import Refused
from services.assessment.domain.words import JOINT_FINAL, PLANNED
from services.assessment.handlers.concerns import Concerns
from services.assessment.handlers.group import INVALID, Child, begin, move
from services.assessment.handlers.profiles import known_indicators, profile_of
from services.assessment.models import ChildAssessment, JointRating, Round
from services.assessment.policy import NO_CHILD, Unit
from services.assessment.schemas.fields import Entry
from services.assessment.units import current_units, known_staff
from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork, insert_all
from services.chassis.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed
from services.chassis.membership import one_of

CONTENT = (
    "track",
    "position",
    "context",
    "works_well",
    "focus",
    "reason",
    "participants",
    "indicators",
    "with_parents",
    "suspects_parents",
)


def finalise_group(
    uow: UnitOfWork, actor: Actor, *, round_id: str, group_id: str, items: Sequence[Entry]
) -> dict[str, Any]:
    """Stores what has been agreed about a group's children, and lets each rating have its effects."""
    call = begin(uow, actor, round_id, group_id, items, policy.may_agree)
    given = [entry.data for entry in items if entry.data]
    indicators = known_indicators(
        uow.session, call.profile.version, {code for data in given for code in data["indicators"]}
    )
    staff = known_staff(uow.session, {id_ for data in given for id_ in data["participants"]}, actor)
    before = _current(uow, list(call.children))
    concerns = Concerns(uow, call.profile).load([child.child_id for child in call.children.values()])
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for entry, data, child in call.entries(items):
        key = child.id, data["track"]
        faults = joint_rating_faults(data, indicators, staff, child.required)
        if key in rows:
            call.twice(entry, child)
        elif faults:
            call.refuse(entry, INVALID, fields=faults, version=child.version)
        elif _is_repeated(actor, before.get(key), child, data):
            # The same call again, because its answer was lost: it has been done.
            call.save(entry, child, child.state, child.version, rating_id=before[key].id, concerns=[])
        elif data["expected_version"] != child.version:
            call.stale(entry, child)
        elif key in before:
            call.not_now(entry, child, "Barnet har en fælles vurdering på sporet. Revidér den i stedet.")
        else:
            try:
                state = states.finalised(child.state)
            except Refused as error:
                call.not_now(entry, child, error)
                continue
            rating = rows[key] = _row(actor, child, data)
            _emit(uow, rating)
            stood = concerns.stands(child.child_id, data["track"])
            call.save(
                entry,
                child,
                state,
                child.version + 1,
                rating_id=rating["id"],
                concerns=concerns.apply(rating),
                consider_notification=consider_notification(
                    data["position"], stood is not None and stood != round_id
                ),
            )
    if rows:
        insert_all(uow.session, JointRating, list(rows.values()))
        concerns.store()
        move(uow.session, actor, {id_: JOINT_FINAL for id_, _ in rows})
    children = {rating["child_id"] for rating in rows.values()}
    uow.log_access(actor, action="add", kind="joint_rating", subjects=sorted(children))
    return call.result()


def revise(
    uow: UnitOfWork,
    actor: Actor,
    *,
    rating_id: str,
    expected_version: int,
    revision_reason: str,
    **data: Any,
) -> dict[str, Any]:
    """A joint rating that takes the place of ``rating_id``; both are kept, with the reason.

    Also when the round has been closed, as long as no later round has rated the same track: then the
    later rating is the one to revise.
    """
    old, child, round_ = _to_revise(uow, actor, rating_id, expected_version)
    profile = profile_of(uow.session, round_.profile_version)
    indicators = known_indicators(uow.session, profile.version, set(data["indicators"]))
    staff = known_staff(uow.session, data["participants"], actor)
    if faults := joint_rating_faults(data, indicators, staff, child.required):
        raise Invalid("Vurderingen kan ikke gemmes, som den er. Ret felterne.", fields=faults)
    if data["track"] != old.track:
        _require_free_track(uow, child, data["track"])
    concerns = Concerns(uow, profile).load([child.child_id])
    stood = concerns.stands(child.child_id, data["track"])
    rating = _row(actor, child, data) | {
        "revision": old.revision + 1,
        "supersedes": old.id,
        "revision_reason": revision_reason,
    }
    uow.session.execute(update(JointRating).where(JointRating.id == old.id).values(current=False))
    insert_all(uow.session, JointRating, [rating])
    _emit(uow, rating)
    told = concerns.apply(rating, superseded=old)
    concerns.store()
    move(uow.session, actor, {child.id: JOINT_FINAL})
    uow.log_access(actor, action="change", kind="joint_rating", subjects=[child.child_id])
    return {
        "index": 0,
        "child_assessment_id": child.id,
        "child_id": child.child_id,
        "state": JOINT_FINAL,
        "version": child.version + 1,
        "rating_id": rating["id"],
        "concerns": told,
        "consider_notification": consider_notification(
            data["position"], stood is not None and stood != child.round_id
        ),
    }


def _to_revise(uow: UnitOfWork, actor: Actor, rating_id: str, expected_version: int) -> tuple[Any, Any, Any]:
    """The rating with its child, locked, if the actor may revise it now."""
    session = uow.session
    old = session.execute(select(*JointRating.__table__.c).where(JointRating.id == rating_id)).first()
    if old is None:
        raise NotFound("Vurderingen findes ikke.")
    child = session.execute(
        select(*ChildAssessment.__table__.c)
        .where(ChildAssessment.id == old.child_assessment_id)
        .with_for_update()
    ).one()
    place = Unit(child.group_id, child.institution_id, child.district_id, child.kind)
    here = {unit.institution_id for unit in current_units(session, child.child_id)}
    # Who has let go of a child no longer changes what is known of it; her leader still may.
    allowed = policy.may_agree(actor, place) if child.institution_id in here else policy.leads(actor, place)
    if not allowed:
        raise Forbidden(NO_CHILD)
    if child.version != expected_version:
        raise PreconditionFailed(
            "En anden har ændret barnets vurdering i mellemtiden. Hent siden igen, og se ændringen.",
            extra={"version": child.version},
        )
    if not session.scalar(select(JointRating.current).where(JointRating.id == rating_id)):
        raise Conflict(
            "Vurderingen er allerede revideret. Revidér den seneste.", extra={"version": child.version}
        )
    later = exists().where(
        JointRating.child_id == child.child_id,
        JointRating.track == old.track,
        JointRating.child_assessment_id != child.id,
        JointRating.revision == 1,
        JointRating.decided_at > old.decided_at,
    )
    if session.scalar(select(later)):
        raise Conflict(
            "Barnet er vurderet igen siden. Revidér den seneste vurdering.", extra={"version": child.version}
        )
    round_ = session.get(Round, child.round_id)
    if round_ is None or round_.state == PLANNED:
        raise Conflict("Runden er endnu ikke åbnet.")
    return old, child, round_


def _require_free_track(uow: UnitOfWork, child: Any, track: str) -> None:
    if (child.id, track) in _current(uow, [child.id]):
        raise Conflict(
            "Barnet har allerede en fælles vurdering på det andet spor. Revidér den dér.",
            extra={"version": child.version},
        )


_RATING: Any = JointRating.__table__
_IN_FORCE = select(_RATING).where(one_of(_RATING.c.child_assessment_id, bindparam("ids")), _RATING.c.current)


def _current(uow: UnitOfWork, ids: Sequence[str]) -> dict[tuple[str, str], Any]:
    """The joint ratings in force, by child assessment and track."""
    return {(row.child_assessment_id, row.track): row for row in uow.session.execute(_IN_FORCE, {"ids": ids})}


def _is_repeated(actor: Actor, stored: Any, child: Child, data: Mapping[str, Any]) -> bool:
    return (
        stored is not None
        and stored.decided_by == actor.id
        and child.version == data["expected_version"] + 1
        and all(getattr(stored, name) == data[name] for name in CONTENT)
    )


def _row(actor: Actor, child: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "child_assessment_id": child.id,
        "round_id": child.round_id,
        "child_id": child.child_id,
        "institution_id": child.institution_id,
        "group_id": child.group_id,
        **{name: data[name] for name in CONTENT},
        "revision": 1,
        "supersedes": None,
        "revision_reason": None,
        "current": True,
        "decided_at": clock.now(),
        "decided_by": actor.id,
    }


def _emit(uow: UnitOfWork, rating: Mapping[str, Any]) -> None:
    uow.emit(
        events.JointRatingFinalised,
        subject=rating["id"],
        version=rating["revision"],
        data={
            "rating_id": rating["id"],
            **{
                name: rating[name]
                for name in (
                    "round_id",
                    "child_id",
                    "track",
                    "position",
                    "revision",
                    "supersedes",
                    "institution_id",
                    "group_id",
                )
            },
        },
    )
