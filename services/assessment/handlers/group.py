"""What all calls about a whole group have in common.

One transaction and a fixed number of statements, however many children. Each child's entry is judged alone:
it is saved whole, or told back with field and mend while the others are saved.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.orm import Session

from services.assessment.domain.profile import Profile
from services.assessment.domain.states import Refused
from services.assessment.domain.words import CLOSED, PLANNED
from services.assessment.models import ChildAssessment, ModelProfile, Round, RoundWindow
from services.assessment.policy import NO_GROUP, Unit
from services.assessment.schemas.fields import Entry
from services.assessment.units import group_unit
from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Conflict, Forbidden, NotFound
from services.chassis.membership import one_of

INVALID, NOT_FOUND, CONFLICT, STALE = "invalid", "not-found", "conflict", "version-mismatch"

_MENDS = {
    INVALID: "Ret felterne, og gem igen.",
    NOT_FOUND: "Barnet er ikke på gruppens liste. Hent siden igen.",
    STALE: "En anden har ændret barnets vurdering i mellemtiden. Hent siden igen, og se ændringen.",
}

Child = Any
"""A row of ``child_assessment``, locked until the transaction ends."""

# Statements of every call are made once, of tables: putting one together takes longer than running it.
_LISTED: Any = ChildAssessment.__table__
_CHILDREN = (
    select(
        _LISTED.c.id,
        _LISTED.c.round_id,
        _LISTED.c.child_id,
        _LISTED.c.institution_id,
        _LISTED.c.group_id,
        _LISTED.c.state,
        _LISTED.c.required,
        _LISTED.c.version,
        _LISTED.c.settled,
    )
    .where(
        one_of(_LISTED.c.id, bindparam("ids")),
        _LISTED.c.round_id == bindparam("round_id"),
        _LISTED.c.group_id == bindparam("group_id"),
        _LISTED.c.left_on.is_(None),
    )
    .order_by(_LISTED.c.id)
    .with_for_update()
)
_ROUND: Any = Round.__table__
_WINDOW: Any = RoundWindow.__table__
_PROFILE: Any = ModelProfile.__table__
_OPEN_ROUND = (
    select(
        _ROUND.c.id,
        _ROUND.c.state,
        _ROUND.c.version,
        _ROUND.c.profile_version,
        _WINDOW.c.first,
        _PROFILE.c.settings,
    )
    .select_from(
        _ROUND.outerjoin(_PROFILE, _PROFILE.c.version == _ROUND.c.profile_version).outerjoin(
            _WINDOW, (_WINDOW.c.round_id == _ROUND.c.id) & (_WINDOW.c.kind == bindparam("kind"))
        )
    )
    .where(_ROUND.c.id == bindparam("round_id"))
)


@dataclass(slots=True)
class GroupCall:
    """A call about a group in an open round, with what has come of it so far."""

    round: Any
    profile: Profile
    unit: Unit
    children: Mapping[str, Child]
    saved: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)

    def entries(self, items: Sequence[Entry]) -> Iterator[tuple[Entry, Mapping[str, Any], Child]]:
        """The entries that have the right shape, with their children; the others are told back."""
        for entry in items:
            child = self.children.get(entry.key) if entry.key else None
            if entry.data is None:
                self.refuse(entry, INVALID, fields=entry.fields, version=child.version if child else None)
            elif child is None:
                self.refuse(entry, NOT_FOUND)
            else:
                yield entry, entry.data, child

    def refuse(
        self,
        entry: Entry,
        code: str,
        detail: str | None = None,
        *,
        fields: Mapping[str, str] | None = None,
        version: int | None = None,
    ) -> None:
        """Tells one entry back."""
        self.errors.append(
            {
                "index": entry.index,
                "child_assessment_id": entry.key,
                "code": code,
                "detail": detail or _MENDS[code],
                "fields": dict(fields or {}),
                "version": version,
            }
        )

    def save(self, entry: Entry, child: Child, state: str, version: int, **more: Any) -> None:
        """Notes that one entry is saved."""
        self.saved.append(
            {
                "index": entry.index,
                "child_assessment_id": child.id,
                "child_id": child.child_id,
                "state": state,
                "version": version,
                **more,
            }
        )

    def stale(self, entry: Entry, child: Child) -> None:
        """Tells back an entry whose writer has not seen what she would write over."""
        self.refuse(entry, STALE, version=child.version)

    def not_now(self, entry: Entry, child: Child, why: Refused | str) -> None:
        """Tells back an entry that the child's state does not allow."""
        self.refuse(entry, CONFLICT, str(why), version=child.version)

    def twice(self, entry: Entry, child: Child) -> None:
        """Tells back the second of two entries that mean the same."""
        fields = {"child_assessment_id": "Barnet står der to gange. Slet den ene."}
        self.refuse(entry, INVALID, fields=fields, version=child.version)

    def result(self) -> dict[str, Any]:
        """What the caller gets."""
        return {"saved": sorted(self.saved, key=_index), "errors": sorted(self.errors, key=_index)}


