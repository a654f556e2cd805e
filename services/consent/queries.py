"""Reads: a consent with all that belongs to it, lists, whether a door is open, and who has access."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, and_, cast, false, or_, select

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Forbidden, Invalid
from services.consent import models, policy, rendering
from services.consent.domain import release as releasing
from services.consent.domain import states
from services.consent.domain.calendar import is_valid
from services.consent.domain.states import State
from services.consent.records import Record, load
from services.consent.settings_store import current_settings

_OF_A_CONSENT = tuple(column.name for column in models.Consent.__table__.columns)


def get(uow: UnitOfWork, actor: Actor, *, consent_id: str) -> dict[str, Any]:
    """A consent with its signatories, the texts they were shown, signatures and acknowledgements."""
    policy.consent(uow, actor, consent_id)
    return whole(uow, load(uow, [consent_id], lock=False)[consent_id])


def whole(uow: UnitOfWork, record: Record) -> dict[str, Any]:
    """The consent as staff see it. Who asks has been let in already."""
    session, row = uow.session, record.row
    session.flush()
    today = clock.today()
    texts = session.scalars(
        select(models.ShownText)
        .where(models.ShownText.consent_id == row.consent_id)
        .order_by(models.ShownText.made_at, models.ShownText.text_id)
    )
    signatures = session.scalars(
        select(models.Signature)
        .where(models.Signature.consent_id == row.consent_id)
        .order_by(models.Signature.at, models.Signature.signature_id)
    )
    acknowledgements = session.scalars(
        select(models.Acknowledgement)
        .where(models.Acknowledgement.consent_id == row.consent_id)
        .order_by(models.Acknowledgement.subscriber)
    )
    newer = session.scalar(
        select(models.Consent.consent_id).where(models.Consent.supersedes == row.consent_id)
    )
    return {
        **{name: getattr(row, name) for name in _OF_A_CONSENT},
        "is_valid": is_valid(record.state, row.valid_from, row.valid_to, today),
        "renewed_by": newer,
        "signatories": [
            {
                **{name: getattr(one, name) for name in _OF_A_SIGNATORY},
                "needs_interpreter": not rendering.is_read_by(one.language),
            }
            for one in sorted(record.signatories.values(), key=lambda one: one.position)
        ],
        "texts": texts.all(),
        "signatures": signatures.all(),
        "acknowledgements": acknowledgements.all(),
    }


_OF_A_SIGNATORY = tuple(column.name for column in models.Signatory.__table__.columns)


def child_of(uow: UnitOfWork, actor: Actor, *, consent_id: str) -> dict[str, Any]:
    """Whose consent it is, for the gateway alone: it asks why somebody looks before it shows her anything."""
    policy.require_gateway(actor)
    found = uow.session.scalar(select(models.Consent.child_id).where(models.Consent.consent_id == consent_id))
    if found is None:
        raise policy.no_consent()
    return {"child_id": found}


def list_by_child(uow: UnitOfWork, actor: Actor, *, child_id: str) -> dict[str, Any]:
    """All consents about the child, newest first."""
    policy.child(uow, actor, child_id)
    row = models.Consent
    found = uow.session.scalars(
        select(row).where(row.child_id == child_id).order_by(row.requested_at.desc(), row.consent_id)
    ).all()
    soon = _soon(uow)
    renewing = {one.supersedes for one in found if State(one.state) in states.PENDING}
    items = [_summary(one, soon, renewing=one.consent_id in renewing) for one in found]
    return {"items": items, "next": None}


def follow_up(
    uow: UnitOfWork,
    actor: Actor,
    *,
    mine: bool = False,
    institution_id: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """Consents that wait for somebody: unanswered, or soon over; by the day they wait for.

    ``attention`` says why each is here. What was declined or withdrawn stays for a month. One whose renewal
    has been asked for waits as that renewal alone.
    """
    policy.require_staff(actor)
    row, soon = models.Consent, _soon(uow)
    month = clock.now() - timedelta(days=30)
    ended = [State.DECLINED.value, State.WITHDRAWN.value]
    wanted = or_(
        row.state.in_([state.value for state in states.PENDING]),
        and_(row.state == State.GRANTED.value, row.valid_to <= soon, row.consent_id.not_in(_renewing())),
        and_(row.state.in_(ended), row.ended_at >= month),
    )
    query = select(row).where(wanted).order_by(row.valid_to, row.consent_id).limit(limit + 1)
    if (within := policy.children_within(actor)) is not None:
        query = query.where(within)
    if mine:
        query = query.where(row.requested_by == actor.id)
    if institution_id:
        query = query.where(row.institution_id == institution_id)
    if after:
        query = query.where(_later(after))
    found = uow.session.scalars(query).all()
    page = found[:limit]
    uow.log_access(actor, action="search", kind="consent", subjects=sorted({one.child_id for one in page}))
    return {"items": [_summary(one, soon) for one in page], "next": _next(found, limit)}


def check(
    uow: UnitOfWork, actor: Actor, *, child_id: str, purpose: str, recipient_unit: str | None = None
) -> dict[str, Any]:
    """Whether a consent opens now for this purpose, and for this unit where one is named."""
    policy.door(uow, actor, child_id, recipient_unit)
    found = _valid(uow, child_id, purpose, recipient_unit)
    return {
        "allowed": found is not None,
        "consent_id": found.consent_id if found else None,
        "valid_to": found.valid_to if found else None,
        "information": found.information if found else [],
    }


def shared_with(
    uow: UnitOfWork, actor: Actor, *, unit_ids: Sequence[str], child_id: str | None = None
) -> dict[str, Any]:
    """The children whose record is shared now with one of the units: what each consent opens, and until when.

    For the service that shows who the child is. It knows which units its caller works in; that this is asked
    is noted on every child who is found.
    """
    if not actor.is_system:
        raise Forbidden("Kun systemets egne tjenester kan hente det.")
    row, wanted = models.Consent, set(unit_ids)
    # The text of the list narrows it down in the database; the units decide.
    named = or_(false(), *(cast(row.recipients, String).contains(unit) for unit in sorted(wanted)))
    query = select(row).where(
        row.purpose == "record_sharing",
        row.state == State.GRANTED.value,
        row.valid_from <= clock.today(),
        row.valid_to >= clock.today(),
        named,
    )
    if child_id is not None:
        query = query.where(row.child_id == child_id)
    found = uow.session.scalars(query.order_by(row.valid_to.desc(), row.consent_id))
    items: list[dict[str, Any]] = [
        {
            "consent_id": one.consent_id,
            "child_id": one.child_id,
            "unit_ids": sorted(wanted & _units(one)),
            "information": one.information,
            "valid_to": one.valid_to,
        }
        for one in found
        if wanted & _units(one)
    ]
    uow.log_access(
        actor, action="read", kind="consent-check", subjects=sorted({one["child_id"] for one in items})
    )
    return {"items": items}


def release(
    uow: UnitOfWork,
    actor: Actor,
    *,
    child_id: str,
    sender: str,
    receiver: str,
    recipient_unit: str,
    parents_told: bool,
    objection: bool = False,
) -> dict[str, Any]:
    """Whether a transition form may be passed on to a unit, by the municipality's policy (LR-9).

    A consent that was asked for exactly this and declined or withdrawn is the parents' objection, and so is
    what the asking service has heard from them.
    """
    if not actor.is_system:
        raise Forbidden("Det afgør systemet, når skemaet skal gives videre.")
    policy.door(uow, actor, child_id, recipient_unit)
    consent = _valid(uow, child_id, "transition_release", recipient_unit)
    objection = objection or _objects(uow, child_id, recipient_unit)
    rule = current_settings(uow.session).release_policy
    decision = releasing.decide(
        rule,
        sender=sender,
        receiver=receiver,
        consent=consent is not None,
        objection=objection,
        parents_told=parents_told,
    )
    rests = consent is not None and decision.reason == "consent"
    return {
        "allowed": decision.allowed,
        "policy": rule.value,
        "reason": decision.reason,
        "consent_id": consent.consent_id if consent is not None and rests else None,
    }


def timeline(uow: UnitOfWork, actor: Actor, *, child_id: str) -> dict[str, Any]:
    """What has happened with the child's consents and exchanges, newest first, in codes."""
    policy.child(uow, actor, child_id, kind="timeline")
    one, consent = models.Step, models.Consent
    found = uow.session.execute(
        select(one.at, one.kind, one.detail, one.consent_id, one.exchange_id, consent.purpose)
        .outerjoin(consent, consent.consent_id == one.consent_id)
        .where(one.child_id == child_id)
        .order_by(one.at.desc(), one.step_id)
    )
    return {"items": found.all()}


