"""Carries out what the rules decide about concerns, for any number of joint ratings at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import uuid4

from sqlalchemy import bindparam, select, text, update

from services.assessment import events
from services.assessment.domain import calendar
from services.assessment.domain.concern import Effect, Standing, Verdict, decide, keeps_deadlines
from services.assessment.domain.profile import Profile
from services.assessment.domain.words import RAISED, SETTLED, WITHHELD
from services.assessment.models import Concern, ConcernStep
from services.chassis import clock
from services.chassis.database import UnitOfWork, insert_all, insert_new
from services.chassis.errors import Conflict
from services.chassis.membership import one_of

_EVENTS = {
    RAISED: events.ConcernRaised,
    WITHHELD: events.ConcernWithheld,
    SETTLED: events.ConcernSettled,
}
_CHANGING = (
    "state",
    "suspected",
    "told",
    "version",
    "rating_id",
    "round_id",
    "institution_id",
    "group_id",
    "invite_by",
    "hold_by",
    "settled_at",
)


@dataclass(slots=True)
class _Open:
    """A concern while ratings work on it; ``new`` until it is stored."""

    id: str
    child_id: str
    track: str
    state: str
    suspected: bool
    told: bool
    version: int
    rating_id: str
    round_id: str
    institution_id: str
    group_id: str
    invite_by: date | None
    hold_by: date | None
    raised_at: datetime
    settled_at: datetime | None = None
    new: bool = False

    @property
    def standing(self) -> Standing:
        return Standing(self.suspected, self.state == WITHHELD)


@dataclass
class Concerns:
    """The open concerns of some children, locked, and what joint ratings do to them."""

    uow: UnitOfWork
    profile: Profile
    _open: dict[str, dict[str, _Open]] = field(default_factory=dict)
    _touched: dict[str, _Open] = field(default_factory=dict)
    _steps: list[dict[str, Any]] = field(default_factory=list)

    def load(self, child_ids: Collection[str]) -> Concerns:
        """Locks what is open about these children."""
        for row in self.uow.session.execute(_OPEN_OF, {"ids": child_ids}):
            self._open.setdefault(row.child_id, {})[row.track] = _Open(**row._mapping)
        return self

    def stands(self, child_id: str, track: str) -> str | None:
        """The round in which the open concern on a track was last rated, if there is one."""
        concern = self._open.get(child_id, {}).get(track)
        return concern.round_id if concern else None

    def apply(self, rating: dict[str, Any], superseded: Any = None) -> list[dict[str, Any]]:
        """Lets a joint rating have its effects, and tells them. ``superseded`` is the rating it revises."""
        of_child = self._open.setdefault(rating["child_id"], {})
        verdict = Verdict(
            rating["track"],
            rating["position"],
            rating["suspects_parents"],
            left_track=self._left_track(of_child, rating, superseded),
        )
        standing = {track: concern.standing for track, concern in of_child.items()}
        told = []
        for effect in decide(standing, verdict):
            concern = self._carry_out(of_child, effect, rating, verdict)
            told.append(
                {
                    "concern_id": concern.id,
                    "track": concern.track,
                    "state": concern.state,
                    "new": effect.new,
                    "invite_by": concern.invite_by,
                    "hold_by": concern.hold_by,
                }
            )
        return told

    @cached_property
    def _limits(self) -> calendar.Deadlines:
        return calendar.deadlines(clock.today(), self.profile.deadlines, self.profile.closed_days)

    def store(self) -> None:
        """Writes what has come of it: at most one statement for the new, the changed and the history."""
        new = [self._row(concern) for concern in self._touched.values() if concern.new]
        if len(insert_new(self.uow.session, Concern, new, key=["child_id", "track"], where=_OPEN)) < len(new):
            raise Conflict("Barnet blev vurderet et andet sted i samme øjeblik. Prøv igen.")
        changed = [
            {"concern": concern.id, **{f"new_{name}": getattr(concern, name) for name in _CHANGING}}
            for concern in self._touched.values()
            if not concern.new
        ]
        if changed:
            self.uow.session.execute(_CHANGE, changed)
        if self._steps:
            insert_all(self.uow.session, ConcernStep, self._steps)

    @staticmethod
    def _left_track(of_child: dict[str, _Open], rating: dict[str, Any], superseded: Any) -> str | None:
        if superseded is None or superseded.track == rating["track"]:
            return None
        concern = of_child.get(superseded.track)
        return superseded.track if concern and concern.rating_id == superseded.id else None

    def _carry_out(
        self, of_child: dict[str, _Open], effect: Effect, rating: dict[str, Any], verdict: Verdict
    ) -> _Open:
        at = clock.now()
        own = effect.track == verdict.track
        if effect.new:
            concern = _Open(
                id=str(uuid4()),
                child_id=rating["child_id"],
                track=effect.track,
                state=effect.state,
                suspected=verdict.suspected,
                told=False,
                version=0,
                rating_id=rating["id"],
                round_id=rating["round_id"],
                institution_id=rating["institution_id"],
                group_id=rating["group_id"],
                invite_by=None,
                hold_by=None,
                raised_at=at,
                new=True,
            )
            of_child[effect.track] = concern
            before = None
        else:
            concern = of_child[effect.track]
            before = concern.standing
        same_round = concern.round_id == rating["round_id"]
        concern.version += 1
        concern.state = effect.state
        concern.told = concern.told or effect.state == RAISED
        if own or effect.state == SETTLED:
            concern.rating_id, concern.round_id = rating["id"], rating["round_id"]
            concern.institution_id, concern.group_id = rating["institution_id"], rating["group_id"]
        if own and effect.state != SETTLED:
            concern.suspected = verdict.suspected
        if effect.state == RAISED and not keeps_deadlines(before, same_round):
            concern.invite_by, concern.hold_by = self._limits.invite_by, self._limits.hold_by
        elif effect.state == WITHHELD:
            concern.invite_by = concern.hold_by = None
        elif effect.state == SETTLED:
            concern.settled_at = at
            del of_child[effect.track]
        self._touched[concern.id] = concern
        self._steps.append(
            {
                "concern_id": concern.id,
                "version": concern.version,
                "state": concern.state,
                "rating_id": concern.rating_id,
                "round_id": concern.round_id,
                "invite_by": concern.invite_by,
                "hold_by": concern.hold_by,
                "at": at,
            }
        )
        self._emit(concern)
        return concern

    def _emit(self, concern: _Open) -> None:
        # The world hears no end of what it heard no beginning of: it would know that something was withheld.
        lapsed = concern.state == SETTLED and not concern.told
        kind = events.ConcernLapsed if lapsed else _EVENTS[concern.state]
        told = {
            "concern_id": concern.id,
            "child_id": concern.child_id,
            "rating_id": concern.rating_id,
            "track": concern.track,
            "round_id": concern.round_id,
            "institution_id": concern.institution_id,
            "group_id": concern.group_id,
            "invite_by": concern.invite_by,
            "hold_by": concern.hold_by,
        }
        data = {name: value for name, value in told.items() if name in kind._declared_fields}
        self.uow.emit(kind, subject=concern.id, version=concern.version, data=data)

    @staticmethod
    def _row(concern: _Open) -> dict[str, Any]:
        return {name: getattr(concern, name) for name in _Open.__dataclass_fields__ if name != "new"}


_OPEN = text("settled_at IS NULL")
_TABLE: Any = Concern.__table__
_OPEN_OF = (
    select(*(_TABLE.c[name] for name in _Open.__dataclass_fields__ if name != "new"))
    .where(one_of(_TABLE.c.child_id, bindparam("ids")), _TABLE.c.settled_at.is_(None))
    .order_by(_TABLE.c.id)
    .with_for_update()
)
_CHANGE = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("concern"))
    .values({_TABLE.c[name]: bindparam(f"new_{name}") for name in _CHANGING})
)