def _index(one: Mapping[str, Any]) -> int:
    return int(one["index"])


def begin(
    uow: UnitOfWork,
    actor: Actor,
    round_id: str,
    group_id: str,
    items: Sequence[Entry],
    allowed: Callable[[Actor, Unit], bool],
) -> GroupCall:
    """Checks round, window and access, and locks the children of ``items``."""
    unit = group_unit(uow.session, group_id)
    if not allowed(actor, unit):
        raise Forbidden(NO_GROUP)
    round_ = open_round(uow.session, round_id, unit.kind, clock.today())
    children = _children(uow.session, round_id, group_id, {entry.key for entry in items if entry.key})
    return GroupCall(round_, Profile.read(round_.profile_version, round_.settings), unit, children)


def open_round(session: Session, round_id: str, kind: str, today: date) -> Any:
    """The round, if institutions of this kind may rate in it now.

    From the first day of their window until the round is closed: late is better than not, and shows.
    """
    found = session.execute(_OPEN_ROUND, {"round_id": round_id, "kind": kind}).first()
    if found is None:
        raise NotFound("Runden findes ikke.")
    if found.state == PLANNED:
        raise Conflict("Runden er endnu ikke åbnet.", code="round-not-open")
    if found.state == CLOSED:
        raise Conflict("Runden er lukket.", code="round-not-open")
    if found.first is None:
        raise Conflict("Runden omfatter ikke denne slags institution.", code="round-not-open")
    if today < found.first:
        raise Conflict(
            f"Der kan vurderes fra den {found.first.day}.{found.first.month}.{found.first.year}.",
            code="round-not-open",
        )
    return found


def _children(session: Session, round_id: str, group_id: str, ids: Collection[str]) -> dict[str, Child]:
    """Locked in the order of their ids, so that two calls never wait for each other crosswise."""
    if not ids:
        return {}
    rows = session.execute(_CHILDREN, {"ids": ids, "round_id": round_id, "group_id": group_id})
    return {row.id: row for row in rows}


def move(session: Session, actor: Actor, to: Mapping[str, str], *, own: bool = False, **values: Any) -> None:
    """Gives each child its new state in one statement, and the next version.

    ``own``: only an own rating was written, which is no news to those who rate the same child.
    """
    if not to:
        return
    by_state: dict[str, list[str]] = {}
    for id_, state in to.items():
        by_state.setdefault(state, []).append(id_)
    new_state: Any = (
        case(*((one_of(_LISTED.c.id, ids), state) for state, ids in sorted(by_state.items())))
        if len(by_state) > 1
        else next(iter(by_state))
    )
    version = _LISTED.c.version + 1
    session.execute(
        update(_LISTED)
        .where(one_of(_LISTED.c.id, list(to)))
        .values(
            state=new_state,
            version=version,
            settled=_LISTED.c.settled if own else version,
            changed_at=clock.now(),
            changed_by=actor.id,
            **values,
        )
    )
