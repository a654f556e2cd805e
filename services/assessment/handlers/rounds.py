"""Planning, opening and closing rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from services.assessment import events, policy, roster
from services.assessment.domain.profile import Profile
from services.assessment.domain.words import CLOSED, KINDS, OPEN, PLANNED
from services.assessment.handlers.profiles import profile_of
from services.assessment.locks import hold_roster
from services.assessment.models import ChildAssessment, Round, RoundWindow
from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Conflict, Invalid, NotFound, PreconditionFailed

KIND_NAMES = {
    "health_visiting": "sundhedsplejen",
    "dagpleje": "dagpleje",
    "vuggestue": "vuggestue",
    "boernehave": "børnehave",
    "school": "skole",
}

Windows = Sequence[Mapping[str, Any]]


def plan_round(uow: UnitOfWork, actor: Actor, *, name: str, windows: Windows | None) -> dict[str, Any]:
    """A round to come; each kind's next window of the newest profile where none are given."""
    policy.require_administration(actor)
    profile = profile_of(uow.session, None)
    if windows is None:
        windows = _next_windows(profile, clock.today())
    _check_windows(windows, profile)
    row = Round(
        id=str(uuid4()),
        name=name,
        state=PLANNED,
        version=1,
        first=min(window["from"] for window in windows),
        last=max(window["to"] for window in windows),
        planned_at=clock.now(),
        planned_by=actor.id,
    )
    uow.session.add(row)
    uow.session.flush()
    _store_windows(uow.session, row, windows)
    uow.log_access(actor, action="add", kind="round", subjects=[row.id])
    return _given(uow.session, row)


def change_round(
    uow: UnitOfWork,
    actor: Actor,
    *,
    round_id: str,
    expected_version: int,
    name: str | None,
    windows: Windows | None,
) -> dict[str, Any]:
    """Another name or other windows. Of an open round only the last days can be moved."""
    row = _to_change(uow, actor, round_id, expected_version, PLANNED, OPEN)
    if windows is not None:
        _check_windows(windows, profile_of(uow.session, row.profile_version))
        if row.state == OPEN:
            _check_only_last_days(uow.session, row, windows)
        _store_windows(uow.session, row, windows)
        row.first = min(window["from"] for window in windows)
        row.last = max(window["to"] for window in windows)
    row.name = name or row.name
    row.version += 1
    uow.log_access(actor, action="change", kind="round", subjects=[row.id])
    return _given(uow.session, row)


def drop_round(uow: UnitOfWork, actor: Actor, *, round_id: str, expected_version: int) -> dict[str, Any]:
    """Takes back a round that was never opened."""
    row = _to_change(uow, actor, round_id, expected_version, PLANNED)
    uow.session.execute(delete(RoundWindow).where(RoundWindow.round_id == round_id))
    uow.session.delete(row)
    uow.log_access(actor, action="delete", kind="round", subjects=[round_id])
    return {}


def open_round(uow: UnitOfWork, actor: Actor, *, round_id: str, expected_version: int) -> dict[str, Any]:
    """Opens a planned round: from now on it has the newest profile's rules and lists every child in scope."""
    hold_roster(uow.session, alone=True)
    row = _to_change(uow, actor, round_id, expected_version, PLANNED)
    profile = profile_of(uow.session, None)
    windows = _windows(uow.session, [row.id])[row.id]
    kinds = [window["kind"] for window in windows]
    _check_windows(windows, profile)
    _require_no_open(uow.session, kinds)
    row.state, row.version = OPEN, row.version + 1
    row.profile_version = profile.version
    row.opened_at, row.opened_by, row.roster_on = clock.now(), actor.id, clock.today()
    uow.session.execute(update(RoundWindow).where(RoundWindow.round_id == row.id).values(is_open=True))
    roster.list_all(uow.session, roster.OpenRound(row.id, profile, frozenset(kinds), row.roster_on))
    uow.emit(events.RoundOpened, subject=row.id, version=row.version, data=_told(row, kinds))
    uow.log_access(actor, action="change", kind="round", subjects=[row.id])
    return _given(uow.session, row)


def close_round(uow: UnitOfWork, actor: Actor, *, round_id: str, expected_version: int) -> dict[str, Any]:
    """Ends a round. What was not rated stays so; joint ratings may still be revised."""
    row = _to_change(uow, actor, round_id, expected_version, OPEN)
    row.state, row.version = CLOSED, row.version + 1
    row.closed_at, row.closed_by = clock.now(), actor.id
    kinds = [window["kind"] for window in _windows(uow.session, [row.id])[row.id]]
    uow.session.execute(update(RoundWindow).where(RoundWindow.round_id == row.id).values(is_open=False))
    uow.emit(events.RoundClosed, subject=row.id, version=row.version, data=_told(row, kinds))
    uow.log_access(actor, action="change", kind="round", subjects=[row.id])
    return _given(uow.session, row)


def get_round(uow: UnitOfWork, actor: Actor, *, round_id: str) -> dict[str, Any]:
    """One round."""
    policy.require_staff(actor)
    row = uow.session.get(Round, round_id)
    if row is None:
        raise NotFound("Runden findes ikke.")
    return _given(uow.session, row)


