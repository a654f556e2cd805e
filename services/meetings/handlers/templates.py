"""Settings and agenda templates: data with versions, each new one whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork, insert_new
from services.chassis.errors import NotFound
from services.meetings import models, policy
from services.meetings.domain import settings
from services.meetings.settings_store import MUNICIPALITY, agenda_for, newest, values_for


def get_settings(uow: UnitOfWork, actor: Actor, *, institution_id: str | None = None) -> dict[str, Any]:
    """The settings of the municipality, or of an institution with what applies there."""
    policy.require_staff(actor)
    return _shown(uow, institution_id)


def store_settings(
    uow: UnitOfWork,
    actor: Actor,
    *,
    expected_version: int,
    values: Mapping[str, Any],
    institution_id: str | None = None,
) -> dict[str, Any]:
    """Stores a new version. It applies to what is invited from now on; what is booked stays."""
    policy.require_settings(uow.session, actor, institution_id)
    scope = institution_id or MUNICIPALITY
    if institution_id and uow.session.get(models.Institution, institution_id) is None:
        raise NotFound("Institutionen findes ikke.")
    stored = newest(uow.session, [scope])
    policy.require_version(stored[scope].version if scope in stored else 0, expected_version)
    row = {
        "scope": scope,
        "version": expected_version + 1,
        "values": dict(values),
        "stored_at": clock.now(),
        "stored_by": actor.id,
    }
    if not insert_new(uow.session, models.SettingsVersion, [row], key=["scope", "version"]):
        policy.require_version(expected_version + 1, expected_version)
    return _shown(uow, institution_id)


def get_agenda(uow: UnitOfWork, actor: Actor, *, kind: str) -> dict[str, Any]:
    """The newest agenda template for a kind of meeting."""
    policy.require_staff(actor)
    return agenda_for(uow.session, kind)


def list_agendas(uow: UnitOfWork, actor: Actor, *, kind: str) -> dict[str, Any]:
    """Every version of the agenda template, the newest first; the built-in one is the last."""
    policy.require_staff(actor)
    stored = models.AgendaVersion
    found = uow.session.scalars(select(stored).where(stored.kind == kind).order_by(stored.version.desc()))
    versions = [
        {
            "kind": kind,
            "version": each.version,
            "items": each.items,
            "stored_at": each.stored_at,
            "stored_by": each.stored_by,
        }
        for each in found
    ]
    built_in = {**agenda_for(uow.session, kind, 0), "stored_at": None, "stored_by": None}
    return {"items": [*versions, built_in]}


def store_agenda(
    uow: UnitOfWork, actor: Actor, *, kind: str, expected_version: int, items: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Stores a new version; meetings that have been held keep the one they were held by."""
    policy.require_settings(uow.session, actor, None)
    stored = models.AgendaVersion
    last = uow.session.scalar(select(func.max(stored.version)).where(stored.kind == kind)) or 0
    policy.require_version(last, expected_version)
    row = {
        "kind": kind,
        "version": last + 1,
        "items": [dict(item) for item in items],
        "stored_at": clock.now(),
        "stored_by": actor.id,
    }
    if not insert_new(uow.session, stored, [row], key=["kind", "version"]):
        policy.require_version(last + 1, expected_version)
    return agenda_for(uow.session, kind)


def _shown(uow: UnitOfWork, institution_id: str | None) -> dict[str, Any]:
    scope = institution_id or MUNICIPALITY
    stored = newest(uow.session, [scope]).get(scope)
    own = stored.values if stored else {}
    effective = (
        values_for(uow.session, [institution_id])[institution_id]
        if institution_id
        else settings.effective(None, own, None)
    )
    return {
        "institution_id": institution_id,
        "version": stored.version if stored else 0,
        "values": own,
        "effective": effective,
    }