def who_has_access_to(uow: UnitOfWork, child_id: str) -> dict[str, Any]:
    """Who may read about the child, for parents: its places, what consents open, what was exchanged.

    No employee's name, as Datatilsynet has it for access to logs. An exchange the parents have not been
    told of is not told here first.
    """
    row, exchange, today = models.Consent, models.Exchange, clock.today()
    consents = uow.session.scalars(
        select(row)
        .where(row.child_id == child_id, row.state != State.SUPERSEDED.value)
        .order_by(row.requested_at.desc(), row.consent_id)
    ).all()
    exchanges = uow.session.scalars(
        select(exchange)
        .where(exchange.child_id == child_id, exchange.parents_told.is_(True))
        .order_by(exchange.held_on.desc(), exchange.exchange_id)
    ).all()
    places = policy.places_of(uow.session, child_id)
    return {
        "child_id": child_id,
        "institution_ids": list(dict.fromkeys(place.institution_id for place in places)),
        "open": [one for one in consents if is_valid(State(one.state), one.valid_from, one.valid_to, today)],
        "closed": [
            one for one in consents if State(one.state) in states.ENDED and one.granted_at is not None
        ],
        "exchanges": exchanges,
    }


def pending_acknowledgements(uow: UnitOfWork, actor: Actor) -> dict[str, Any]:
    """Withdrawals that somebody has not acted on yet, the oldest first: ids and times, for operations."""
    policy.require_operations(actor)
    row = models.Acknowledgement
    found = uow.session.scalars(
        select(row)
        .where(row.acknowledged_at.is_(None))
        .order_by(row.withdrawn_at, row.consent_id, row.subscriber)
        .limit(500)
    )
    return {"items": found.all()}


