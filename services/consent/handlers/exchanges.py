"""Exchanges without consent: registered before they are forgotten, refused when the law says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Invalid
from services.consent import models, policy
from services.consent.domain.exchanges import Basis, Earlier, Refused, check_parts, place
from services.consent.settings_store import current_settings


def register_exchange(
    uow: UnitOfWork,
    actor: Actor,
    *,
    child_id: str,
    basis: str,
    held_on: date,
    parties: Sequence[Mapping[str, Any]],
    information: Sequence[str],
    necessity: str,
    consent_sought: bool,
    parents_told: bool,
    for_investigation: bool = False,
    exceptional_reason: str | None = None,
) -> dict[str, Any]:
    """Registers what was exchanged, by which law and why. The third of a matter is refused (LR-7)."""
    where = policy.child(uow, actor, child_id, action="add", kind="exchange")
    settings = current_settings(uow.session)
    if held_on > clock.today():
        raise Invalid("Datoen ligger ude i fremtiden.", fields={"held_on": "Vælg dagen, hvor det skete."})
    law = Basis(basis)
    reason = (exceptional_reason or "").strip()
    # Locking the child lets two who register at once be counted one after the other.
    uow.session.execute(
        select(models.Child.child_id).where(models.Child.child_id == child_id).with_for_update()
    )
    try:
        check_parts(
            law,
            necessity,
            [{"kind": party["kind"]} for party in parties],
            for_investigation=for_investigation,
            lines=settings.authorities,
        )
        found = place(law, _earlier(uow, child_id, law), held_on, reason, settings.exchange_matter_days)
    except Refused as refused:
        raise Invalid(
            "Udvekslingen kan ikke ske uden samtykke.", code=refused.code, fields=refused.fields
        ) from refused
    exchange_id = str(uuid4())
    row = {
        "exchange_id": exchange_id,
        "child_id": child_id,
        "institution_id": where.institution_id,
        "basis": law.value,
        "first_on": found.first_on,
        "sequence": found.sequence,
        "held_on": held_on,
        "parties": [{name: party[name] for name in ("unit_id", "kind", "name")} for party in parties],
        "information": list(information),
        "necessity": necessity.strip(),
        "exceptional_reason": reason or None,
        "consent_sought": consent_sought,
        "parents_told": parents_told,
        "registered_by": actor.id,
        "registered_at": clock.now(),
    }
    uow.session.add(models.Exchange(**row))
    uow.session.add(
        models.Step(
            step_id=str(uuid4()),
            child_id=child_id,
            consent_id=None,
            exchange_id=exchange_id,
            at=clock.now(),
            kind="exchange",
            detail=f"{law.value}_{found.sequence}",
        )
    )
    return row


def list_exchanges(uow: UnitOfWork, actor: Actor, *, child_id: str) -> dict[str, Any]:
    """All that was exchanged about the child without consent, newest first."""
    policy.child(uow, actor, child_id, kind="exchange")
    row = models.Exchange
    found = uow.session.scalars(
        select(row).where(row.child_id == child_id).order_by(row.held_on.desc(), row.exchange_id)
    )
    return {"items": found.all()}


def _earlier(uow: UnitOfWork, child_id: str, basis: Basis) -> list[Earlier]:
    row = models.Exchange
    found = uow.session.execute(
        select(row.first_on, row.sequence).where(row.child_id == child_id, row.basis == basis.value)
    )
    return [Earlier(first_on, sequence) for first_on, sequence in found]