def list_rounds(
    uow: UnitOfWork, actor: Actor, *, state: str | None, after: str | None, limit: int
) -> dict[str, Any]:
    """Rounds by their first day, the newest first."""
    policy.require_staff(actor)
    query = select(Round).order_by(Round.first.desc(), Round.id.desc()).limit(limit + 1)
    if state is not None:
        query = query.where(Round.state == state)
    if after is not None:
        first, id_ = _place_in_list(after)
        query = query.where((Round.first < first) | ((Round.first == first) & (Round.id < id_)))
    found = list(uow.session.scalars(query))
    page = found[:limit]
    ids = [row.id for row in page]
    windows, counts = _windows(uow.session, ids), _counts(uow.session, ids)
    more = f"{page[-1].first.isoformat()}_{page[-1].id}" if len(found) > limit else None
    return {"items": [_shown(row, windows[row.id], counts.get(row.id, 0)) for row in page], "next": more}


def _place_in_list(after: str) -> tuple[date, str]:
    day, _, id_ = after.partition("_")
    try:
        return date.fromisoformat(day), str(UUID(id_))
    except ValueError as error:
        raise Invalid(fields={"after": "Brug værdien i next fra siden før."}) from error


def _to_change(uow: UnitOfWork, actor: Actor, round_id: str, expected_version: int, *states: str) -> Round:
    policy.require_administration(actor)
    row = uow.session.scalars(select(Round).where(Round.id == round_id).with_for_update()).first()
    if row is None:
        raise NotFound("Runden findes ikke.")
    if row.version != expected_version:
        raise PreconditionFailed(
            "Runden er ændret af en anden. Hent den igen.", extra={"version": row.version}
        )
    if row.state not in states:
        raise Conflict(_WRONG_STATE[row.state], extra={"version": row.version})
    return row


_WRONG_STATE = {
    PLANNED: "Runden er endnu ikke åbnet.",
    OPEN: "Runden er allerede åben.",
    CLOSED: "Runden er lukket.",
}


def _next_windows(profile: Profile, today: date) -> Windows:
    found = []
    for kind in KINDS:
        if kind in profile.kinds:
            window = profile.next_window(kind, today)
            found.append({"kind": kind, "from": window.first, "to": window.last})
    return found


def _check_windows(windows: Windows, profile: Profile) -> None:
    faults: dict[str, str] = {}
    seen: set[str] = set()
    for index, window in enumerate(windows):
        if window["kind"] in seen:
            faults[f"windows.{index}.kind"] = "Står der to gange. Slet den ene."
        elif window["kind"] not in profile.kinds:
            faults[f"windows.{index}.kind"] = (
                "Findes ikke i kommunens profil. Tilføj den dér, eller fjern den."
            )
        seen.add(window["kind"])
        if window["to"] < window["from"]:
            faults[f"windows.{index}.to"] = "Skal være samme dag som from eller senere."
    if faults:
        raise Invalid("Rundens vinduer kan ikke bruges. Ret felterne, og prøv igen.", fields=faults)


def _check_only_last_days(session: Session, row: Round, windows: Windows) -> None:
    """Children have been listed by kind, and some have been rated: only the end is still free."""
    before = {window["kind"]: window["from"] for window in _windows(session, [row.id])[row.id]}
    if before != {window["kind"]: window["from"] for window in windows}:
        raise Conflict(
            "Runden er åben. Kun vinduernes sidste dag kan ændres.", extra={"version": row.version}
        )


def _require_no_open(session: Session, kinds: Sequence[str]) -> None:
    """A child cannot be rated in two rounds at once; the database's index stands behind this."""
    taken = session.scalars(
        select(RoundWindow.kind).where(RoundWindow.is_open, RoundWindow.kind.in_(kinds))
    ).all()
    if taken:
        names = ", ".join(KIND_NAMES[kind] for kind in sorted(taken))
        raise Conflict(f"Der er allerede en åben runde for {names}. Luk den først.")


def _store_windows(session: Session, row: Round, windows: Windows) -> None:
    session.execute(delete(RoundWindow).where(RoundWindow.round_id == row.id))
    session.execute(
        insert(RoundWindow),
        [
            {
                "round_id": row.id,
                "kind": window["kind"],
                "first": window["from"],
                "last": window["to"],
                "is_open": row.state == OPEN,
            }
            for window in windows
        ],
    )


def _windows(session: Session, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    query = select(RoundWindow.round_id, RoundWindow.kind, RoundWindow.first, RoundWindow.last).where(
        RoundWindow.round_id.in_(ids)
    )
    found: dict[str, list[dict[str, Any]]] = {id_: [] for id_ in ids}
    for round_id, kind, first, last in session.execute(query):
        found[round_id].append({"kind": kind, "from": first, "to": last})
    for windows in found.values():
        windows.sort(key=lambda window: KINDS.index(window["kind"]))
    return found


def _counts(session: Session, ids: Sequence[str]) -> dict[str, int]:
    query = (
        select(ChildAssessment.round_id, func.count())
        .where(ChildAssessment.round_id.in_(ids), ChildAssessment.left_on.is_(None))
        .group_by(ChildAssessment.round_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _given(session: Session, row: Round) -> dict[str, Any]:
    session.flush()
    return _shown(row, _windows(session, [row.id])[row.id], _counts(session, [row.id]).get(row.id, 0))


def _shown(row: Round, windows: list[dict[str, Any]], children: int) -> dict[str, Any]:
    return {
        "round_id": row.id,
        "name": row.name,
        "state": row.state,
        "version": row.version,
        "profile_version": row.profile_version,
        "from": row.first,
        "to": row.last,
        "windows": windows,
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
        "children": children,
    }


def _told(row: Round, kinds: Sequence[str]) -> dict[str, Any]:
    return {"round_id": row.id, "from": row.first, "to": row.last, "kinds": list(kinds)}