def snapshot(uow: UnitOfWork, actor: Actor, *, after: str | None = None, limit: int = 100) -> dict[str, Any]:
    """All consents page by page, for the house's own services that keep a door by them."""
    if not actor.is_system:
        raise Forbidden("Kun systemets egne tjenester kan hente det.")
    row = models.Consent
    query = select(row).order_by(row.consent_id).limit(limit + 1)
    if after:
        query = query.where(row.consent_id > _key(after))
    found = uow.session.scalars(query).all()
    items = [
        {
            "version": one.version,
            "consent_id": one.consent_id,
            "child_id": one.child_id,
            "purpose": one.purpose,
            "state": one.state,
            "recipients": [each["unit_id"] for each in one.recipients],
            "information": one.information,
            "valid_from": one.valid_from,
            "valid_to": one.valid_to,
        }
        for one in found[:limit]
    ]
    return {"items": items, "next": found[limit - 1].consent_id if len(found) > limit else None}


def _valid(uow: UnitOfWork, child_id: str, purpose: str, recipient_unit: str | None) -> models.Consent | None:
    row, today = models.Consent, clock.today()
    found = uow.session.scalars(
        select(row)
        .where(
            row.child_id == child_id,
            row.purpose == purpose,
            row.state == State.GRANTED.value,
            row.valid_from <= today,
            row.valid_to >= today,
        )
        .order_by(row.valid_to.desc(), row.consent_id)
    )
    return next((one for one in found if recipient_unit is None or recipient_unit in _units(one)), None)


def _objects(uow: UnitOfWork, child_id: str, recipient_unit: str) -> bool:
    row = models.Consent
    found = uow.session.scalars(
        select(row)
        .where(row.child_id == child_id, row.purpose == "transition_release")
        .order_by(row.requested_at.desc(), row.consent_id)
    )
    newest = next((one for one in found if recipient_unit in _units(one)), None)
    return newest is not None and newest.state in (State.DECLINED.value, State.WITHDRAWN.value)


def _renewing() -> Select[str | None]:
    """The consents whose renewal has been asked for and not answered yet."""
    newer = models.Consent
    pending = newer.state.in_([state.value for state in states.PENDING])
    return select(newer.supersedes).where(newer.supersedes.is_not(None), pending)


def _units(row: models.Consent) -> set[str]:
    return {str(one["unit_id"]) for one in row.recipients}


def _soon(uow: UnitOfWork) -> date:
    """The day until which a consent counts as soon over."""
    return clock.today() + timedelta(days=current_settings(uow.session).expiry_warning_days)


def _summary(row: models.Consent, soon: date, *, renewing: bool = False) -> dict[str, Any]:
    today = clock.today()
    return {
        **{name: getattr(row, name) for name in _OF_A_CONSENT},
        "is_valid": is_valid(State(row.state), row.valid_from, row.valid_to, today),
        "attention": None if renewing else _attention(row, soon),
    }


def _attention(row: models.Consent, soon: date) -> str | None:
    state = State(row.state)
    if state in states.PENDING:
        return "waiting"
    if state is State.GRANTED:
        return "soon_over" if row.valid_to <= soon else None
    return state.value if state in (State.DECLINED, State.WITHDRAWN) else None


def _later(after: str) -> ColumnElement[bool]:
    """The condition that a row comes after the one that ``after`` names."""
    row = models.Consent
    day, _, id_ = after.partition("_")
    try:
        on, past = date.fromisoformat(day), str(UUID(id_))
    except ValueError as error:
        raise _no_page() from error
    return or_(row.valid_to > on, and_(row.valid_to == on, row.consent_id > past))


def _key(after: str) -> str:
    try:
        return str(UUID(after))
    except ValueError as error:
        raise _no_page() from error


def _no_page() -> Invalid:
    return Invalid("Siden findes ikke.", fields={"after": "Brug værdien af next fra siden før."})


def _next(found: Sequence[models.Consent], limit: int) -> str | None:
    if len(found) <= limit:
        return None
    last = found[limit - 1]
    return f"{last.valid_to.isoformat()}_{last.consent_id}"
