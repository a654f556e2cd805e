"""Children who cannot or shall not be rated, and dialogues that begin although a colleague is away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func, select, update

from services.assessment import policy
from services.assessment.domain import states
from services.assessment.domain.ratings import absence_faults
from services.assessment.domain.states import Refused
from services.assessment.domain.words import SET_ASIDE
from services.assessment.handlers.group import INVALID, GroupCall, begin
from services.assessment.models import ChildAssessment, OwnRating
from services.assessment.schemas.fields import Entry
from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork


def set_absence_group(
    uow: UnitOfWork, actor: Actor, *, round_id: str, group_id: str, items: Sequence[Entry]
) -> dict[str, Any]:
    """Marks children as absent or exempt with a reason, or takes the mark away."""
    call = begin(uow, actor, round_id, group_id, items, policy.may_agree)
    counts = _ratings_in(uow, call)
    changes: dict[str, dict[str, Any]] = {}
    for entry, data, child in call.entries(items):
        aside = data["state"] in SET_ASIDE
        faults = absence_faults(data["state"], data["reason_code"], data["reason"])
        if child.id in changes:
            call.twice(entry, child)
        elif faults:
            call.refuse(entry, INVALID, fields=faults, version=child.version)
        elif data["expected_version"] != child.version:
            call.stale(entry, child)
        else:
            try:
                state = (
                    states.set_aside(child.state, data["state"])
                    if aside
                    else states.present_again(child.state, counts.get(child.id, 0), child.required)
                )
            except Refused as error:
                call.not_now(entry, child, error)
                continue
            changes[child.id] = {
                "new_state": state,
                "new_required": child.required,
                "new_reason_code": data["reason_code"] if aside else None,
                "new_reason": (data["reason"] or None) if aside else None,
            }
            call.save(entry, child, state, child.version + 1)
    return _finish(uow, actor, call, changes)


def start_dialogue_group(
    uow: UnitOfWork, actor: Actor, *, round_id: str, group_id: str, items: Sequence[Entry]
) -> dict[str, Any]:
    """Lets a leader begin the dialogue with the own ratings that are in: at least one, and a reason."""
    call = begin(uow, actor, round_id, group_id, items, policy.leads)
    counts = _ratings_in(uow, call)
    changes: dict[str, dict[str, Any]] = {}
    for entry, data, child in call.entries(items):
        if child.id in changes:
            call.twice(entry, child)
        elif data["expected_version"] != child.version:
            call.stale(entry, child)
        else:
            try:
                state = states.dialogue_started(child.state)
            except Refused as error:
                call.not_now(entry, child, error)
                continue
            changes[child.id] = {
                "new_state": state,
                "new_required": counts[child.id],
                "new_reason_code": "fewer_ratings",
                "new_reason": data["reason"],
            }
            call.save(entry, child, state, child.version + 1)
    return _finish(uow, actor, call, changes)


def _ratings_in(uow: UnitOfWork, call: GroupCall) -> dict[str, int]:
    query = (
        select(OwnRating.child_assessment_id, func.count())
        .where(OwnRating.child_assessment_id.in_(list(call.children)))
        .group_by(OwnRating.child_assessment_id)
    )
    return {row[0]: row[1] for row in uow.session.execute(query)}


_TABLE: Any = ChildAssessment.__table__
_CHANGE = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("entry"))
    .values(
        {_TABLE.c[name]: bindparam(f"new_{name}") for name in ("state", "required", "reason_code", "reason")}
        | {
            _TABLE.c.version: _TABLE.c.version + 1,
            _TABLE.c.settled: _TABLE.c.version + 1,
            _TABLE.c.changed_at: bindparam("at"),
            _TABLE.c.changed_by: bindparam("by"),
        }
    )
)


def _finish(
    uow: UnitOfWork, actor: Actor, call: GroupCall, changes: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    if changes:
        about = {"at": clock.now(), "by": actor.id}
        uow.session.execute(_CHANGE, [{"entry": id_, **about, **values} for id_, values in changes.items()])
    children = [call.children[id_].child_id for id_ in changes]
    uow.log_access(actor, action="change", kind="child_assessment", subjects=children)
    return call.result()
