"""Consents to share a child's record: what opens and shuts the door to its ratings, in the order of versions.

Kept are the consents to share a record, and every consent that has ended: news of an end may come before
the request that it ends, and must not be overtaken by it. A withdrawal is acknowledged in the transaction in
which the door shut. The rating itself asks no consent (LR-1): nothing of this reaches a round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from services.assessment import events, sharing
from services.assessment.models import Consent
from services.chassis import clock
from services.chassis.context import Context
from services.chassis.database import Database, UnitOfWork, insert_new, outside_transaction
from services.chassis.errors import NotYet
from services.chassis.received import Received

REQUESTED = "requested"
WITHDRAWN = "withdrawn"
SHUT = frozenset({"declined", WITHDRAWN, "expired", "superseded"})
PAGE = 500


def consent_requested(uow: UnitOfWork, received: list[Received]) -> None:
    """Handles consent.requested: for whom it would open, and what. Later rounds of writing tell no more."""
    _learn(uow, [event.data for event in received])


def consent_granted(uow: UnitOfWork, received: list[Received]) -> None:
    """Handles consent.granted: the door is open from its first day. :class:`NotYet` before its request."""
    told = {
        event.data["consent_id"]: event.version
        for event in received
        if event.data["purpose"] == sharing.RECORD
    }
    rows = _locked(uow, told)
    if len(rows) < len(told):
        raise NotYet("consent-unknown")
    _set(rows, told, sharing.GRANTED)


def consent_declined(uow: UnitOfWork, received: list[Received]) -> None:
    """Handles consent.declined: the door stays shut."""
    _shut(uow, _about_records(received), "declined")


def consent_expired(uow: UnitOfWork, received: list[Received]) -> None:
    """Handles consent.expired. The calendar has shut the door already."""
    _shut(uow, _about_records(received), "expired")


def consent_superseded(uow: UnitOfWork, received: list[Received]) -> None:
    """Handles consent.superseded: the newer consent opens by itself, and this one no longer."""
    _shut(uow, received, "superseded")


def consent_withdrawn(uow: UnitOfWork, received: list[Received]) -> None:
    """Handles consent.withdrawn: the next read is refused, and consent is told that it is."""
    shut = _shut(uow, received, WITHDRAWN)
    told = {event.data["consent_id"]: event for event in received if event.data["consent_id"] in shut}
    _acknowledge(
        uow,
        {
            id_: (event.data["child_id"], event.version, event.context.caused_by(event.id))
            for id_, event in told.items()
        },
    )


def rebuild(
    database: Database, context: Context, call: Callable[[str, dict[str, Any]], dict[str, Any]]
) -> int:
    """Reads all consents again; answers with how many. A door that should be shut is shut by it, and a
    withdrawal that was missed is acknowledged."""
    after: str | None = None
    count = 0
    while True:
        outside_transaction()
        page = call("consent.snapshot", {"after": after, "limit": PAGE})
        with database.unit_of_work(context) as uow:
            _store(uow, page["items"], context)
        count += len(page["items"])
        after = page["next"]
        if after is None:
            return count


def _store(uow: UnitOfWork, items: Sequence[Mapping[str, Any]], context: Context) -> None:
    _learn(uow, [{**item, **{day: _day(item[day]) for day in ("valid_from", "valid_to")}} for item in items])
    granted = {
        item["consent_id"]: item["version"]
        for item in items
        if item["state"] == sharing.GRANTED and item["purpose"] == sharing.RECORD
    }
    _set(_locked(uow, granted), granted, sharing.GRANTED)
    for state in sorted(SHUT):
        ended = {item["consent_id"]: item for item in items if item["state"] == state}
        shut = _end(uow, {id_: (item["version"], item["child_id"]) for id_, item in ended.items()}, state)
        if state == WITHDRAWN:
            told = {id_: (ended[id_]["child_id"], ended[id_]["version"], context) for id_ in shut}
            _acknowledge(uow, told)


def _about_records(received: Iterable[Received]) -> list[Received]:
    return [event for event in received if event.data["purpose"] == sharing.RECORD]


def _learn(uow: UnitOfWork, told: Iterable[Mapping[str, Any]]) -> None:
    rows = {
        data["consent_id"]: {
            "id": data["consent_id"],
            "version": 0,
            "child_id": data["child_id"],
            "state": REQUESTED,
            "units": list(data["recipients"]),
            "information": list(data["information"]),
            "valid_from": data["valid_from"],
            "valid_to": data["valid_to"],
        }
        for data in told
        if data["purpose"] == sharing.RECORD
    }
    insert_new(uow.session, Consent, [rows[id_] for id_ in sorted(rows)], key=["id"])


def _locked(uow: UnitOfWork, ids: Iterable[str]) -> Sequence[Consent]:
    query = select(Consent).where(Consent.id.in_(sorted(ids))).order_by(Consent.id).with_for_update()
    return uow.session.scalars(query.execution_options(populate_existing=True)).all()


def _set(rows: Sequence[Consent], told: Mapping[str, int], state: str) -> set[str]:
    """Notes the state where it is news; answers with the consents for which it was."""
    news = [row for row in rows if told[row.id] > row.version]
    for row in news:
        row.version, row.state = told[row.id], state
    return {row.id for row in news}


def _shut(uow: UnitOfWork, received: Iterable[Received], state: str) -> set[str]:
    ended = {
        event.data["consent_id"]: (event.version, event.data["child_id"])
        for event in sorted(received, key=lambda event: event.version)
    }
    return _end(uow, ended, state)


def _end(uow: UnitOfWork, ended: Mapping[str, tuple[int, str]], state: str) -> set[str]:
    """Shuts consents by id, of a version and about a child; answers with those that were not shut before."""
    today = clock.today()
    unheard_of = [
        {
            "id": id_,
            "version": version,
            "child_id": child_id,
            "state": state,
            "units": [],
            "information": [],
            "valid_from": today,
            "valid_to": today,
        }
        for id_, (version, child_id) in sorted(ended.items())
    ]
    new = {row.id for row in insert_new(uow.session, Consent, unheard_of, key=["id"], returning=["id"])}
    known = {id_: version for id_, (version, _) in ended.items() if id_ not in new}
    return new | _set(_locked(uow, known), known, state)


def _acknowledge(uow: UnitOfWork, shut: Mapping[str, tuple[str, int, Context]]) -> None:
    """Says of consents, by id, about a child and of a version, that their doors are shut. What we have said
    already is not said again, though what we knew of the consents was lost."""
    outbox = Consent.metadata.tables["outbox"].c
    said = set(
        uow.session.scalars(
            select(outbox.aggregate_id).where(
                outbox.aggregate_id.in_(sorted(shut)), outbox.type == events.WithdrawalAcknowledged.type
            )
        )
    )
    for id_ in sorted(set(shut) - said):
        child_id, version, context = shut[id_]
        data = {"consent_id": id_, "child_id": child_id}
        uow.emit(events.WithdrawalAcknowledged, subject=id_, version=version, data=data, context=context)


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
