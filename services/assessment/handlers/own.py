"""Own ratings: each professional for herself, blind to the others until the required number is in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select

from services.assessment import policy
from services.assessment.domain import states
from services.assessment.domain.ratings import own_rating_faults
from services.assessment.domain.states import Refused
from services.assessment.handlers.group import INVALID, Child, GroupCall, begin, move
from services.assessment.handlers.profiles import known_indicators
from services.assessment.models import OwnRating
from services.assessment.schemas.fields import Entry
from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork, upsert

CONTENT = ("position", "reason", "works_well", "indicators", "source", "with_parents")


def rate_group(
    uow: UnitOfWork, actor: Actor, *, round_id: str, group_id: str, items: Sequence[Entry]
) -> dict[str, Any]:
    """Stores the caller's own ratings of a group's children, new or changed."""
    call = begin(uow, actor, round_id, group_id, items, policy.may_rate)
    ratings = _Ratings(uow, actor, call)
    codes = {code for entry in items if entry.data for code in entry.data["indicators"]}
    known = known_indicators(uow.session, call.profile.version, codes)
    rows: dict[str, dict[str, Any]] = {}
    for entry, data, child in call.entries(items):
        faults = own_rating_faults(data, known)
        if child.id in rows:
            call.twice(entry, child)
        elif faults:
            call.refuse(entry, INVALID, fields=faults, version=child.version)
        elif ratings.is_repeated(child, data):
            # The same call again, because its answer was lost: it has been done.
            call.save(entry, child, child.state, child.version)
        elif ratings.allow(entry, child):
            rows[child.id] = _row(actor, child, data)
            ratings.move(entry, child, ratings.others(child) + 1)
    upsert(uow.session, OwnRating, list(rows.values()), key=["child_assessment_id", "rater_id"])
    return ratings.finish()


def withdraw_group(
    uow: UnitOfWork, actor: Actor, *, round_id: str, group_id: str, items: Sequence[Entry]
) -> dict[str, Any]:
    """Takes the caller's own ratings back, as an undo does."""
    call = begin(uow, actor, round_id, group_id, items, policy.may_rate)
    ratings = _Ratings(uow, actor, call)
    gone: set[str] = set()
    for entry, _data, child in call.entries(items):
        if child.id in gone:
            call.twice(entry, child)
        elif ratings.own(child) is None:
            call.not_now(entry, child, "Du har ingen vurdering af barnet at trække tilbage.")
        elif ratings.allow(entry, child):
            gone.add(child.id)
            ratings.move(entry, child, ratings.others(child))
    if gone:
        uow.session.execute(
            delete(OwnRating).where(OwnRating.child_assessment_id.in_(gone), OwnRating.rater_id == actor.id)
        )
    return ratings.finish("delete")


class _Ratings:
    """The own ratings there are of a call's children, and what the caller does to them."""

    def __init__(self, uow: UnitOfWork, actor: Actor, call: GroupCall) -> None:
        self._uow, self._actor, self._call = uow, actor, call
        self._own: dict[str, OwnRating] = {}
        self._others: dict[str, int] = {}
        self._to: dict[str, str] = {}
        query = select(OwnRating).where(OwnRating.child_assessment_id.in_(list(call.children)))
        for rating in uow.session.execute(query.with_only_columns(*OwnRating.__table__.c)):
            if rating.rater_id == actor.id:
                self._own[rating.child_assessment_id] = rating  # type: ignore[assignment]
            else:
                before = self._others.get(rating.child_assessment_id, 0)
                self._others[rating.child_assessment_id] = before + 1

    def own(self, child: Child) -> OwnRating | None:
        return self._own.get(child.id)

    def others(self, child: Child) -> int:
        """How many others have rated the child."""
        return self._others.get(child.id, 0)

    def is_repeated(self, child: Child, data: Mapping[str, Any]) -> bool:
        """Whether this very rating has been stored from the version that the caller saw."""
        own = self._own.get(child.id)
        return (
            own is not None
            and own.version == data["expected_version"] + 1
            and all(getattr(own, name) == data[name] for name in CONTENT)
        )

    def allow(self, entry: Entry, child: Child) -> bool:
        """Whether the caller has seen what concerns her, and the child's state allows an own rating."""
        own = self._own.get(child.id)
        expected = (entry.data or {})["expected_version"]
        if states.is_stale(expected, child.version, child.settled, own.version if own else 0):
            self._call.stale(entry, child)
            return False
        try:
            states.rated(child.state, 0, 1)
        except Refused as error:
            self._call.not_now(entry, child, error)
            return False
        return True

    def move(self, entry: Entry, child: Child, ratings_in: int) -> None:
        state = states.rated(child.state, ratings_in, child.required)
        self._to[child.id] = state
        self._call.save(entry, child, state, child.version + 1)

    def finish(self, action: str = "add") -> dict[str, Any]:
        """Moves the children on, notes who wrote about them, and gives the result."""
        move(self._uow.session, self._actor, self._to, own=True)
        children = [self._call.children[id_].child_id for id_ in self._to]
        self._uow.log_access(self._actor, action=action, kind="own_rating", subjects=children)
        return self._call.result()


def _row(actor: Actor, child: Child, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "child_assessment_id": child.id,
        "rater_id": actor.id,
        **{name: data[name] for name in CONTENT},
        "version": child.version + 1,
        "updated_at": clock.now(),
    }
